/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest of fake-framed.h does with what its session tells: commands, and
 * programs that are a few lines each. Knows no socket and no thread. */

#include "fake-programs.h"

#include <string.h>

#include "gw-limits.h"

typedef struct
{
  FakeFramed *guest;
  guint64 request;
  const char *name; /* interned */
  guint16 stdio;
  guint16 errors;
  GString *output;  /* to be written yet */
  gsize left;       /* of count */
  gsize counted;
  gboolean input_ended;
  gboolean ended;
  char *reply;      /* once ended */
} Program;

static void
program_free (gpointer data)
{
  Program *program = data;

  g_string_free (program->output, TRUE);
  g_free (program->reply);
  g_free (program);
}

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static void
answer (FakeFramed *guest, guint64 request, const char *text)
{
  g_autoptr (GBytes) body = bytes_of (text);

  gw_session_reply (guest->session, request, body, NULL);
}

static void
refuse (FakeFramed *guest, guint64 request, const char *desc)
{
  g_autoptr (GError) error = g_error_new_literal (GW_ERROR, GW_ERROR_GUEST, desc);
  g_autoptr (GBytes) body = gw_message_error (error, NULL);

  gw_session_refuse (guest->session, request, body, NULL);
}

static guint16
open_stream (Program *program, const char *name)
{
  g_autofree char *text = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"%s\",\"pid\":%d}", program->request,
                                           name, 4242);
  g_autoptr (GBytes) purpose = bytes_of (text);

  return gw_session_stream_open (program->guest->session, purpose, NULL);
}

static void
end (Program *program, const char *how)
{
  program->ended = TRUE;
  program->reply = g_strdup_printf ("{\"return\":{\"pid\":4242,%s}}", how);
}

static void
count_on (Program *program)
{
  while (program->left > 0 && program->output->len < 65536)
    {
      g_string_append_c (program->output, (char) (program->counted++ % 251));
      program->left--;
    }
  if (program->left == 0 && !program->ended)
    end (program, "\"exitcode\":0");
}

/* Moves what can be moved; answers when all of it has gone. */
static void
go_on (Program *program)
{
  GwSession *session = program->guest->session;

  if (program->reply == NULL && g_str_equal (program->name, "count"))
    count_on (program);
  while (program->output->len > 0 && program->stdio != 0)
    {
      gsize part = MIN (program->output->len, gw_session_stream_get_room (session, program->stdio));
      g_autoptr (GBytes) bytes = g_bytes_new (program->output->str, part);

      if (part == 0 || !gw_session_stream_write (session, program->stdio, bytes, NULL))
        return;
      g_string_erase (program->output, 0, part);
      g_atomic_int_add (&program->guest->sent, part);
      if (g_str_equal (program->name, "count") && program->reply == NULL)
        count_on (program);
    }
  if (program->reply == NULL && g_str_equal (program->name, "cat") && program->input_ended)
    end (program, "\"exitcode\":0");
  if (!program->ended)
    return;
  if (program->stdio != 0 && !g_str_equal (program->name, "no-end"))
    gw_session_stream_finish (session, program->stdio);
  if (program->errors != 0 && !g_str_equal (program->name, "no-end"))
    gw_session_stream_finish (session, program->errors);
  answer (program->guest, program->request, program->reply);
  g_atomic_int_inc (&program->guest->ended);
  g_hash_table_remove (program->guest->programs, &program->request);
}

static const char *
word (JsonObject *arguments, guint n)
{
  return json_array_get_string_element (json_object_get_array_member (arguments, "arg"), n);
}

static void
begin_output (Program *program, JsonNode *arguments)
{
  JsonObject *object = json_node_get_object (arguments);
  g_autofree char *text = NULL;
  g_autoptr (GBytes) errors = bytes_of ("err\n");

  if (g_str_equal (program->name, "echo"))
    for (guint i = 0; i < json_array_get_length (json_object_get_array_member (object, "arg")); i++)
      g_string_append_printf (program->output, "%s%s", i > 0 ? " " : "", word (object, i));
  if (g_str_equal (program->name, "arguments"))
    g_string_append (program->output, text = gw_json_to_string (arguments, FALSE));
  if (g_str_equal (program->name, "both"))
    {
      g_string_append (program->output, "out");
      gw_session_stream_write (program->guest->session, program->errors, errors, NULL);
    }
  if (program->output->len > 0 || g_str_equal (program->name, "echo"))
    {
      g_string_append_c (program->output, '\n');
      end (program, g_str_equal (program->name, "both") ? "\"exitcode\":3" : "\"exitcode\":0");
    }
  if (g_str_equal (program->name, "count"))
    program->left = g_ascii_strtoull (word (object, 0), NULL, 10);
  if (g_str_has_prefix (program->name, "no-"))
    end (program, "\"exitcode\":0");
}

static void
begin (FakeFramed *guest, guint64 request, JsonNode *arguments)
{
  JsonObject *object = json_node_get_object (arguments);
  Program *program;

  if (g_str_equal (json_object_get_string_member (object, "path"), "absent"))
    {
      refuse (guest, request, "Failed to execute child process “absent” (No such file or directory)");
      return;
    }
  program = g_new0 (Program, 1);
  program->guest = guest;
  program->request = request;
  program->name = g_intern_string (json_object_get_string_member (object, "path"));
  program->output = g_string_new (NULL);
  g_hash_table_insert (guest->programs, &program->request, program);
  if (!g_str_equal (program->name, "no-pipes"))
    program->stdio = open_stream (program, "stdio");
  if (program->stdio != 0 && !json_object_has_member (object, "tty"))
    program->errors = open_stream (program, "stderr");
  begin_output (program, arguments);
  g_atomic_int_inc (&guest->begun);
  go_on (program);
}

static void
control (FakeFramed *guest, guint64 request, JsonNode *arguments)
{
  JsonObject *object = json_node_get_object (arguments);
  gint64 id = json_object_get_int_member (object, "call");
  Program *program = g_hash_table_lookup (guest->programs, &id);
  g_autofree char *how = NULL;

  if (program == NULL)
    {
      refuse (guest, request, "there is no such program");
      return;
    }
  if (json_object_has_member (object, "signal"))
    {
      how = g_strdup_printf ("\"signal\":%d", (int) json_object_get_int_member (object, "signal"));
      end (program, how);
    }
  else
    g_string_append_printf (program->output, "%dx%d\n", (int) json_object_get_int_member (object, "rows"),
                            (int) json_object_get_int_member (object, "columns"));
  answer (guest, request, "{\"return\":{}}");
  go_on (program);
}

static void
follow (FakeFramed *guest, guint64 request, JsonNode *arguments)
{
  const char *script = guest->follows != NULL ? *guest->follows : NULL;
  g_autofree char *given = gw_json_to_string (arguments, FALSE);
  g_auto (GStrv) parts = NULL;
  g_auto (GStrv) said = NULL;
  g_autofree char *members = NULL;
  g_autofree char *lines = NULL;
  g_autoptr (GBytes) purpose = NULL;
  Program *program;

  if (script == NULL)
    {
      refuse (guest, request, "there are no events");
      return;
    }
  guest->follows++;
  parts = g_strsplit (script, "\n", 2);
  members = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"events\",%s}", request, parts[0]);
  purpose = bytes_of (members);
  said = g_strsplit (parts[1], "@", -1);
  lines = g_strjoinv (given, said);
  program = g_new0 (Program, 1);
  program->guest = guest;
  program->request = request;
  program->name = "events";
  program->output = g_string_new (lines);
  g_hash_table_insert (guest->programs, &program->request, program);
  program->stdio = gw_session_stream_open (guest->session, purpose, NULL);
  g_atomic_int_inc (&guest->begun);
  go_on (program);
}

/* What comes is not looked at. */
static void
push (FakeFramed *guest, guint64 request)
{
  g_autofree char *text = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"file\",\"offset\":0,\"digest\":\"\"}",
                                           request);
  g_autoptr (GBytes) purpose = bytes_of (text);
  Program *program = g_new0 (Program, 1);

  program->guest = guest;
  program->request = request;
  program->name = "push";
  program->output = g_string_new (NULL);
  g_hash_table_insert (guest->programs, &program->request, program);
  program->stdio = gw_session_stream_open (guest->session, purpose, NULL);
  if (guest->pushed_early)
    {
      g_autofree char *reply = g_strdup_printf ("{\"return\":%s}", guest->pushed);

      answer (guest, request, reply);
    }
}

/* --- Events ------------------------------------------------------------- */

static void
run (FakeFramed *guest, guint64 id, GBytes *body)
{
  g_autoptr (GwMessage) message = gw_message_parse (body, NULL);

  g_assert_nonnull (message);
  if (g_str_equal (message->name, "guestwire-exec"))
    begin (guest, id, message->body);
  else if (g_str_equal (message->name, "guestwire-exec-control"))
    control (guest, id, message->body);
  else if (g_str_equal (message->name, "guestwire-events-follow"))
    follow (guest, id, message->body);
  else if (g_str_equal (message->name, "guestwire-file-push"))
    push (guest, id);
  else if (g_str_equal (message->name, "fail"))
    refuse (guest, id, "it failed");
  else if (g_str_equal (message->name, "leave"))
    gw_session_close (guest->session, "it has had enough", g_get_monotonic_time ());
  else if (g_str_has_prefix (message->name, "guest-"))
    answer (guest, id, "{\"return\":{}}");
}

static Program *
program_of (FakeFramed *guest, guint16 stream)
{
  GHashTableIter iter;
  gpointer program;

  g_hash_table_iter_init (&iter, guest->programs);
  while (g_hash_table_iter_next (&iter, NULL, &program))
    if (((Program *) program)->stdio == stream || ((Program *) program)->errors == stream)
      return program;
  return NULL;
}

static void
take_input (FakeFramed *guest, const GwSessionEvent *event)
{
  Program *program = program_of (guest, event->stream);
  gsize length = g_bytes_get_size (event->bytes);

  if (program == NULL || (guest->pushed_early && g_str_equal (program->name, "push")))
    return;
  if (!g_str_equal (program->name, "push"))
    g_string_append_len (program->output, g_bytes_get_data (event->bytes, NULL), length);
  gw_session_stream_consume (guest->session, event->stream, length);
  g_atomic_int_add (&guest->consumed, length);
  go_on (program);
}

GHashTable *
fake_programs_new (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, program_free);
}

void
fake_programs_take (FakeFramed *guest, const GwSessionEvent *event)
{
  Program *program = program_of (guest, event->stream);

  switch (event->kind)
    {
    case GW_SESSION_EVENT_REQUEST:
      run (guest, event->id, event->bytes);
      break;
    case GW_SESSION_EVENT_CANCEL:
      g_atomic_int_inc (&guest->cancelled);
      program = g_hash_table_lookup (guest->programs, &event->id);
      if (program != NULL)
        {
          end (program, "\"signal\":15");
          g_string_truncate (program->output, 0);
          go_on (program);
        }
      break;
    case GW_SESSION_EVENT_STREAM_DATA:
      take_input (guest, event);
      break;
    case GW_SESSION_EVENT_STREAM_FIN:
      if (program != NULL && event->stream == program->stdio)
        {
          program->input_ended = TRUE;
          if (g_str_equal (program->name, "push") && !guest->pushed_early)
            {
              program->ended = TRUE;
              program->reply = g_strdup_printf ("{\"return\":%s}", guest->pushed);
            }
          go_on (program);
        }
      break;
    case GW_SESSION_EVENT_STREAM_WRITABLE:
      if (program != NULL)
        go_on (program);
      break;
    case GW_SESSION_EVENT_STREAM_RESET:
      if (program != NULL && event->stream == program->stdio)
        {
          program->stdio = 0;
          end (program, "\"signal\":13");
          g_string_truncate (program->output, 0);
          go_on (program);
        }
      break;
    case GW_SESSION_EVENT_PARKED:
      g_atomic_int_inc (&guest->parked);
      break;
    case GW_SESSION_EVENT_CLOSED:
      g_atomic_int_inc (&guest->closed);
      g_hash_table_remove_all (guest->programs);
      break;
    default:
      break;
    }
}
