/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-digest.h"
#include "gw-pieces.h"

G_BEGIN_DECLS

/* Where the pieces of a file are written one behind the other, as they come:
 * a pipe, say. For a thread. */
typedef struct
{
  int fd;
  gsize write_max; /* what does not block once it may be written to; 0: nothing does */
  int wake_fd;     /* readable once it is stopped; not owned */
  GwDigest *digest;
  guint64 offset;
  gboolean ended;
  GwPieces pieces;
  const int *stopped;
} GwFileOutlet;

#define GW_FILE_OUTLET_INIT { .fd = -1 }

gboolean gw_file_outlet_open (GwFileOutlet *outlet, int fd, int wake_fd, GwDigestKind kind, const int *stopped,
                              GError **error);
gboolean gw_file_outlet_write (GwFileOutlet *outlet, GBytes *untrusted_bytes, GError **error);
void gw_file_outlet_clear (GwFileOutlet *outlet);

G_END_DECLS
