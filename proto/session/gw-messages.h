/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-frame.h"
#include "gw-error.h"

G_BEGIN_DECLS

/* Messages as fragments, those of several in turn. Knows no JSON, and not
 * which message answers which. */
typedef struct _GwMessages GwMessages;

typedef enum
{
  GW_MESSAGE_WIRE_REQUEST = 1,
  GW_MESSAGE_WIRE_REPLY = 2,
  GW_MESSAGE_WIRE_ERROR = 3,
  GW_MESSAGE_WIRE_EVENT = 4,
  GW_MESSAGE_WIRE_CANCEL = 5,
} GwMessageWireKind;

#define GW_MESSAGE_WIRE_FIRST 1
#define GW_MESSAGE_WIRE_ABORT 2

typedef struct
{
  GwMessageWireKind kind;
  guint64 id;
  gboolean begins; /* its first fragment */
  gboolean aborted;
  GBytes *body;    /* when it is whole */
} GwMessageArrival;

GwMessages *gw_messages_new (void);
void gw_messages_free (GwMessages *messages);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwMessages, gw_messages_free)

void gw_messages_send (GwMessages *messages, GwMessageWireKind kind, guint64 id, GBytes *body);
gboolean gw_messages_withdraw (GwMessages *messages, GwMessageWireKind kind, guint64 id);
gboolean gw_messages_drop_oldest (GwMessages *messages, GwMessageWireKind kind);
guint gw_messages_get_n_unbegun (GwMessages *messages, GwMessageWireKind kind, gsize *size);
gsize gw_messages_get_queued (GwMessages *messages);
gsize gw_messages_get_arrived (GwMessages *messages);

gboolean gw_messages_receive (GwMessages *messages, GBytes *untrusted_payload, GwMessageArrival *arrival,
                              GError **error);
gboolean gw_messages_receive_credit (GwMessages *messages, GBytes *untrusted_payload, GError **error);
void gw_messages_consume (GwMessages *messages, gsize length);

gboolean gw_messages_next_credit (GwMessages *messages, GwFrame *frame);
gboolean gw_messages_next (GwMessages *messages, gsize payload_max, GwFrame *frame);

G_END_DECLS
