/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file of this host that is copied: read as it is, or written beside the
 * name that it is to have, and given that name when it is whole. */
typedef struct
{
  int fd;      /* -1: not open */
  char *path;  /* where it is, or will be */
  char *part;  /* what is written, or NULL */
  guint mode;  /* its permission bits */
  gint64 size; /* when it was opened */
} GwHostFile;

#define GW_HOST_FILE_INIT { -1 }

gboolean gw_host_file_open (GwHostFile *file, const char *path, GError **error);
gboolean gw_host_file_choose (GwHostFile *file, const char *path, const char *name, GError **error);
gboolean gw_host_file_create (GwHostFile *file, guint mode, GError **error);
GBytes *gw_host_file_read (GwHostFile *file, guint64 offset, gsize size, GError **error);
gboolean gw_host_file_write (GwHostFile *file, guint64 offset, GBytes *bytes, GError **error);
void gw_host_file_commit_async (GwHostFile *file, GAsyncReadyCallback callback, gpointer user_data);
gboolean gw_host_file_commit_finish (GAsyncResult *result, GError **error);
void gw_host_file_clear (GwHostFile *file);

G_END_DECLS
