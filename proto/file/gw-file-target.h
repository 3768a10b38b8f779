/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-digest.h"
#include "gw-pieces.h"

G_BEGIN_DECLS

/* What a file gets besides its bytes. -1: as it is of the file that is
 * replaced, or of a new one. */
typedef struct
{
  gint64 mode;
  gint64 uid;
  gint64 gid;
  gboolean inherited; /* the owner is the old file's: if it cannot be had, no harm is done */
  gboolean timed;
  gint64 mtime_ns;
} GwFileTraits;

#define GW_FILE_TRAITS_NONE { -1, -1, -1, FALSE, FALSE, 0 }

/* A file that is made of pieces, beside the name that it gets when it is
 * whole. All of it may take long: it is for a thread. */
typedef struct
{
  int fd;
  char *path;          /* what it will be */
  char *part;          /* what it is meanwhile; NULL: there is nothing */
  GwFileTraits traits;
  GwDigest *digest;    /* of all before @offset */
  guint64 offset;
  guint64 size;        /* once it has ended */
  GwPieces pieces;
  const int *stopped;  /* set by somebody else, to end it soon */
} GwFileTarget;

gboolean gw_file_target_open (GwFileTarget *target, const char *path, const char *name, gboolean resume,
                              GwDigestKind kind, const int *stopped, GError **error);
gboolean gw_file_target_begin_again (GwFileTarget *target, GError **error);
gboolean gw_file_target_write (GwFileTarget *target, GBytes *untrusted_bytes, GError **error);
gboolean gw_file_target_commit (GwFileTarget *target, GError **error);
void gw_file_target_clear (GwFileTarget *target, gboolean keep);

G_END_DECLS
