/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* A file system that is on a block device, where it is mounted. */
typedef struct
{
  char *path;
  char *type;
  char *source; /* what was mounted: mostly a device's path */
  guint major;  /* of the device */
  guint minor;
  gboolean nameless; /* the kernel gives such a file system another number than its device's */
} GwMount;

void gw_mount_free (GwMount *mount);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwMount, gw_mount_free)

GwMount *gw_mount_parse (const char *line);
GPtrArray *gw_mounts_load (const char *path, GError **error);
guint64 gw_mount_get_device (const GwMount *mount);

G_END_DECLS
