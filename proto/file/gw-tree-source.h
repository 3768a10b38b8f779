/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-file-source.h"
#include "gw-pieces.h"
#include "gw-tree-troubles.h"

G_BEGIN_DECLS

/* A folder with all that is in it, or a file, that is sent as pieces. For a
 * thread. */
typedef struct
{
  char *path;
  GPtrArray *levels;    /* of DIR*: the folders that it is in */
  GString *where;       /* the way to the last of them */
  GwFileSource file;
  gboolean in_file;
  guint64 before;       /* bytes of the files before this one */
  guint mode_mask;      /* the bits that are told of */
  GwDigestKind kind;
  GwTreeTroubles troubles;
  guint64 files;        /* that were sent whole */
  gboolean ended;
  const int *stopped;   /* set by somebody else, to end it soon */
} GwTreeSource;

#define GW_TREE_SOURCE_INIT { .file = GW_FILE_SOURCE_INIT }

gboolean gw_tree_source_open (GwTreeSource *source, const char *path, guint mode_mask, GwDigestKind kind,
                              const int *stopped, GError **error);
GBytes *gw_tree_source_read (GwTreeSource *source, GError **error);
guint64 gw_tree_source_get_bytes (const GwTreeSource *source);
void gw_tree_source_clear (GwTreeSource *source);

G_END_DECLS
