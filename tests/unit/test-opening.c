/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ports of the kinds that hypervisors have besides sockets, opened here, with
 * this test at their other end. */

#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>

#include "chardev/gw-chardev-of-qemu.h"
#include "gw-connect.h"
#include "gw-ends.h"
#include "gw-limits.h"
#include "sockets.h"

typedef struct
{
  GwPort *port;
  GString *heard;
  gboolean ended;
} End;

static void
on_received (GwPort *port, const guint8 *data, gsize length, gpointer user_data)
{
  g_string_append_len (((End *) user_data)->heard, (const char *) data, (gssize) length);
}

static void
on_peer_changed (GwPort *port, gboolean present, gpointer user_data)
{
  ((End *) user_data)->ended = !present;
}

static void
on_lost (GwPort *port, const GError *error, gpointer user_data)
{
  ((End *) user_data)->ended = TRUE;
}

static const GwPortEvents events = { .received = on_received, .peer_changed = on_peer_changed, .lost = on_lost };

static void
end_open (End *end, GwEnds *ends)
{
  *end = (End){ .heard = g_string_new (NULL) };
  end->port = gw_port_new_for_ends (ends, &events, end);
  g_assert_true (gw_port_attach (end->port, NULL, NULL));
}

static void
end_close (End *end)
{
  gw_port_free (end->port);
  g_string_free (end->heard, TRUE);
}

static void
say (End *end, const char *data, gsize length)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);

  g_assert_true (gw_port_send (end->port, bytes, NULL));
}

static gboolean
open_address (const char *scheme, const char *path, const char *more, GwEnds *ends, gboolean *may_pass, GError **error)
{
  g_autofree char *text = g_strconcat (scheme, path, more, NULL);
  g_autoptr (GwAddress) address = gw_address_new (text, NULL);

  g_assert_nonnull (address);
  return gw_connect (address, ends, may_pass, error);
}

static void
test_pipe (void)
{
  SocketPlace place;
  g_autofree char *in = NULL;
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  GwEnds ends;
  End end;
  gboolean may_pass;
  char heard[8];
  int machine[2];

  socket_place_open (&place);
  in = g_strconcat (place.path, ".in", NULL);
  out = g_strconcat (place.path, ".out", NULL);
  g_assert_false (open_address ("pipe:", place.path, "", &ends, &may_pass, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_true (may_pass);
  g_clear_error (&error);

  g_assert_cmpint (mkfifo (in, 0600), ==, 0);
  g_assert_cmpint (mkfifo (out, 0600), ==, 0);
  g_assert_false (open_address ("pipe:", place.path, "", &ends, &may_pass, &error));
  g_assert_nonnull (strstr (error->message, "no hypervisor has it open"));
  g_assert_true (may_pass);
  g_clear_error (&error);

  /* As QEMU has them. */
  machine[0] = open (in, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  machine[1] = open (out, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  g_assert_true (open_address ("pipe:", place.path, "", &ends, &may_pass, &error));
  g_assert_no_error (error);
  end_open (&end, &ends);
  g_assert_false (open_address ("pipe:", place.path, "", &ends, &may_pass, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_BUSY);
  say (&end, "there", 5);
  g_assert_cmpint (read (machine[0], heard, sizeof heard), ==, 5);
  g_assert_cmpint (write (machine[1], "back", 4), ==, 4);
  wait_until (g_str_equal (end.heard->str, "back"));
  close (machine[1]);
  wait_until (end.ended);
  end_close (&end);
  close (machine[0]);
  g_unlink (in);
  g_unlink (out);
  socket_place_close (&place);
}

static void
test_serial (void)
{
  struct termios before, during, after;
  g_autoptr (GError) error = NULL;
  gboolean may_pass;
  GwEnds ends;
  int master, slave;

  g_assert_cmpint (openpty (&master, &slave, NULL, NULL, NULL), ==, 0);
  g_assert_cmpint (tcgetattr (slave, &before), ==, 0);
  g_assert_true (open_address ("serial:", ttyname (slave), ",9600", &ends, &may_pass, &error));
  g_assert_no_error (error);
  g_assert_cmpint (tcgetattr (slave, &during), ==, 0);
  g_assert_cmpuint (cfgetospeed (&during), ==, B9600);
  g_assert_cmpuint (during.c_lflag & (ICANON | ECHO | ISIG), ==, 0);
  gw_ends_clear (&ends);
  g_assert_cmpint (tcgetattr (slave, &after), ==, 0);
  g_assert_cmpuint (after.c_lflag, ==, before.c_lflag);
  g_assert_cmpuint (cfgetospeed (&after), ==, cfgetospeed (&before));
  close (master);
  close (slave);
}

static int
datagram_socket (struct sockaddr_in *name)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  *name = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  g_assert_cmpint (bind (fd, (struct sockaddr *) name, sizeof *name), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) name, &(socklen_t){ sizeof *name }), ==, 0);
  return fd;
}

/* Each block is one, cut where it is too long; and nobody there is no end. */
static void
test_datagrams (void)
{
  static const char zeros[2 * GW_PORT_DATAGRAM_MAX + 100];
  struct sockaddr_in names[2];
  char buffer[4096];
  int machine = datagram_socket (&names[0]);
  GwEnds ends = { .kind = GW_PORT_DATAGRAM, .fd = datagram_socket (&names[1]), .out = -1 };
  End end;

  g_assert_cmpint (connect (ends.fd, (struct sockaddr *) &names[0], sizeof names[0]), ==, 0);
  end_open (&end, &ends);
  say (&end, "one", 3);
  say (&end, "two", 3);
  say (&end, zeros, sizeof zeros);
  g_assert_cmpint (recv (machine, buffer, sizeof buffer, 0), ==, 3);
  g_assert_cmpint (recv (machine, buffer, sizeof buffer, 0), ==, 3);
  g_assert_cmpint (recv (machine, buffer, sizeof buffer, 0), ==, GW_PORT_DATAGRAM_MAX);
  g_assert_cmpint (recv (machine, buffer, sizeof buffer, 0), ==, GW_PORT_DATAGRAM_MAX);
  g_assert_cmpint (recv (machine, buffer, sizeof buffer, 0), ==, 100);
  g_assert_cmpint (sendto (machine, "", 0, 0, (struct sockaddr *) &names[1], sizeof names[1]), ==, 0);
  g_assert_cmpint (sendto (machine, "heard", 5, 0, (struct sockaddr *) &names[1], sizeof names[1]), ==, 5);
  wait_until (g_str_equal (end.heard->str, "heard"));
  close (machine);
  for (guint i = 0; i < 3; i++)
    {
      say (&end, "lost", 4);
      settle ();
    }
  g_assert_false (end.ended);
  end_close (&end);
}

static void
test_telnet (void)
{
  int fds[2];
  char buffer[64];
  GwEnds ends = { .kind = GW_PORT_SOCKET, .out = -1, .telnet = TRUE };
  End end;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  ends.fd = fds[0];
  end_open (&end, &ends);
  socket_say (fds[1], "\xFF\xFB\x03" "data", 7);
  wait_until (g_str_equal (end.heard->str, "data"));
  g_assert_cmpint (recv (fds[1], buffer, sizeof buffer, 0), ==, 3);
  g_assert_cmpmem (buffer, 3, "\xFF\xFD\x03", 3);
  say (&end, "a\xFF", 2);
  g_assert_cmpint (recv (fds[1], buffer, sizeof buffer, 0), ==, 3);
  g_assert_cmpmem (buffer, 3, "a\xFF\xFF", 3);
  end_close (&end);
  close (fds[1]);
}

/* What query-chardev says, and how that is reached. */
static void
test_qemu (void)
{
  static const struct
  {
    const char *filename;
    const char *address; /* NULL: none */
  } rows[] = {
    { "pty:/dev/pts/5", "pty:/dev/pts/5" },
    { "unix:/run/a,b,server=on", "unix:/run/a,b" },
    { "disconnected:unix:/run/a,server=on", "unix:/run/a" },
    { "disconnected:unix:/run/a", "unix-listen:/run/a" },
    { "disconnected:tcp:127.0.0.1:4555,server=on", "tcp:127.0.0.1:4555" },
    { "tcp:127.0.0.1:4555,server=on <-> 127.0.0.1:50000", "tcp:127.0.0.1:4555" },
    { "disconnected:tcp:0.0.0.0:4555,server=on", "tcp:127.0.0.1:4555" },
    { "tcp:[::1]:4555,server=on <-> [::1]:50000", "tcp:[::1]:4555" },
    { "disconnected:tcp:127.0.0.1:4555", "tcp-listen:127.0.0.1:4555" },
    { "tcp:127.0.0.1:50000 <-> 127.0.0.1:4555", "tcp-listen:127.0.0.1:4555" },
    { "disconnected:telnet:127.0.0.1:4555,server=on", "telnet:127.0.0.1:4555" },
    { "stdio", "stdio:" },
    { "null", NULL },
    { "file", NULL },
    { "udp", NULL },
    { "spicevmc", NULL },
    { "nothing known", NULL },
    { "tcp:", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwChardev) chardev = gw_chardev_from_qemu (GW_CHARDEV_DEVICE_SERIAL, rows[i].filename, NULL);
      g_autoptr (GwAddress) address = gw_chardev_to_address (chardev, &error);

      g_assert_cmpstr (address != NULL ? gw_address_to_string (address) : NULL, ==, rows[i].address);
      g_assert_true ((address == NULL) == (error != NULL));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opening/pipe/whoever-comes-first", test_pipe);
  g_test_add_func ("/opening/serial/has-its-settings-back", test_serial);
  g_test_add_func ("/opening/datagrams/each-block-is-one", test_datagrams);
  g_test_add_func ("/opening/telnet/is-taken-off-and-put-on", test_telnet);
  g_test_add_func ("/opening/qemu/what-it-says-is-an-address", test_qemu);
  return g_test_run ();
}
