/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-digest.h"
#include "gw-file-traits.h"
#include "gw-pieces.h"

G_BEGIN_DECLS

/* A file that is made of pieces, beside the name that it gets when it is
 * whole. All of it may take long: it is for a thread. */
typedef struct
{
  int fd;
  int folder;          /* the one that it is in */
  char *path;          /* what it will be, for messages */
  char *name;          /* in its folder */
  char *part;          /* what it is meanwhile; NULL: there is nothing */
  GwFileTraits traits;
  GwDigest *digest;    /* of all before @offset */
  guint64 offset;
  guint64 size;        /* once it has ended */
  gboolean ended;
  GwPieces pieces;
  const int *stopped;  /* set by somebody else, to end it soon */
} GwFileTarget;

#define GW_FILE_TARGET_INIT { .fd = -1, .folder = -1 }

extern const GwPiecesEvents gw_file_target_events;

gboolean gw_file_target_open (GwFileTarget *target, const char *path, const char *name, gboolean resume,
                              GwDigestKind kind, const int *stopped, GError **error);
gboolean gw_file_target_open_at (GwFileTarget *target, int folder, const char *name, const char *path,
                                 GwDigestKind kind, const int *stopped, GError **error);
gboolean gw_file_target_write (GwFileTarget *target, GBytes *untrusted_bytes, GError **error);
gboolean gw_file_target_commit (GwFileTarget *target, gboolean durable, GError **error);
void gw_file_target_clear (GwFileTarget *target, gboolean keep);

gboolean gw_file_is_folder (const char *path);

G_END_DECLS
