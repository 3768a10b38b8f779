/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-file-target.h"
#include "gw-tree-troubles.h"

G_BEGIN_DECLS

/* A tree that is made of pieces. For a thread. */
typedef struct
{
  char *path;           /* where it goes */
  char *name;           /* in that, if it is a folder; NULL: the folder itself */
  char *placed;         /* where it is, once that is known */
  GwFileRules rules;
  GwDigestKind kind;
  GArray *levels;       /* the folders that it is in */
  guint lost;           /* how many of the last have no folder here */
  GString *where;       /* the way to the last of them */
  GwFileTarget file;
  gboolean skipping;    /* the file that comes has no place */
  guint64 before;       /* bytes of the files before this one */
  GwPieces pieces;
  GwTreeTroubles troubles;
  guint64 files;        /* that are whole */
  gboolean ended;
  const int *stopped;   /* set by somebody else, to end it soon */
} GwTreeTarget;

#define GW_TREE_TARGET_INIT { .file = GW_FILE_TARGET_INIT }

gboolean gw_tree_target_open (GwTreeTarget *target, const char *path, const char *name, const GwFileRules *rules,
                              GwDigestKind kind, const int *stopped, GError **error);
gboolean gw_tree_target_write (GwTreeTarget *target, GBytes *untrusted_bytes, GError **error);
gboolean gw_tree_target_finish (GwTreeTarget *target, GError **error);
guint64 gw_tree_target_get_bytes (const GwTreeTarget *target);
void gw_tree_target_clear (GwTreeTarget *target);

G_END_DECLS
