/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"

G_BEGIN_DECLS

/* Acknowledged, ordered delivery of numbered frames over connections that may
 * lose some, and from one connection to the next. Knows no bytes and no
 * stream. */
typedef struct _GwLink GwLink;

typedef enum
{
  GW_LINK_DROP,
  GW_LINK_DELIVER,  /* the next numbered frame */
  GW_LINK_DIVERGED, /* the other side was restored from a snapshot */
} GwLinkVerdict;

/* Of all connections. */
typedef struct
{
  guint64 sent;    /* numbered frames, each time that one went */
  guint64 again;   /* of those, that had gone before */
  guint64 losses;  /* times that the other side lacked something on a connection that went on */
  guint64 gaps;    /* times that something was missing of what came */
  guint64 ignored; /* frames that came, and were old or spoke of what never was */
} GwLinkCounts;

GwLink *gw_link_new (gboolean lossy, guint32 first_seq);
void gw_link_free (GwLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLink, gw_link_free)

/* From one connection to the next. */
void gw_link_connect (GwLink *link, gsize frame_max, gsize window, gboolean reckless);
void gw_link_disconnect (GwLink *link);
gboolean gw_link_may_resume (const GwLink *link, guint32 untrusted_received, guint64 untrusted_digest);
void gw_link_resume (GwLink *link, guint32 received);
void gw_link_set_expected (GwLink *link, guint32 seq);
guint32 gw_link_get_expected (const GwLink *link);
guint64 gw_link_get_digest (const GwLink *link);

/* In. */
GwLinkVerdict gw_link_receive (GwLink *link, const GwFrame *untrusted_frame, gint64 now_us);

/* Out: what the link has to say itself, what else may be said, and the
 * acknowledgement if nothing else goes that has it. */
gboolean gw_link_take_hello (GwLink *link, GwFrame *frame);
gboolean gw_link_take (GwLink *link, GwFrame *frame, gint64 now_us);
gboolean gw_link_has_room (const GwLink *link);
void gw_link_number (GwLink *link, GwFrame *frame, gint64 now_us);
gboolean gw_link_take_ack (GwLink *link, GwFrame *frame);
void gw_link_close (GwLink *link, const char *why, gsize length, GwFrame *frame);
void gw_link_hello (GwLink *link, gboolean unheard);
void gw_link_ping (GwLink *link);

/* Time. */
gint64 gw_link_get_deadline (const GwLink *link);
void gw_link_pass_time (GwLink *link, gint64 now_us);
gint64 gw_link_get_owed_since (const GwLink *link);

gsize gw_link_get_window (const GwLink *link);
GwLinkCounts gw_link_get_counts (const GwLink *link);

G_END_DECLS
