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
  GW_PIECE_ENTRY = 4, /* these are of trees alone */
  GW_PIECE_LEAVE = 5,
  GW_PIECE_DROP = 6,
} GwPieceKind;

#define GW_PIECE_HEADER_SIZE 16

void gw_piece_write_header (guint8 *header, GwPieceKind kind, guint32 length, guint64 offset);
GBytes *gw_piece_new_end (guint64 size, const char *digest);
GBytes *gw_piece_new_again (void);

/* What an entry of a tree is. The first has no name. */
typedef enum
{
  GW_ENTRY_FILE = 1,
  GW_ENTRY_FOLDER = 2,
  GW_ENTRY_LINK = 3,
} GwEntryType;

typedef struct
{
  GwEntryType type;
  guint32 mode;
  guint32 uid;
  guint32 gid;
  gint64 mtime_ns;
  const char *name;
  const char *target; /* of a link, else NULL */
} GwEntry;

#define GW_ENTRY_HEADER_SIZE 28
#define GW_ENTRY_SIZE_MAX (GW_ENTRY_HEADER_SIZE + GW_TREE_NAME_MAX + GW_TREE_LINK_MAX)

void gw_piece_append_entry (GByteArray *pieces, const GwEntry *entry);
void gw_piece_append_bare (GByteArray *pieces, GwPieceKind kind);

/* What is in them; each may fail, and then no more of it is read. */
typedef struct
{
  /* A part of a piece; parts come in order. */
  gboolean (*data) (guint64 offset, const guint8 *data, gsize length, gpointer user_data, GError **error);
  gboolean (*again) (gpointer user_data, GError **error);
  gboolean (*end) (guint64 size, const char *untrusted_digest, gpointer user_data, GError **error);

  /* Of trees; NULL for one file. The name is one: no way, and not . or .. */
  gboolean (*entry) (const GwEntry *untrusted_entry, gpointer user_data, GError **error);
  gboolean (*leave) (gpointer user_data, GError **error);
  gboolean (*drop) (gpointer user_data, GError **error);
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
  GString *text;     /* of an end or an entry */
  gboolean begun;    /* a piece has come */
  gboolean in_file;
  guint depth;       /* of folders that were not left */
  gboolean ended;
} GwPieces;

void gw_pieces_init (GwPieces *pieces, guint64 offset, const GwPiecesEvents *events, gpointer user_data);
void gw_pieces_clear (GwPieces *pieces);
gboolean gw_pieces_take (GwPieces *pieces, const guint8 *untrusted_data, gsize length, GError **error);

G_END_DECLS
