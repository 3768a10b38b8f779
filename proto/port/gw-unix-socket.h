/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* A unix socket that is listened on, and its file. */
typedef struct
{
  int fd;
  char *path;
  dev_t device; /* of the file, so that no other one is removed */
  ino_t inode;
} GwUnixSocket;

#define GW_UNIX_SOCKET_NONE { .fd = -1 }

gboolean gw_unix_socket_listen (GwUnixSocket *self, const char *path, mode_t mode, gint64 uid, gint64 gid,
                                GError **error);
void gw_unix_socket_close (GwUnixSocket *self);

G_END_DECLS
