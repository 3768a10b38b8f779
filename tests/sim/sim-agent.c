/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text voice around a guest's session, made of the agent's own parts. It
 * runs nothing: it looks whether a request is one that somebody said as text. */

#include "sim-agent.h"

#include "gw-limits.h"
#include "gw-line.h"
#include "sim-check.h"
#include "sim-trace.h"

struct _SimAgent
{
  SimEndpoint *endpoint;
  GwLine *line;
  GQueue output;
};

SimAgent *
sim_agent_new (SimEndpoint *endpoint)
{
  SimAgent *agent = g_new0 (SimAgent, 1);

  agent->endpoint = endpoint;
  agent->line = gw_line_new (GW_LINE_MAX);
  g_queue_init (&agent->output);
  return agent;
}

void
sim_agent_free (SimAgent *agent)
{
  sim_agent_clear (agent);
  gw_line_free (agent->line);
  g_free (agent);
}

/* The other side is another one: what it does not know is not for it. */
void
sim_agent_clear (SimAgent *agent)
{
  gw_line_clear (agent->line);
  g_queue_clear_full (&agent->output, (GDestroyNotify) g_bytes_unref);
}

/* --- Answers ------------------------------------------------------------- */

static void
say_line (SimAgent *agent, GBytes *line)
{
  g_queue_push_tail (&agent->output, line);
}

static void
say_error (SimAgent *agent, const GError *error, JsonNode *id)
{
  say_line (agent, gw_message_error (error, id));
}

static void
answer_sync (SimAgent *agent, const GwMessage *request, gboolean delimited)
{
  static const guint8 mark = 0xFF;
  JsonObject *arguments = request->body != NULL && JSON_NODE_HOLDS_OBJECT (request->body)
                            ? json_node_get_object (request->body)
                            : NULL;
  JsonNode *number = arguments != NULL ? json_object_get_member (arguments, "id") : NULL;

  if (number == NULL)
    return;
  if (delimited)
    say_line (agent, g_bytes_new_static (&mark, 1));
  say_line (agent, gw_message_reply (number, request->id));
}

static void
answer_empty (SimAgent *agent, const GwMessage *request)
{
  g_autoptr (JsonNode) empty = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (empty, json_object_new ());
  say_line (agent, gw_message_reply (empty, request->id));
}

/* A client says nothing between this and its answer: with more behind it, it
 * is from somebody who has gone. */
static void
answer_open (SimAgent *agent, const GwMessage *request, gint64 now_us)
{
  g_autoptr (GError) error = NULL;

  if (gw_line_has_next (agent->line) || gw_line_get_size (agent->line) > 0)
    return;
  if (!gw_session_accept (agent->endpoint->session, request, now_us, &error))
    say_error (agent, error, request->id);
}

static void
take_up (SimAgent *agent, GBytes *object, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (object, &error);

  if (message == NULL && !g_error_matches (error, GW_ERROR, GW_ERROR_PROTOCOL))
    say_error (agent, error, NULL);
  if (message == NULL || message->kind != GW_MESSAGE_REQUEST)
    return;
  if (!agent->endpoint->replayed)
    sim_trace ("           #%u in text: %s", agent->endpoint->number, message->name);
  sim_check_text_request (agent->endpoint, object);
  if (g_strcmp0 (message->name, "guest-sync-delimited") == 0 || g_strcmp0 (message->name, "guest-sync") == 0)
    answer_sync (agent, message, g_str_has_suffix (message->name, "delimited"));
  else if (g_strcmp0 (message->name, "guestwire-open") == 0)
    answer_open (agent, message, now_us);
  else
    answer_empty (agent, message);
}

/* --- Bytes --------------------------------------------------------------- */

static void
take_up_all (SimAgent *agent, gint64 now_us)
{
  while (gw_line_has_next (agent->line) && !gw_session_in_frames (agent->endpoint->session))
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) junk = NULL;

      switch (gw_line_next (agent->line, &object, &junk))
        {
        case GW_LINE_OBJECT:
          take_up (agent, object, now_us);
          break;
        case GW_LINE_JUNK:
          say_error (agent, junk, NULL);
          break;
        case GW_LINE_RESET:
          g_queue_clear_full (&agent->output, (GDestroyNotify) g_bytes_unref);
          break;
        case GW_LINE_NONE:
        default:
          break;
        }
    }
}

void
sim_agent_receive (SimAgent *agent, const guint8 *data, gsize length, gint64 now_us)
{
  gw_line_receive (agent->line, data, length, now_us);
  take_up_all (agent, now_us);
}

/* From frames back to text, which begins with @bytes. */
void
sim_agent_take_over (SimAgent *agent, GBytes *bytes, gint64 now_us)
{
  gw_line_clear (agent->line);
  if (bytes == NULL)
    return;
  gw_line_receive (agent->line, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), now_us);
  take_up_all (agent, now_us);
}

/* One write, or %NULL. */
GBytes *
sim_agent_take_output (SimAgent *agent)
{
  return g_queue_pop_head (&agent->output);
}
