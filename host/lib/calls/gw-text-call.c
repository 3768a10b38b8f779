/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One call: its request, which reply is its own, and how its end is told to
 * the program. Knows no other call. */

#include "gw-text-call.h"

#include <gio/gio.h>
#include <string.h>

#include "gw-request.h"

/**
 * gw_text_call_new:
 * @id: a number that no other call of the connection has
 * @arguments: (nullable): an object
 * @timeout_us: how long it may take from now on; %G_MAXINT64 for no limit
 * @now_us: monotonic time in microseconds
 *
 * Returns: (transfer full): a call that waits to be sent, or %NULL with
 *   %GW_ERROR_TOO_LARGE or %GW_ERROR_INVALID_JSON set
 */
GwTextCall *
gw_text_call_new (guint64 id, const char *command, JsonNode *arguments, gint64 timeout_us, gint64 now_us,
                  GError **error)
{
  g_autoptr (JsonNode) id_node = json_node_init_int (json_node_alloc (), (gint64) id);
  GBytes *request = gw_request_build (command, arguments, id_node, error);
  GwTextCall *call;

  if (request == NULL)
    return NULL;
  call = g_new0 (GwTextCall, 1);
  call->id = id;
  call->command = g_strdup (command);
  call->silent = gw_message_success_is_silent (command);
  call->request = request;
  call->timeout_us = timeout_us;
  call->deadline_us = timeout_us < G_MAXINT64 - now_us ? now_us + timeout_us : G_MAXINT64;
  return call;
}

void
gw_text_call_free (GwTextCall *call)
{
  g_free (call->command);
  g_clear_pointer (&call->request, g_bytes_unref);
  g_free (call);
}

/**
 * gw_text_call_owns:
 * @untrusted_id: (nullable): the id of a reply
 *
 * A stock agent from before QEMU 3.0 repeats no id, and none repeats that of
 * a request it could not read. Being in step with the agent, order is enough
 * for these.
 *
 * Returns: whether the reply may be this call's, which is on the way
 */
gboolean
gw_text_call_owns (const GwTextCall *call, JsonNode *untrusted_id)
{
  if (untrusted_id == NULL)
    return TRUE;
  return json_node_get_value_type (untrusted_id) == G_TYPE_INT64
         && json_node_get_int (untrusted_id) == (gint64) call->id;
}

/**
 * gw_text_call_was_not_read:
 * @untrusted_reply: the answer to a call
 * @repeats_ids: whether this agent repeats ids
 *
 * An agent that comes new in mid-request reads the rest of it, and complains:
 * qemu-ga about nearly each byte. The same follows where bytes were lost. What
 * comes behind such an answer is no answer to the next request.
 *
 * Returns: whether it says that something could not be read
 */
gboolean
gw_text_call_was_not_read (const GwMessage *untrusted_reply, gboolean repeats_ids)
{
  if (untrusted_reply->kind != GW_MESSAGE_ERROR || untrusted_reply->id != NULL)
    return FALSE;
  /* The words of qemu-ga since 2.10, and before. */
  return repeats_ids || g_str_has_prefix (untrusted_reply->text, "JSON parse error")
         || g_str_has_prefix (untrusted_reply->text, "Invalid JSON syntax");
}

/**
 * gw_text_call_is_named_in:
 * @untrusted_object: a reply that cannot be parsed
 *
 * Returns: whether the call's id stands anywhere in it
 */
gboolean
gw_text_call_is_named_in (const GwTextCall *call, GBytes *untrusted_object)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, call->id);
  gsize length;
  const char *text = g_bytes_get_data (untrusted_object, &length);

  return memmem (text, length, digits, strlen (digits)) != NULL;
}

/* What a call returns whose success brings no reply. */
JsonNode *
gw_text_call_silent_success (void)
{
  return json_node_init_object (json_node_alloc (), json_object_new ());
}

static gboolean
is_sent (const GwTextCall *call)
{
  return call->request == NULL;
}

/* The call's deadline passed. */
GError *
gw_text_call_too_late (const GwTextCall *call)
{
  double seconds = call->timeout_us / 1e6;

  if (is_sent (call))
    return g_error_new (GW_ERROR, GW_ERROR_TIMED_OUT, "%s: no reply in %g s; the command may have run", call->command,
                        seconds);
  return g_error_new (GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: its turn did not come in %g s; nothing was sent",
                      call->command, seconds);
}

/* As gw_text_call_was_not_read(). */
GError *
gw_text_call_not_read (const GwTextCall *call, const GwMessage *untrusted_reply)
{
  return g_error_new (GW_ERROR, GW_ERROR_PEER_LOST,
                      "%s: the agent could not read what came (%s): it was restarted, or bytes were lost; "
                      "the command may have run", call->command, untrusted_reply->text);
}

/* The program does not want it any more. */
GError *
gw_text_call_cancelled (const GwTextCall *call)
{
  if (is_sent (call))
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled; the command may have run", call->command);
  return g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: cancelled before it was sent", call->command);
}

/* The channel is gone. */
GError *
gw_text_call_lost (const GwTextCall *call, const char *why)
{
  if (is_sent (call))
    return g_error_new (GW_ERROR, GW_ERROR_PEER_LOST, "%s: %s; the command may have run", call->command, why);
  return g_error_new (GW_ERROR, GW_ERROR_NOT_DELIVERED, "%s: %s; nothing was sent", call->command, why);
}
