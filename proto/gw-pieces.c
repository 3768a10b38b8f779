/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts what comes on a stream into the pieces of a file, and makes them. Knows
 * neither the stream nor the file. */

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

/**
 * gw_pieces_init:
 * @offset: how much of the file is there already
 */
void
gw_pieces_init (GwPieces *pieces, guint64 offset, const GwPiecesEvents *events, gpointer user_data)
{
  *pieces = (GwPieces){ .events = events, .user_data = user_data, .after = offset, .digest = g_string_new (NULL) };
}

void
gw_pieces_clear (GwPieces *pieces)
{
  g_string_free (pieces->digest, TRUE);
}

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "the other side sends no file: %s", what);
  return FALSE;
}

static gboolean
check_header (const GwPieces *pieces, GError **error)
{
  switch (pieces->kind)
    {
    case GW_PIECE_DATA:
      if (pieces->left == 0 || pieces->left > GW_PIECE_MAX)
        return refuse (error, "a piece is empty or too long");
      if (pieces->offset < pieces->after || pieces->offset > (guint64) G_MAXINT64 - pieces->left)
        return refuse (error, "a piece is not behind the last one");
      return TRUE;
    case GW_PIECE_END:
      if (pieces->left > GW_DIGEST_TEXT_MAX)
        return refuse (error, "the digest is too long");
      if (pieces->offset < pieces->after || pieces->offset > G_MAXINT64)
        return refuse (error, "it ends before its last piece");
      return TRUE;
    case GW_PIECE_AGAIN:
      if (pieces->begun || pieces->left != 0)
        return refuse (error, "it begins again in its middle");
      return TRUE;
    default:
      return refuse (error, "a piece is of no known kind");
    }
}

static gboolean
take_header (GwPieces *pieces, GError **error)
{
  guint32 kind = gw_le_get_u32 (pieces->header);

  pieces->header_length = 0;
  pieces->kind = kind <= GW_PIECE_AGAIN ? (GwPieceKind) kind : 0;
  pieces->left = gw_le_get_u32 (pieces->header + 4);
  pieces->offset = gw_le_get_u64 (pieces->header + 8);
  if (!check_header (pieces, error))
    return FALSE;
  pieces->begun = TRUE;
  if (pieces->kind != GW_PIECE_AGAIN)
    return TRUE;
  pieces->after = 0;
  return pieces->events->again (pieces->user_data, error);
}

static gboolean
take_part (GwPieces *pieces, const guint8 *data, gsize length, GError **error)
{
  if (pieces->kind == GW_PIECE_END)
    g_string_append_len (pieces->digest, (const char *) data, length);
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
  pieces->ended = TRUE;
  return pieces->events->end (pieces->offset, pieces->digest->str, pieces->user_data, error);
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
          if (!take_part (pieces, untrusted_data, part, error))
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
      if (pieces->kind == GW_PIECE_END && pieces->left == 0 && !pieces->ended && !take_end (pieces, error))
        return FALSE;
    }
  return TRUE;
}
