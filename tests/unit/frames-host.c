/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's side for tests of the agent in frames. */

#include "frames-host.h"

#include <errno.h>
#include <glib-unix.h>
#include <pty.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wait.h"

static void
fill_random (guint8 *bytes, gsize length, gpointer data)
{
  g_assert_cmpint (getrandom (bytes, length, 0), ==, length);
}

static const GwSessionKind *
session_kind (GwPortKind kind)
{
  return kind == GW_PORT_TTY ? &gw_session_uart : kind == GW_PORT_XEN ? &gw_session_xen : &gw_session_loss_free;
}

static void
on_lost (GwVoice *voice, const GError *error, gpointer data)
{
  Host *host = data;

  host->lost = TRUE;
  g_clear_pointer (&host->voice, gw_voice_free);
}

static void
open_pair (Host *host, int fds[2])
{
  if (host->kind == GW_PORT_SOCKET)
    {
      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
      return;
    }
  g_assert_cmpint (openpty (&fds[1], &fds[0], NULL, NULL, NULL), ==, 0);
  for (int i = 0; i < 2; i++)
    g_assert_true (g_unix_set_fd_nonblocking (fds[i], TRUE, NULL));
  g_assert_true (gw_port_prepare_tty (fds[0], NULL));
}

static void
run_free (Run *run)
{
  g_hash_table_unref (run->older);
  g_string_free (run->said[0], TRUE);
  g_string_free (run->said[1], TRUE);
  g_free (run);
}

void
host_connect (Host *host)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  open_pair (host, fds);
  host->lost = FALSE;
  host->fd = fds[1];
  host->voice = gw_voice_new (fds[0], host->slots, on_lost, host, &error);
  g_assert_no_error (error);
  gw_session_connect (host->session, g_get_monotonic_time ());
}

/* The agent sees the end of it. */
void
host_disconnect (Host *host)
{
  close (host->fd);
  host->fd = -1;
  g_clear_pointer (&host->rest, g_bytes_unref);
  gw_session_disconnect (host->session, g_get_monotonic_time ());
  wait_until (host->lost);
}

static void
begin (Host *host)
{
  const GwSessionSettings settings
      = { .role = GW_SESSION_HOST, .kind = session_kind (host->kind), .random = fill_random };

  client_open_store ();
  host->session = gw_session_new (&settings);
  host->answers = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  host->runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) run_free);
  host_connect (host);
  host_wait (host, host->opened == 1);
}

void
host_open (Host *host, GwPortKind kind)
{
  *host = (Host){ .kind = kind, .slots = gw_slots_new (kind, NULL, kind == GW_PORT_SOCKET ? HOST_SLOTS : 1) };
  begin (host);
}

/* Another client of the socket that @first is one of, and is closed before. */
void
host_open_beside (Host *host, Host *first)
{
  *host = (Host){ .kind = first->kind, .slots = first->slots, .beside = TRUE };
  begin (host);
}

void
host_close (Host *host)
{
  if (!host->beside)
    gw_slots_free (host->slots);
  g_clear_pointer (&host->voice, gw_voice_free);
  if (host->fd >= 0)
    close (host->fd);
  g_clear_pointer (&host->rest, g_bytes_unref);
  gw_session_free (host->session);
  g_hash_table_unref (host->answers);
  g_hash_table_unref (host->runs);
}

/* --- What comes ------------------------------------------------------------- */

static Run *
find_run (Host *host, guint16 stream, int *which)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, host->runs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (*which = 0; *which < 2; (*which)++)
      if (((Run *) value)->streams[*which] == stream)
        return value;
  g_hash_table_iter_init (&iter, host->runs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if ((*which = GPOINTER_TO_INT (g_hash_table_lookup (((Run *) value)->older, GUINT_TO_POINTER (stream))) - 1) >= 0)
      return value;
  return NULL;
}

static void
take_stream (Host *host, const GwSessionEvent *event)
{
  gsize length;
  const char *text = g_bytes_get_data (event->bytes, &length);
  g_autoptr (JsonNode) node = gw_json_parse (text, length, NULL);
  JsonObject *purpose = json_node_get_object (node);
  guint64 id = json_object_get_int_member (purpose, "call");
  Run *run = g_hash_table_lookup (host->runs, &id);
  gboolean is_stdio = !g_str_equal (json_object_get_string_member (purpose, "name"), "stderr");
  int which = is_stdio ? 0 : 1;

  g_assert_nonnull (run);
  if (is_stdio)
    {
      run->pid = json_object_get_int_member_with_default (purpose, "pid", 0);
      run->offset = json_object_get_int_member_with_default (purpose, "offset", 0);
    }
  run->lost += json_object_get_int_member_with_default (purpose, "lost", 0);
  if (run->streams[which] != 0)
    g_hash_table_insert (run->older, GUINT_TO_POINTER (run->streams[which]), GINT_TO_POINTER (which + 1));
  run->streams[which] = event->stream;
  gw_session_stream_accept (host->session, event->stream);
  if (!is_stdio || !run->input)
    gw_session_stream_finish (host->session, event->stream);
}

static void
take_data (Host *host, const GwSessionEvent *event)
{
  gsize length;
  const char *text = g_bytes_get_data (event->bytes, &length);
  int which;
  Run *run = find_run (host, event->stream, &which);

  g_assert_nonnull (run);
  run->total += length;
  if (run->total < 1024 * 1024)
    g_string_append_len (run->said[which], text, length);
  if (run->slow)
    run->unread[which] += length;
  else
    gw_session_stream_consume (host->session, event->stream, length);
}

static void
take_end (Host *host, const GwSessionEvent *event)
{
  int which;
  Run *run = find_run (host, event->stream, &which);

  if (run != NULL && !g_hash_table_remove (run->older, GUINT_TO_POINTER (event->stream)))
    run->over[which] = TRUE;
}

static void
take_answer (Host *host, const GwSessionEvent *event)
{
  guint64 *id = g_memdup2 (&event->id, sizeof event->id);
  gsize length = 0;
  const char *text = event->bytes != NULL ? g_bytes_get_data (event->bytes, &length) : NULL;

  g_hash_table_insert (host->answers, id,
                       text != NULL ? g_strchomp (g_strndup (text, length)) : g_strdup (gw_outcome_name (event->outcome)));
}

static void
take_event (Host *host, const GwSessionEvent *event)
{
  switch (event->kind)
    {
    case GW_SESSION_EVENT_OPENED:
      host->opened++;
      break;
    case GW_SESSION_EVENT_RESUMED:
      host->resumed++;
      break;
    case GW_SESSION_EVENT_CLOSED:
      host->closed++;
      break;
    case GW_SESSION_EVENT_ENDED:
      take_answer (host, event);
      break;
    case GW_SESSION_EVENT_STREAM_OPENED:
      take_stream (host, event);
      break;
    case GW_SESSION_EVENT_STREAM_DATA:
      take_data (host, event);
      break;
    case GW_SESSION_EVENT_STREAM_FIN:
    case GW_SESSION_EVENT_STREAM_RESET:
      take_end (host, event);
      break;
    case GW_SESSION_EVENT_TEXT_ONLY:
      g_error ("the agent speaks text only: %s", event->text);
      break;
    default:
      break;
    }
}

/* --- One turn ------------------------------------------------------------------ */

static void
read_some (Host *host)
{
  guint8 buffer[65536];
  gssize length;

  while (host->fd >= 0 && (length = read (host->fd, buffer, sizeof buffer)) > 0)
    gw_session_receive (host->session, buffer, length, g_get_monotonic_time ());
}

static gboolean
write_rest (Host *host)
{
  gsize length;
  const guint8 *data;
  gssize written;
  GBytes *rest;

  if (host->rest == NULL)
    return TRUE;
  data = g_bytes_get_data (host->rest, &length);
  written = write (host->fd, data, length);
  if (written < 0)
    return FALSE;
  host->written += written;
  rest = (gsize) written < length ? g_bytes_new_from_bytes (host->rest, written, length - written) : NULL;
  g_bytes_unref (host->rest);
  host->rest = rest;
  return rest == NULL;
}

static void
write_some (Host *host)
{
  while (host->fd >= 0 && write_rest (host))
    {
      host->rest = gw_session_take_output (host->session, g_get_monotonic_time ());
      if (host->rest == NULL)
        return;
    }
}

void
host_turn (Host *host)
{
  g_main_context_iteration (NULL, FALSE);
  if (gw_session_get_deadline (host->session) <= g_get_monotonic_time ())
    gw_session_pass_time (host->session, g_get_monotonic_time ());
  read_some (host);
  for (;;)
    {
      g_auto (GwSessionEvent) event = { GW_SESSION_EVENT_NONE };

      if (gw_session_next (host->session, &event) == GW_SESSION_EVENT_NONE)
        break;
      take_event (host, &event);
    }
  write_some (host);
}

/* --- Calls ------------------------------------------------------------------------ */

guint64
ask (Host *host, const char *command, const char *arguments)
{
  g_autofree char *text = g_strdup_printf ("{\"execute\":\"%s\",\"arguments\":%s}", command, arguments);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  guint64 id = gw_session_call (host->session, body, G_MAXINT64, g_get_monotonic_time (), NULL);

  g_assert_cmpuint (id, >, 0);
  return id;
}

const char *
answer (Host *host, guint64 id)
{
  host_wait (host, g_hash_table_contains (host->answers, &id));
  return g_hash_table_lookup (host->answers, &id);
}

void
assert_answer (Host *host, const char *command, const char *arguments, const char *expected)
{
  g_assert_cmpstr (answer (host, ask (host, command, arguments)), ==, expected);
}

/* --- Programs --------------------------------------------------------------------- */

Run *
run_begin (Host *host, const char *arguments)
{
  return run_begin_command (host, "guestwire-exec", arguments, strstr (arguments, "\"input\":true") != NULL);
}

/* Another command that opens a stream. */
Run *
run_begin_command (Host *host, const char *command, const char *arguments, gboolean input)
{
  Run *run = g_new0 (Run, 1);

  run->host = host;
  run->input = input;
  run->id = ask (host, command, arguments);
  run->older = g_hash_table_new (NULL, NULL);
  run->said[0] = g_string_new (NULL);
  run->said[1] = g_string_new (NULL);
  g_hash_table_insert (host->runs, &run->id, run);
  return run;
}

void
run_wait_started (Run *run)
{
  host_wait (run->host, run->streams[0] != 0);
}

void
run_say (Run *run, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  run_wait_started (run);
  g_assert_true (gw_session_stream_write (run->host->session, run->streams[0], bytes, NULL));
}

void
run_finish (Run *run)
{
  run_wait_started (run);
  gw_session_stream_finish (run->host->session, run->streams[0]);
}

/* Reads what it has left unread, and all that comes. */
void
run_read_on (Run *run)
{
  run->slow = FALSE;
  for (int i = 0; i < 2; i++)
    if (run->unread[i] > 0)
      {
        gw_session_stream_consume (run->host->session, run->streams[i], run->unread[i]);
        run->unread[i] = 0;
      }
}

void
run_wait_said (Run *run, const char *text)
{
  host_wait (run->host, strstr (run->said[0]->str, text) != NULL);
}

/* Returns the answer; all that the program has written has come. */
const char *
run_wait (Run *run)
{
  const char *said = answer (run->host, run->id);

  for (int i = 0; i < 2; i++)
    if (run->streams[i] != 0)
      host_wait (run->host, run->over[i]);
  return said;
}

void
assert_ends (Run *run, const char *expected)
{
  const char *said = run_wait (run);

  if (!g_str_has_suffix (said, expected))
    g_error ("it was answered %s", said);
}
