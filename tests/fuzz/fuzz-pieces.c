/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as the pieces of a file or a tree: names are single ones, data goes
 * forward and belongs to a file, and how they are cut on their way changes
 * nothing. */

#include <string.h>

#include "fuzz.h"
#include "gw-limits.h"
#include "gw-pieces.h"

typedef struct
{
  guint depth;
  gboolean in_file;
  guint64 offset;
  guint64 heard; /* a sum over all that was told */
} Heard;

static void
hear (Heard *heard, guint64 what)
{
  heard->heard = heard->heard * 31 + what;
}

static gboolean
on_data (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  if (!heard->in_file || offset < heard->offset || length == 0)
    fuzz_fail ("data where none may be");
  heard->offset = offset + length;
  for (gsize i = 0; i < length; i++)
    hear (heard, offset + i + data[i]);
  return TRUE;
}

static gboolean
on_again (gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  heard->offset = 0;
  hear (heard, 1);
  return TRUE;
}

static gboolean
on_end (guint64 size, const char *digest, gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  if (!heard->in_file || size < heard->offset || strlen (digest) > GW_DIGEST_TEXT_MAX)
    fuzz_fail ("an end where none may be");
  heard->in_file = FALSE;
  hear (heard, size);
  return TRUE;
}

static gboolean
on_entry (const GwEntry *entry, gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  if (heard->in_file || strchr (entry->name, '/') != NULL || g_str_equal (entry->name, ".") || g_str_equal (entry->name, "..")
      || (entry->name[0] == '\0') != (heard->depth == 0) || strlen (entry->name) > GW_TREE_NAME_MAX)
    fuzz_fail ("a name that is none: %s", entry->name);
  heard->in_file = entry->type == GW_ENTRY_FILE;
  heard->depth += entry->type == GW_ENTRY_FOLDER;
  if (heard->depth > GW_TREE_DEPTH_MAX)
    fuzz_fail ("too deep");
  heard->offset = 0;
  hear (heard, g_str_hash (entry->name) + g_str_hash (entry->target));
  return TRUE;
}

static gboolean
on_leave (gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  if (heard->in_file || heard->depth-- == 0)
    fuzz_fail ("left where nothing was entered");
  hear (heard, 2);
  return TRUE;
}

static gboolean
on_drop (gpointer user_data, GError **error)
{
  Heard *heard = user_data;

  if (!heard->in_file)
    fuzz_fail ("dropped where no file is");
  heard->in_file = FALSE;
  hear (heard, 3);
  return TRUE;
}

static const GwPiecesEvents of_file = { .data = on_data, .again = on_again, .end = on_end };
static const GwPiecesEvents of_tree = { .data = on_data, .end = on_end, .entry = on_entry, .leave = on_leave, .drop = on_drop };

static guint64
play (const GwPiecesEvents *events, const guint8 *data, gsize length, gsize part)
{
  Heard heard = { .in_file = events == &of_file };
  gboolean fine = TRUE;
  GwPieces pieces;

  gw_pieces_init (&pieces, 0, events, &heard);
  for (gsize at = 0; at < length && fine; at += part)
    fine = gw_pieces_take (&pieces, data + at, MIN (part, length - at), NULL);
  hear (&heard, fine + pieces.ended);
  gw_pieces_clear (&pieces);
  return heard.heard;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  if (play (&of_file, data, length, 7) != play (&of_file, data, length, MAX (length, 1)))
    fuzz_fail ("a file that depends on how it is cut");
  if (play (&of_tree, data, length, 7) != play (&of_tree, data, length, MAX (length, 1)))
    fuzz_fail ("a tree that depends on how it is cut");
  return 0;
}
