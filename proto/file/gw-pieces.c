/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts what comes on a stream into the pieces of a file, or of a tree of them,
 * and makes them. Knows neither the stream nor the file. */

#include "gw-pieces.h"

#include <string.h>

#include "gw-le.h"

void
gw_piece_write_header (guint8 *header, GwPieceKind kind, guint32 length, guint64 offset)
{
  gw_le_put_u32 (header, kind);
  gw_le_put_u32 (header + 4, length);
  gw_le_put_u64 (header + 8, offset);
}

GBytes *
gw_piece_new_end (guint64 size, const char *digest)
{
  gsize length = strlen (digest);
  guint8 *piece = g_malloc (GW_PIECE_HEADER_SIZE + length);

  gw_piece_write_header (piece, GW_PIECE_END, length, size);
  memcpy (piece + GW_PIECE_HEADER_SIZE, digest, length);
  return g_bytes_new_take (piece, GW_PIECE_HEADER_SIZE + length);
}

GBytes *
gw_piece_new_again (void)
{
  guint8 *piece = g_malloc (GW_PIECE_HEADER_SIZE);

  gw_piece_write_header (piece, GW_PIECE_AGAIN, 0, 0);
  return g_bytes_new_take (piece, GW_PIECE_HEADER_SIZE);
}

/* What has nothing behind its header. */
void
gw_piece_append_bare (GByteArray *pieces, GwPieceKind kind)
{
  guint8 header[GW_PIECE_HEADER_SIZE];

  gw_piece_write_header (header, kind, 0, 0);
  g_byte_array_append (pieces, header, sizeof header);
}

void
gw_piece_append_entry (GByteArray *pieces, const GwEntry *entry)
{
  gsize name = strlen (entry->name), target = entry->target != NULL ? strlen (entry->target) : 0;
  guint8 header[GW_PIECE_HEADER_SIZE + GW_ENTRY_HEADER_SIZE];
  guint8 *fields = header + GW_PIECE_HEADER_SIZE;

  gw_piece_write_header (header, GW_PIECE_ENTRY, GW_ENTRY_HEADER_SIZE + name + target, 0);
  gw_le_put_u32 (fields, entry->type);
  gw_le_put_u32 (fields + 4, entry->mode);
  gw_le_put_u32 (fields + 8, entry->uid);
  gw_le_put_u32 (fields + 12, entry->gid);
  gw_le_put_u64 (fields + 16, (guint64) entry->mtime_ns);
  gw_le_put_u32 (fields + 24, name);
  g_byte_array_append (pieces, header, sizeof header);
  g_byte_array_append (pieces, (const guint8 *) entry->name, name);
  g_byte_array_append (pieces, (const guint8 *) entry->target, target);
}

/**
 * gw_pieces_init:
 * @offset: how much of the file is there already
 */
void
gw_pieces_init (GwPieces *pieces, guint64 offset, const GwPiecesEvents *events, gpointer user_data)
{
  *pieces = (GwPieces){ .events = events, .user_data = user_data, .after = offset, .text = g_string_new (NULL) };
  pieces->in_file = events->entry == NULL;
}

void
gw_pieces_clear (GwPieces *pieces)
{
  g_string_free (pieces->text, TRUE);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "the other side sends no file: %s", what);
  return FALSE;
}

/* --- Headers ---------------------------------------------------------------- */

static gboolean
check_of_tree (const GwPieces *pieces, GError **error)
{
  if (pieces->events->entry == NULL)
    return refuse (error, "a piece is of no known kind");
  if (pieces->in_file != (pieces->kind == GW_PIECE_DROP))
    return refuse (error, "a piece is not where it may be");
  if (pieces->kind == GW_PIECE_ENTRY)
    return (pieces->left >= GW_ENTRY_HEADER_SIZE && pieces->left <= GW_ENTRY_SIZE_MAX)
           || refuse (error, "an entry is too short or too long");
  if (pieces->left != 0)
    return refuse (error, "a piece is too long");
  return pieces->kind != GW_PIECE_LEAVE || pieces->depth > 0 || refuse (error, "a folder is left that was not entered");
}

static gboolean
check_header (const GwPieces *pieces, GError **error)
{
  if (!pieces->in_file && (pieces->kind == GW_PIECE_DATA || pieces->kind == GW_PIECE_END))
    return refuse (error, "a piece belongs to no file");
  switch (pieces->kind)
    {
    case GW_PIECE_DATA:
      if (pieces->left == 0 || pieces->left > GW_PIECE_MAX)
        return refuse (error, "a piece is empty or too long");
      if (pieces->offset < pieces->after || pieces->offset > (guint64) G_MAXINT64 - pieces->left)
        return refuse (error, "a piece is not behind the last one");
      return TRUE;
    case GW_PIECE_END:
      if (pieces->left == 0 || pieces->left > GW_DIGEST_TEXT_MAX)
        return refuse (error, "there is no digest, or it is too long");
      if (pieces->offset < pieces->after || pieces->offset > G_MAXINT64)
        return refuse (error, "it ends before its last piece");
      return TRUE;
    case GW_PIECE_AGAIN:
      if (pieces->begun || pieces->left != 0 || pieces->events->again == NULL)
        return refuse (error, "it begins again in its middle");
      return TRUE;
    case GW_PIECE_ENTRY:
    case GW_PIECE_LEAVE:
    case GW_PIECE_DROP:
      return check_of_tree (pieces, error);
    default:
      return refuse (error, "a piece is of no known kind");
    }
}

/* A tree is whole with its first entry. */
static void
end_entry (GwPieces *pieces)
{
  pieces->in_file = FALSE;
  pieces->ended = pieces->depth == 0;
}

/* What is nothing but a header. */
static gboolean
take_bare (GwPieces *pieces, GError **error)
{
  switch (pieces->kind)
    {
    case GW_PIECE_AGAIN:
      pieces->after = 0;
      return pieces->events->again (pieces->user_data, error);
    case GW_PIECE_LEAVE:
      pieces->depth--;
      end_entry (pieces);
      return pieces->events->leave (pieces->user_data, error);
    case GW_PIECE_DROP:
      end_entry (pieces);
      return pieces->events->drop (pieces->user_data, error);
    default:
      return TRUE;
    }
}

static gboolean
take_header (GwPieces *pieces, GError **error)
{
  guint32 kind = gw_le_get_u32 (pieces->header);

  pieces->header_length = 0;
  pieces->kind = kind <= GW_PIECE_DROP ? (GwPieceKind) kind : 0;
  pieces->left = gw_le_get_u32 (pieces->header + 4);
  pieces->offset = gw_le_get_u64 (pieces->header + 8);
  if (!check_header (pieces, error))
    return FALSE;
  pieces->begun = TRUE;
  g_string_truncate (pieces->text, 0);
  return take_bare (pieces, error);
}

/* --- Bodies ----------------------------------------------------------------- */

static gboolean
take_part (GwPieces *pieces, const guint8 *data, gsize length, GError **error)
{
  if (pieces->kind != GW_PIECE_DATA)
    g_string_append_len (pieces->text, (const char *) data, length);
  else if (!pieces->events->data (pieces->offset, data, length, pieces->user_data, error))
    return FALSE;
  pieces->left -= length;
  if (pieces->kind == GW_PIECE_DATA)
    {
      pieces->offset += length;
      pieces->after = pieces->offset;
    }
  return TRUE;
}

static gboolean
take_end (GwPieces *pieces, GError **error)
{
  if (pieces->events->entry != NULL)
    end_entry (pieces);
  else
    pieces->ended = TRUE;
  return pieces->events->end (pieces->offset, pieces->text->str, pieces->user_data, error);
}

/* The first one is called what its receiver likes. */
static gboolean
is_name (const GwPieces *pieces, const char *untrusted_name)
{
  if (pieces->depth == 0)
    return untrusted_name[0] == '\0';
  return untrusted_name[0] != '\0' && strlen (untrusted_name) <= GW_TREE_NAME_MAX && strchr (untrusted_name, '/') == NULL
         && !g_str_equal (untrusted_name, ".") && !g_str_equal (untrusted_name, "..");
}

static gboolean
check_entry (const GwPieces *pieces, const GwEntry *untrusted_entry, gsize name_length, gsize target_length,
             GError **error)
{
  if (strlen (untrusted_entry->name) != name_length || !is_name (pieces, untrusted_entry->name))
    return refuse (error, "an entry's name is none");
  switch (untrusted_entry->type)
    {
    case GW_ENTRY_FILE:
      return target_length == 0 || refuse (error, "a file has a target");
    case GW_ENTRY_FOLDER:
      if (pieces->depth >= GW_TREE_DEPTH_MAX)
        return refuse (error, "its folders are too deep");
      return target_length == 0 || refuse (error, "a folder has a target");
    case GW_ENTRY_LINK:
      return (target_length > 0 && target_length <= GW_TREE_LINK_MAX && strlen (untrusted_entry->target) == target_length
              && pieces->depth > 0)
             || refuse (error, "a link points nowhere");
    default:
      return refuse (error, "an entry is of no known type");
    }
}

static gboolean
take_entry (GwPieces *pieces, GError **error)
{
  const guint8 *fields = (const guint8 *) pieces->text->str;
  guint32 name_length = gw_le_get_u32 (fields + 24);
  gsize rest = pieces->text->len - GW_ENTRY_HEADER_SIZE;
  g_autofree char *name = NULL;
  g_autofree char *target = NULL;
  GwEntry entry;

  if (name_length > rest)
    return refuse (error, "an entry's name is longer than it");
  name = g_strndup (pieces->text->str + GW_ENTRY_HEADER_SIZE, name_length);
  target = g_strndup (pieces->text->str + GW_ENTRY_HEADER_SIZE + name_length, rest - name_length);
  entry = (GwEntry){ .mode = gw_le_get_u32 (fields + 4), .uid = gw_le_get_u32 (fields + 8),
                     .gid = gw_le_get_u32 (fields + 12), .mtime_ns = (gint64) gw_le_get_u64 (fields + 16),
                     .name = name, .target = target };
  entry.type = gw_le_get_u32 (fields) <= GW_ENTRY_LINK ? (GwEntryType) gw_le_get_u32 (fields) : 0;
  if (!check_entry (pieces, &entry, name_length, rest - name_length, error))
    return FALSE;
  pieces->in_file = entry.type == GW_ENTRY_FILE;
  pieces->depth += entry.type == GW_ENTRY_FOLDER;
  pieces->after = 0;
  return pieces->events->entry (&entry, pieces->user_data, error);
}

static gboolean
take_body (GwPieces *pieces, GError **error)
{
  if (pieces->kind == GW_PIECE_END)
    return take_end (pieces, error);
  return pieces->kind != GW_PIECE_ENTRY || take_entry (pieces, error);
}

gboolean
gw_pieces_take (GwPieces *pieces, const guint8 *untrusted_data, gsize length, GError **error)
{
  while (length > 0)
    {
      gsize part;

      if (pieces->ended)
        return refuse (error, "something is behind its end");
      if (pieces->left > 0)
        {
          part = MIN (length, pieces->left);
          if (!take_part (pieces, untrusted_data, part, error) || (pieces->left == 0 && !take_body (pieces, error)))
            return FALSE;
        }
      else
        {
          part = MIN (length, GW_PIECE_HEADER_SIZE - pieces->header_length);
          memcpy (pieces->header + pieces->header_length, untrusted_data, part);
          pieces->header_length += part;
          if (pieces->header_length == GW_PIECE_HEADER_SIZE && !take_header (pieces, error))
            return FALSE;
        }
      untrusted_data += part;
      length -= part;
    }
  return TRUE;
}
