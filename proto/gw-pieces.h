/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-limits.h"

G_BEGIN_DECLS

/* A file on a stream, as pieces of it. See PROTOCOL.md, "Files on streams". */
typedef enum
{
  GW_PIECE_DATA = 1,
  GW_PIECE_END = 2,
  GW_PIECE_AGAIN = 3,
} GwPieceKind;

#define GW_PIECE_HEADER_SIZE 16

void gw_piece_write_header (guint8 *header, GwPieceKind kind, guint32 length, guint64 offset);
GBytes *gw_piece_new_end (guint64 size, const char *digest);
GBytes *gw_piece_new_again (void);

/* What is in them; each may fail, and then no more of it is read. */
typedef struct
{
  /* A part of a piece; parts come in order. */
  gboolean (*data) (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error);
  gboolean (*again) (gpointer user_data, GError **error);
  gboolean (*end) (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error);
} GwPiecesEvents;

typedef struct
{
  const GwPiecesEvents *events;
  gpointer user_data;
  guint8 header[GW_PIECE_HEADER_SIZE];
  gsize header_length;
  GwPieceKind kind;
  guint64 offset;    /* of what comes next */
  guint64 after;     /* the end of the last piece of data */
  guint32 left;      /* of this piece */
  GString *digest;
  gboolean begun;    /* a piece has come */
  gboolean ended;
} GwPieces;

void gw_pieces_init (GwPieces *pieces, guint64 offset, const GwPiecesEvents *events, gpointer user_data);
void gw_pieces_clear (GwPieces *pieces);
gboolean gw_pieces_take (GwPieces *pieces, const guint8 *untrusted_data, gsize length, GError **error);

G_END_DECLS
