/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-mounts.h"

G_BEGIN_DECLS

/* How file systems are reached. Tests have others. */
typedef struct
{
  const char *mountinfo;
  int (*open) (const GwMount *mount); /* -1 and errno; ESTALE: something else is mounted over it */
  int (*control) (int fd, unsigned long request); /* ioctl(2), with FIFREEZE or FITHAW */
} GwFreezeWays;

extern const GwFreezeWays gw_freeze_real_ways;

int gw_mount_open (const GwMount *mount);

/* A file system that was frozen, and what thaws it even where its path leads
 * elsewhere by then. */
typedef struct
{
  int fd;
  char *path;
} GwFrozen;

GPtrArray *gw_frozen_new (void);
GError *gw_freeze_called_off (void);
gboolean gw_freeze_work (const GwFreezeWays *ways, char **only, const gint *stopped, GPtrArray *frozen, GError **error);
guint gw_thaw_work (const GwFreezeWays *ways, GPtrArray *frozen, GError **error);

G_END_DECLS
