/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call in frames, and how its end is told to the program. Knows no other
 * call. */

#include "gw-framed-call.h"

#include <gio/gio.h>

#include "gw-message.h"

GwFramedCall *
gw_framed_call_new (const char *command, gint64 timeout_us)
{
  GwFramedCall *call = g_new0 (GwFramedCall, 1);

  call->command = g_strdup (command);
  call->timeout_us = timeout_us;
  return call;
}

void
gw_framed_call_free (GwFramedCall *call)
{
  g_free (call->command);
  g_free (call);
}

static JsonNode *
read_answer (const GwFramedCall *call, GBytes *untrusted_body, GError **error)
{
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_body, error);

  if (message == NULL)
    g_prefix_error (error, "%s: the reply cannot be read, and the command may have run: ", call->command);
  else if (message->kind == GW_MESSAGE_ERROR)
    g_propagate_error (error, gw_message_to_error (message));
  else if (message->kind == GW_MESSAGE_REPLY && message->body != NULL)
    return g_steal_pointer (&message->body);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_PROTOCOL, "%s: what came is no reply, and the command may have run",
                 call->command);
  return NULL;
}

/**
 * gw_framed_call_read_end:
 * @untrusted_end: a %GW_SESSION_EVENT_ENDED
 * @why_lost: (nullable): why this side has ended the session, if it has
 *
 * Returns: (transfer full): what the command returned, or %NULL with an error
 *   set
 */
JsonNode *
gw_framed_call_read_end (const GwFramedCall *call, const GwSessionEvent *untrusted_end, const char *why_lost,
                         GError **error)
{
  switch (untrusted_end->outcome)
    {
    case GW_OUTCOME_REPLY:
    case GW_OUTCOME_ERROR:
      return read_answer (call, untrusted_end->bytes, error);
    case GW_OUTCOME_NOT_DELIVERED:
      g_set_error (error, GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: %s; nothing was sent", call->command,
                   why_lost != NULL ? why_lost : "the agent was not reached");
      break;
    case GW_OUTCOME_PEER_RESTARTED:
      g_set_error (error, GW_ERROR, GW_ERROR_PEER_RESTARTED,
                   "%s: the agent was restarted in the middle of it; the command may have run", call->command);
      break;
    case GW_OUTCOME_TIMED_OUT:
      g_set_error (error, GW_ERROR, GW_ERROR_TIMED_OUT, "%s: no reply in %g s; the command may have run", call->command,
                   call->timeout_us / 1e6);
      break;
    case GW_OUTCOME_CANCELLED:
      if (why_lost != NULL)
        g_set_error (error, GW_ERROR, GW_ERROR_PEER_LOST, "%s: %s; the command may have run", call->command, why_lost);
      else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled; the command may have run", call->command);
      break;
    case GW_OUTCOME_PEER_LOST:
    default:
      if (why_lost != NULL || untrusted_end->text == NULL)
        g_set_error (error, GW_ERROR, GW_ERROR_PEER_LOST, "%s: %s; the command may have run", call->command,
                     why_lost != NULL ? why_lost : "the agent was lost");
      else
        g_set_error (error, GW_ERROR, GW_ERROR_PEER_LOST, "%s: the agent was lost (%s); the command may have run",
                     call->command, untrusted_end->text);
      break;
    }
  return NULL;
}
