/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a session's requests to the commands, and back. */

#include "gw-requests.h"

#include "commands/gw-commands.h"
#include "gw-held.h"

/* A request that is being answered. Outlives the session, if it must. */
typedef struct
{
  GwRequests *requests; /* NULL when the session that it came by is over */
  guint64 id;
  GwCall *call; /* NULL while it is being made */
} Question;

struct _GwRequests
{
  GwSession *session;
  GwStreams *streams;
  GHashTable *questions; /* of Question */
  void (*changed) (gpointer data);
  gpointer data;
};

GwRequests *
gw_requests_new (GwSession *session, GwStreams *streams, void (*changed) (gpointer data), gpointer data)
{
  GwRequests *requests = g_new0 (GwRequests, 1);

  requests->session = session;
  requests->streams = streams;
  requests->questions = g_hash_table_new (g_int64_hash, g_int64_equal);
  requests->changed = changed;
  requests->data = data;
  return requests;
}

/* Those that are not answered yet are abandoned. */
void
gw_requests_free (GwRequests *requests)
{
  gw_requests_abandon_all (requests);
  g_hash_table_unref (requests->questions);
  g_free (requests);
}

static void
refuse (GwRequests *requests, guint64 id, const GError *error)
{
  g_autoptr (GBytes) line = gw_message_error (error, NULL);

  gw_session_refuse (requests->session, id, line, NULL);
}

static void
refuse_for_room (GwRequests *requests, guint64 id)
{
  g_autoptr (GError) error = g_error_new_literal (
      GW_ERROR, GW_ERROR_BUSY, "Answers that other clients do not read fill the agent's memory; ask again later");

  refuse (requests, id, error);
}

/* Each request has an answer here, also where text has none for success. */
static void
reply (GwRequests *requests, guint64 id, const GwAnswer *answer)
{
  g_autoptr (GBytes) line = answer->line != NULL ? g_bytes_ref (answer->line) : gw_message_reply (NULL, NULL);

  if (!gw_held_has_room (g_bytes_get_size (line)))
    refuse_for_room (requests, id);
  else if (answer->failed)
    gw_session_refuse (requests->session, id, line, NULL);
  else
    gw_session_reply (requests->session, id, line, NULL);
}

static void
on_answer (const GwAnswer *answer, gpointer data)
{
  g_autofree Question *question = data;
  GwRequests *requests = question->requests;

  if (requests == NULL)
    return;
  reply (requests, question->id, answer);
  g_hash_table_remove (requests->questions, &question->id);
  requests->changed (requests->data);
}

static void
run (GwRequests *requests, guint64 id, const GwMessage *message)
{
  Question *question = g_new0 (Question, 1);
  const GwAsker asker = { .answer = on_answer, .data = question, .streams = requests->streams, .id = id };
  GwCall *call;

  question->requests = requests;
  question->id = id;
  g_hash_table_insert (requests->questions, &question->id, question);
  call = gw_commands_run (message, &asker);
  /* Which may have ended. */
  question = g_hash_table_lookup (requests->questions, &id);
  if (question != NULL)
    question->call = call;
}

/**
 * gw_requests_run:
 * @id: not that of another request of the session
 */
void
gw_requests_run (GwRequests *requests, guint64 id, GBytes *untrusted_body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwMessage) message = gw_message_parse (untrusted_body, &error);

  if (message != NULL && message->kind != GW_MESSAGE_REQUEST)
    g_set_error_literal (&error, GW_ERROR, GW_ERROR_PROTOCOL, "QMP input lacks member 'execute'");
  if (error != NULL)
    {
      refuse (requests, id, error);
      requests->changed (requests->data);
      return;
    }
  g_debug ("request %" G_GUINT64_FORMAT ": %s", id, message->name != NULL ? message->name : "(no name)");
  /* What a request is called is its number here. */
  g_clear_pointer (&message->id, json_node_unref);
  run (requests, id, message);
}

/* Its asker wants no more of it; the answer is due as before. */
void
gw_requests_cancel (GwRequests *requests, guint64 id)
{
  Question *question = g_hash_table_lookup (requests->questions, &id);

  if (question != NULL)
    gw_call_tell (question->call, GW_CALL_CANCELLED);
}

/* The session is over. */
void
gw_requests_abandon_all (GwRequests *requests)
{
  g_autoptr (GList) questions = g_hash_table_get_values (requests->questions);

  g_hash_table_remove_all (requests->questions);
  for (GList *link = questions; link != NULL; link = link->next)
    {
      Question *question = link->data;

      question->requests = NULL;
      gw_call_tell (question->call, GW_CALL_ABANDONED);
    }
}
