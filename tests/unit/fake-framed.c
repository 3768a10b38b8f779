/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other side of a framed session, for tests of the client: its thread, its
 * socket, and what it says in text. */

#include "fake-framed.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake-agent.h"
#include "fake-programs.h"
#include "gw-limits.h"

static gint64
now (void)
{
  return g_get_monotonic_time ();
}

static void
fill_random (guint8 *bytes, gsize length, gpointer data)
{
  g_assert_cmpint (getrandom (bytes, length, 0), ==, length);
}

/* --- Text --------------------------------------------------------------- */

static void
take_request (FakeFramed *guest, GwMessage *message)
{
  g_autoptr (GError) error = NULL;
  gint64 id = message->id != NULL ? json_node_get_int (message->id) : 0;

  if (g_str_equal (message->name, "guest-sync-delimited"))
    fake_agent_sayf (guest->fd, "\xFF{\"return\": %" G_GINT64_FORMAT "}\n",
                     json_object_get_int_member (json_node_get_object (message->body), "id"));
  else if (!g_str_equal (message->name, "guestwire-open"))
    fake_agent_return (guest->fd, id, "{}");
  else if (guest->text_only)
    fake_agent_fail (guest->fd, id, "CommandNotFound", "The command guestwire-open has not been found");
  else
    {
      gw_session_accept (guest->session, message, now (), &error);
      g_assert_no_error (error);
    }
}

static void
take_text (FakeFramed *guest, const guint8 *data, gsize length)
{
  GwLineEvent event;

  gw_line_receive (guest->line, data, length, now ());
  do
    {
      g_autoptr (GBytes) object = NULL;
      g_autoptr (GError) why = NULL;
      g_autoptr (GwMessage) message = NULL;

      event = gw_line_next (guest->line, &object, &why);
      if (event == GW_LINE_OBJECT)
        message = gw_message_parse (object, NULL);
      if (message != NULL && message->kind == GW_MESSAGE_REQUEST)
        take_request (guest, message);
    }
  while (event != GW_LINE_NONE);
}

/* --- The thread --------------------------------------------------------- */

static void
renew (FakeFramed *guest)
{
  const GwSessionSettings settings = {
    .role = GW_SESSION_GUEST,
    .kind = &gw_session_loss_free,
    .instance = guest->instance,
    .boot_id = "11111111-2222-3333-4444-555555555555",
    .random = fill_random,
  };

  g_hash_table_remove_all (guest->programs);
  g_clear_pointer (&guest->session, gw_session_free);
  fill_random (guest->instance, sizeof guest->instance, NULL);
  guest->session = gw_session_new (&settings);
}

static void
pump (FakeFramed *guest)
{
  gboolean heard = TRUE;

  for (;;)
    {
      g_auto (GwSessionEvent) event = { 0 };
      g_autoptr (GBytes) output = NULL;

      if (gw_session_next (guest->session, &event) != GW_SESSION_EVENT_NONE)
        {
          fake_programs_take (guest, &event);
          /* The test may wait for what it counts. */
          g_main_context_wakeup (NULL);
          if (event.kind == GW_SESSION_EVENT_TEXT)
            {
              gw_line_clear (guest->line);
              take_text (guest, g_bytes_get_data (event.bytes, NULL), g_bytes_get_size (event.bytes));
            }
          continue;
        }
      output = heard ? gw_session_take_output (guest->session, now ()) : NULL;
      if (output == NULL)
        return;
      /* Who does not hear may have said something before it went. */
      heard = fake_agent_say (guest->fd, g_bytes_get_data (output, NULL), g_bytes_get_size (output));
    }
}

/* What was ordered, 0 for nothing, or -1 when the test is over. */
static int
wait_some (FakeFramed *guest, int fd, gint64 deadline_us)
{
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
                          { .fd = guest->stop[0], .events = POLLIN },
                          { .fd = guest->orders[0], .events = POLLIN } };
  gint64 left_us = deadline_us == G_MAXINT64 ? -1 : MAX (deadline_us - now (), 0);
  char order = 0;

  while (poll (fds, G_N_ELEMENTS (fds), left_us < 0 ? -1 : (int) (left_us / 1000 + 1)) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  if (fds[1].revents != 0)
    return -1;
  if (fds[2].revents != 0)
    g_assert_cmpint (read (guest->orders[0], &order, 1), ==, 1);
  return order;
}

/* FALSE when the test is over. */
static gboolean
serve (FakeFramed *guest)
{
  static guint8 buffer[65536];

  gw_line_clear (guest->line);
  gw_session_connect (guest->session, now ());
  for (;;)
    {
      int order;
      gssize length;

      pump (guest);
      order = wait_some (guest, guest->fd, gw_session_get_deadline (guest->session));
      if (order < 0)
        return FALSE;
      if (order == 'r')
        renew (guest);
      if (order != 0)
        break;
      gw_session_pass_time (guest->session, now ());
      length = recv (guest->fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (length == 0 || (length < 0 && errno != EAGAIN))
        break;
      if (length > 0 && gw_session_in_frames (guest->session))
        gw_session_receive (guest->session, buffer, length, now ());
      else if (length > 0)
        take_text (guest, buffer, length);
    }
  gw_session_disconnect (guest->session, now ());
  for (;;)
    {
      g_auto (GwSessionEvent) event = { 0 };

      if (gw_session_next (guest->session, &event) == GW_SESSION_EVENT_NONE)
        return TRUE;
      fake_programs_take (guest, &event);
      g_main_context_wakeup (NULL);
    }
}

static gpointer
run_guest (gpointer data)
{
  FakeFramed *guest = data;
  int listener = fake_agent_listen_on (guest->path);
  gboolean going = TRUE;

  guest->programs = fake_programs_new ();
  guest->line = gw_line_new (GW_LINE_MAX);
  renew (guest);
  while (going)
    {
      int order = wait_some (guest, listener, G_MAXINT64);

      if (order < 0)
        break;
      if (order == 'r')
        renew (guest);
      if (order != 0)
        continue;
      guest->fd = accept (listener, NULL, NULL);
      going = serve (guest);
      close (guest->fd);
    }
  close (listener);
  g_hash_table_unref (guest->programs);
  gw_session_free (guest->session);
  gw_line_free (guest->line);
  return NULL;
}

void
fake_framed_start (FakeFramed *guest, const char *path)
{
  guest->path = path;
  g_assert_true (g_unix_open_pipe (guest->stop, FD_CLOEXEC, NULL));
  g_assert_true (g_unix_open_pipe (guest->orders, FD_CLOEXEC, NULL));
  guest->thread = g_thread_new ("guest", run_guest, guest);
}

void
fake_framed_stop (FakeFramed *guest)
{
  close (guest->stop[1]);
  g_thread_join (guest->thread);
  close (guest->stop[0]);
  close (guest->orders[0]);
  close (guest->orders[1]);
}

void
fake_framed_cut (FakeFramed *guest)
{
  g_assert_cmpint (write (guest->orders[1], "c", 1), ==, 1);
}

void
fake_framed_restart (FakeFramed *guest)
{
  g_assert_cmpint (write (guest->orders[1], "r", 1), ==, 1);
}
