/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gw-port over socket pairs and pseudo-terminals. What virtio-serial does is
 * tested on a machine. */

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-output.h"
#include "gw-port.h"
#include "wait.h"

typedef struct
{
  GwPort *port;
  int other; /* the other end, non-blocking */
  GByteArray *in;
  guint drained;
  gboolean ended;
  GError *lost;
  gboolean free_on_receive;
} End;

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  End *end = user_data;

  g_byte_array_append (end->in, data, length);
  if (end->free_on_receive)
    g_clear_pointer (&end->port, gw_port_free);
}

static void
on_drained (GwPort *port, gpointer user_data)
{
  ((End *) user_data)->drained++;
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  ((End *) user_data)->ended = !present;
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  ((End *) user_data)->lost = g_error_copy (error);
}

static const GwPortEvents events = {
  .received = on_received,
  .drained = on_drained,
  .peer_changed = on_peer_changed,
  .lost = on_lost,
};

static void
end_open (End *end, int fd, int other, GwPortKind kind)
{
  g_autoptr (GError) error = NULL;

  *end = (End){ .other = other, .in = g_byte_array_new () };
  fcntl (fd, F_SETFL, O_NONBLOCK);
  fcntl (other, F_SETFL, O_NONBLOCK);
  end->port = gw_port_new (fd, kind, &events, end);
  gw_port_attach (end->port, NULL, &error);
  g_assert_no_error (error);
}

static void
end_open_socket (End *end)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  end_open (end, fds[0], fds[1], GW_PORT_SOCKET);
}

static void
end_open_terminal (End *end, GwPortKind kind)
{
  g_autoptr (GError) error = NULL;
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  gw_port_prepare_tty (slave, &error);
  g_assert_no_error (error);
  end_open (end, slave, master, kind);
}

static void
end_open_tty (End *end)
{
  end_open_terminal (end, GW_PORT_TTY);
}

static void
end_open_xen (End *end)
{
  end_open_terminal (end, GW_PORT_XEN);
}

static void
end_close (End *end)
{
  g_clear_pointer (&end->port, gw_port_free);
  if (end->other >= 0)
    close (end->other);
  g_byte_array_unref (end->in);
  g_clear_error (&end->lost);
}

static void
send_size (End *end, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (size), size);
  g_autoptr (GError) error = NULL;

  gw_port_send (end->port, bytes, &error);
  g_assert_no_error (error);
}

static gsize
read_other (End *end)
{
  static char buffer[1 << 20];
  gssize length = read (end->other, buffer, sizeof buffer);

  return length > 0 ? length : 0;
}

static void
test_all_bytes (gconstpointer data)
{
  guint8 all[256];
  guint8 back[256];
  g_autoptr (GBytes) bytes = NULL;
  gsize got = 0;
  End end;

  for (guint i = 0; i < 256; i++)
    all[i] = i;
  bytes = g_bytes_new_static (all, sizeof all);
  ((void (*) (End *)) data) (&end);

  g_assert_cmpint (write (end.other, all, sizeof all), ==, sizeof all);
  wait_until (end.in->len == 256);
  g_assert_cmpmem (end.in->data, end.in->len, all, sizeof all);
  g_assert_true (gw_port_send (end.port, bytes, NULL));
  while (got < sizeof back)
    {
      gssize length = read (end.other, back + got, sizeof back - got);

      if (length > 0)
        got += length;
      settle ();
    }
  g_assert_cmpmem (back, sizeof back, all, sizeof all);
  end_close (&end);
}

static void
test_socket_end (void)
{
  End end;

  end_open_socket (&end);
  g_assert_cmpint (write (end.other, "bye", 3), ==, 3);
  shutdown (end.other, SHUT_WR);
  wait_until (end.ended);
  g_assert_cmpmem (end.in->data, end.in->len, "bye", 3);
  /* It may still listen. */
  send_size (&end, 5);
  settle ();
  g_assert_cmpuint (read_other (&end), ==, 5);
  g_assert_null (end.lost);
  end_close (&end);
}

static void
test_socket_lost (void)
{
  End end;

  end_open_socket (&end);
  close (end.other);
  end.other = -1;
  send_size (&end, 5);
  wait_until (end.lost != NULL);
  g_assert_error (end.lost, GW_ERROR, GW_ERROR_PEER_LOST);
  end_close (&end);
}

/* Also where we find out by writing. */
static void
test_socket_last_words (void)
{
  End end;

  end_open_socket (&end);
  g_assert_cmpint (write (end.other, "bye", 3), ==, 3);
  close (end.other);
  end.other = -1;
  send_size (&end, 5);
  wait_until (end.lost != NULL);
  g_assert_cmpmem (end.in->data, end.in->len, "bye", 3);
  end_close (&end);
}

static void
test_tty_hangup (void)
{
  End end;

  end_open_tty (&end);
  close (end.other);
  end.other = -1;
  wait_until (end.lost != NULL);
  end_close (&end);
}

static void
test_queue_is_bounded (void)
{
  g_autoptr (GBytes) half = g_bytes_new_take (g_malloc0 (GW_PORT_QUEUE_MAX / 2 + 1), GW_PORT_QUEUE_MAX / 2 + 1);
  g_autoptr (GError) error = NULL;
  gsize before;
  End end;

  end_open_socket (&end);
  g_assert_true (gw_port_send (end.port, half, NULL));
  before = gw_port_get_queued (end.port);
  send_size (&end, GW_PORT_QUEUE_MAX - before);
  g_assert_cmpuint (gw_port_get_queued (end.port), ==, GW_PORT_QUEUE_MAX);
  g_assert_false (gw_port_send (end.port, half, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  g_assert_cmpuint (gw_port_get_queued (end.port), ==, GW_PORT_QUEUE_MAX);
  end_close (&end);
}

static void
test_drained (void)
{
  gsize total = 0;
  End end;

  end_open_socket (&end);
  send_size (&end, 10);
  settle ();
  g_assert_cmpuint (end.drained, ==, 0);
  send_size (&end, 8 * GW_MIB);
  while (total < 8 * GW_MIB + 10)
    {
      total += read_other (&end);
      settle ();
    }
  wait_until (end.drained == 1);
  g_assert_cmpuint (gw_port_get_queued (end.port), ==, 0);
  end_close (&end);
}

static void
test_asked (void)
{
  End end;

  end_open_socket (&end);
  settle ();
  gw_port_ask (end.port);
  gw_port_ask (end.port);
  g_assert_cmpuint (end.drained, ==, 0);
  settle ();
  g_assert_cmpuint (end.drained, ==, 1);
  /* While something waits it comes with the end of that. */
  send_size (&end, 8 * GW_MIB);
  gw_port_ask (end.port);
  settle ();
  g_assert_cmpuint (end.drained, ==, 1);
  while (gw_port_get_queued (end.port) > 0)
    {
      read_other (&end);
      settle ();
    }
  g_assert_cmpuint (end.drained, ==, 2);
  end_close (&end);
}

static gboolean
on_tick (gpointer data)
{
  (*(guint *) data)++;
  return G_SOURCE_CONTINUE;
}

/* What comes byte by byte, and what is large, in blocks that are neither. */
static void
test_joined (void)
{
  g_autofree char *large = g_strnfill (GW_BLOCK_JOINED_MAX, 'x');
  g_autoptr (GBytes) block = g_bytes_new (large, GW_BLOCK_JOINED_MAX);
  GwOutput output = { .blocks = G_QUEUE_INIT };
  gsize length;

  for (guint i = 0; i < 10000; i++)
    {
      const guint8 byte = i % 251;
      g_autoptr (GBytes) one = g_bytes_new (&byte, 1);

      gw_output_push_joined (&output, one);
    }
  gw_output_push_joined (&output, block);
  g_assert_cmpuint (output.length, ==, 10000 + GW_BLOCK_JOINED_MAX);
  g_assert_cmpuint (output.blocks.length, ==, 4);
  for (guint i = 0; i < 10000; i++)
    {
      g_assert_cmpuint (*gw_output_peek (&output, &length), ==, i % 251);
      gw_output_consume (&output, 1);
    }
  g_assert_cmpuint (*gw_output_peek (&output, &length), ==, 'x');
  g_assert_cmpuint (length, ==, GW_BLOCK_JOINED_MAX);
  gw_output_clear (&output);
}

/* With output that nobody reads, the loop sleeps. */
static void
test_no_spin (gconstpointer data)
{
  guint turns = 0;
  guint ticks = 0;
  guint timer;
  End end;

  ((void (*) (End *)) data) (&end);
  send_size (&end, 4 * GW_MIB);
  settle ();
  g_assert_cmpuint (gw_port_get_queued (end.port), >, 0);
  timer = g_timeout_add (10, on_tick, &ticks);
  while (ticks < 10)
    {
      g_main_context_iteration (NULL, TRUE);
      turns++;
    }
  g_source_remove (timer);
  g_assert_cmpuint (turns, <, 30);
  end_close (&end);
}

static void
test_reading_stops (void)
{
  End end;

  end_open_socket (&end);
  gw_port_set_reading (end.port, FALSE);
  g_assert_cmpint (write (end.other, "abc", 3), ==, 3);
  settle ();
  g_assert_cmpuint (end.in->len, ==, 0);
  gw_port_set_reading (end.port, TRUE);
  wait_until (end.in->len == 3);
  end_close (&end);
}

static void
test_free_inside (void)
{
  End end;

  end_open_socket (&end);
  end.free_on_receive = TRUE;
  g_assert_cmpint (write (end.other, "abc", 3), ==, 3);
  wait_until (end.port == NULL);
  settle ();
  end_close (&end);
}

static void
test_turns_are_shared (void)
{
  static guint8 much[128 * 1024];
  End busy, quiet;
  gsize written = 0;

  end_open_socket (&busy);
  end_open_socket (&quiet);
  while (written < 64 * GW_MIB && quiet.in->len == 0)
    {
      gssize length = write (busy.other, much, sizeof much);

      if (length > 0)
        written += length;
      if (written > GW_MIB && quiet.in->len == 0 && written % 3 == 0)
        (void) !write (quiet.other, "x", 1);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpint (write (quiet.other, "x", 1), ==, 1);
  wait_until (quiet.in->len > 0);
  end_close (&busy);
  end_close (&quiet);
}

/* A blocking call moves its port to a context of its own, and back. */
static void
test_moves_between_contexts (void)
{
  g_autoptr (GMainContext) own = g_main_context_new ();
  g_autoptr (GError) error = NULL;
  End end;

  end_open_socket (&end);
  g_assert_cmpint (write (end.other, "1", 1), ==, 1);
  gw_port_attach (end.port, own, &error);
  g_assert_no_error (error);
  settle ();
  g_assert_cmpuint (end.in->len, ==, 0);
  g_main_context_iteration (own, FALSE);
  g_assert_cmpuint (end.in->len, ==, 1);
  g_assert_cmpint (write (end.other, "2", 1), ==, 1);
  gw_port_attach (end.port, NULL, &error);
  g_assert_no_error (error);
  wait_until (end.in->len == 2);
  end_close (&end);
}

/* Packets show what each write was. */
static void
test_xen_writes (void)
{
  End end;
  int fds[2];
  gsize total = 0;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), ==, 0);
  end_open (&end, fds[0], fds[1], GW_PORT_XEN);
  settle ();
  send_size (&end, 10 * GW_PORT_XEN_WRITE_MAX + 1);
  /* The first one at once, and the others in turns of their own. */
  g_assert_cmpuint (gw_port_get_queued (end.port), ==, 9 * GW_PORT_XEN_WRITE_MAX + 1);
  wait_until (end.drained == 1);
  while (total < 10 * GW_PORT_XEN_WRITE_MAX + 1)
    {
      gsize length = read_other (&end);

      g_assert_cmpuint (length, >, 0);
      g_assert_cmpuint (length, <=, GW_PORT_XEN_WRITE_MAX);
      total += length;
    }
  end_close (&end);
}

/* What waits in one that is raw belongs to who made it so. */
static void
test_held_tty (void)
{
  g_autoptr (GError) error = NULL;
  char byte = 0;
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  fcntl (slave, F_SETFL, O_NONBLOCK);
  g_assert_cmpint (write (master, "x\n", 2), ==, 2);
  g_assert_true (gw_port_prepare_held_tty (slave, &error));
  g_assert_cmpint (read (slave, &byte, 1), ==, -1);
  g_assert_cmpint (write (master, "y", 1), ==, 1);
  g_assert_true (gw_port_prepare_held_tty (slave, &error));
  g_assert_cmpint (read (slave, &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'y');
  close (slave);
  close (master);
}

/* Also of one program that has opened it twice. */
static void
test_locked_tty (void)
{
  g_autoptr (GError) error = NULL;
  int master, slave, again;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  again = open (ttyname (slave), O_RDWR | O_NOCTTY | O_CLOEXEC);
  g_assert_true (gw_port_lock_tty (slave, &error));
  g_assert_false (gw_port_lock_tty (again, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  g_clear_error (&error);
  close (slave);
  g_assert_true (gw_port_lock_tty (again, &error));
  close (again);
  close (master);
}

static void
test_not_a_tty (void)
{
  g_autoptr (GError) error = NULL;
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

  g_assert_false (gw_port_prepare_tty (fd, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/port/socket/all-byte-values", end_open_socket, test_all_bytes);
  g_test_add_data_func ("/port/tty/all-byte-values", end_open_tty, test_all_bytes);
  g_test_add_data_func ("/port/xen/all-byte-values", end_open_xen, test_all_bytes);
  g_test_add_func ("/port/xen/small-writes-in-turns", test_xen_writes);
  g_test_add_func ("/port/tty/held-one-keeps-what-is-raw", test_held_tty);
  g_test_add_func ("/port/tty/one-has-it-at-a-time", test_locked_tty);
  g_test_add_func ("/port/socket/end-still-takes-output", test_socket_end);
  g_test_add_func ("/port/socket/lost", test_socket_lost);
  g_test_add_func ("/port/socket/last-words-are-heard", test_socket_last_words);
  g_test_add_func ("/port/tty/hang-up-is-lost", test_tty_hangup);
  g_test_add_func ("/port/tty/not-a-tty", test_not_a_tty);
  g_test_add_func ("/port/small-blocks-are-joined", test_joined);
  g_test_add_func ("/port/output-is-bounded", test_queue_is_bounded);
  g_test_add_func ("/port/drained-once", test_drained);
  g_test_add_func ("/port/asked-for-drained-once", test_asked);
  g_test_add_data_func ("/port/socket/no-spin-when-not-read", end_open_socket, test_no_spin);
  g_test_add_data_func ("/port/tty/no-spin-when-not-read", end_open_tty, test_no_spin);
  g_test_add_func ("/port/reading-stops-and-resumes", test_reading_stops);
  g_test_add_func ("/port/freed-inside-its-event", test_free_inside);
  g_test_add_func ("/port/a-busy-one-starves-none", test_turns_are_shared);
  g_test_add_func ("/port/moves-between-contexts", test_moves_between_contexts);
  return g_test_run ();
}
