/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"

G_BEGIN_DECLS

/* Acknowledged, ordered delivery of numbered frames over connections that may
 * lose some, and from one connection to the next. Knows no bytes and no
 * stream. */
typedef struct _GwLink GwLink;

typedef struct
{
  gboolean lossy;    /* bytes may get lost while the connection lasts */
  gsize window;      /* bytes that may be on the way */
  guint32 first_seq; /* of the first frame to be sent */
} GwLinkSettings;

typedef enum
{
  GW_LINK_DROP,    /* not for now, or not for us */
  GW_LINK_DELIVER, /* the next numbered frame */
} GwLinkVerdict;

GwLink *gw_link_new (const GwLinkSettings *settings);
void gw_link_free (GwLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLink, gw_link_free)

/* A new connection: what is unacknowledged will be sent again. */
void gw_link_connect (GwLink *link, gsize window, gint64 now_us);
gboolean gw_link_may_resume (const GwLink *link, guint32 untrusted_received);
void gw_link_resume (GwLink *link, guint32 received);
void gw_link_set_expected (GwLink *link, guint32 seq);
guint32 gw_link_get_expected (const GwLink *link);
guint32 gw_link_get_next_seq (const GwLink *link);

GwLinkVerdict gw_link_receive (GwLink *link, const GwFrame *untrusted_frame, gint64 now_us);

void gw_link_ask_hello (GwLink *link, gboolean want_answer);
gboolean gw_link_take (GwLink *link, GwFrame *frame, gint64 now_us);
gboolean gw_link_has_room (const GwLink *link);
void gw_link_number (GwLink *link, GwFrame *frame, gint64 now_us);
void gw_link_ping (GwLink *link);

gint64 gw_link_get_deadline (const GwLink *link);
void gw_link_pass_time (GwLink *link, gint64 now_us);
gint64 gw_link_get_heard (const GwLink *link);
gboolean gw_link_is_owed (const GwLink *link);
guint gw_link_get_unacked (const GwLink *link);
guint64 gw_link_get_ignored (const GwLink *link);

G_END_DECLS
