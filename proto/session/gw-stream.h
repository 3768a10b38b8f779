/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What all streams of a session share for what they receive. */
typedef struct
{
  gsize free;     /* not lent to any */
  gsize lent_max; /* to one */
} GwStreamPool;

/* One stream: two queues and two offsets of credit. Knows no frame. */
typedef struct
{
  guint16 id;
  gboolean ours;      /* opened by this side */
  gboolean accepted;  /* by the side that did not open it */
  GBytes *purpose;    /* ours, and its OPEN is still to be sent */

  /* Out. */
  GQueue queue;       /* of GBytes */
  gsize queued;       /* bytes */
  guint64 sent;
  guint64 limit;      /* granted by the other side */
  gboolean finish;    /* nothing will be written any more */
  gboolean fin_sent;
  gboolean wants_room;

  /* In. */
  guint64 received;
  guint64 consumed;
  guint64 granted;    /* at most the least share and what is lent, above consumed */
  gboolean credit_due;
  gboolean fin_received;

  /* The end of both. */
  gboolean reset;     /* by either side: void for its owner */
  gboolean reset_due;
  gboolean reset_received;
  char *why;          /* of a reset that is due */

  gboolean in_control; /* waits in the mux's queue for control, or for data */
  gboolean in_data;
} GwStream;

GwStream *gw_stream_new (guint16 id, gboolean ours);
void gw_stream_free (GwStream *stream, GwStreamPool *pool);

gboolean gw_stream_write (GwStream *stream, GBytes *bytes, GError **error);
gsize gw_stream_get_room (const GwStream *stream);
gboolean gw_stream_has_data (const GwStream *stream);
gboolean gw_stream_has_fin (const GwStream *stream);
GBytes *gw_stream_take (GwStream *stream, gsize max);
gboolean gw_stream_room_came (GwStream *stream);
void gw_stream_drop_queue (GwStream *stream);

gboolean gw_stream_grant (GwStream *stream, GwStreamPool *pool);
void gw_stream_consume (GwStream *stream, GwStreamPool *pool, gsize length);
void gw_stream_return (GwStream *stream, GwStreamPool *pool);

G_END_DECLS
