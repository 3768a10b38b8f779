/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is an address, what is none, and what the refusal says. */

#include <string.h>

#include "gw-address.h"

static void
test_good (gconstpointer data)
{
  static const struct
  {
    const char *text;
    GwAddressKind kind;
    const char *path;
  } rows[] = {
    { "unix:/run/a.sock", GW_ADDRESS_UNIX, "/run/a.sock" },
    { "unix:/with space:and=colon,comma", GW_ADDRESS_UNIX, "/with space:and=colon,comma" },
    { "pty:/dev/pts/3", GW_ADDRESS_PTY, "/dev/pts/3" },
    { "unix:/\xFF\xFE", GW_ADDRESS_UNIX, "/\xFF\xFE" },
    { "unix-listen:/run/b.sock", GW_ADDRESS_UNIX_LISTEN, "/run/b.sock" },
    { "tcp:guest.example:4321", GW_ADDRESS_TCP, NULL },
    { "tcp-listen:guest.example:4321", GW_ADDRESS_TCP_LISTEN, NULL },
    { "telnet:guest.example:4321", GW_ADDRESS_TELNET, NULL },
    { "telnet-listen::4321", GW_ADDRESS_TELNET_LISTEN, NULL },
    { "udp:127.0.0.1:4555@127.0.0.1:4556", GW_ADDRESS_UDP, NULL },
    { "pipe:/run/a", GW_ADDRESS_PIPE, "/run/a" },
    { "serial:/dev/ttyS0", GW_ADDRESS_SERIAL, "/dev/ttyS0" },
    { "serial:/dev/ttyS0,9600", GW_ADDRESS_SERIAL, "/dev/ttyS0" },
    { "serial:/dev/a,b/c", GW_ADDRESS_SERIAL, "/dev/a,b/c" },
    { "serial:/dev/a,b,300", GW_ADDRESS_SERIAL, "/dev/a,b" },
    { "stdio:", GW_ADDRESS_STDIO, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwAddress) address = gw_address_new (rows[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpint (gw_address_get_kind (address), ==, rows[i].kind);
      g_assert_cmpstr (gw_address_get_path (address), ==, rows[i].path);
      g_assert_cmpstr (gw_address_to_string (address), ==, rows[i].text);
    }
}

static void
test_places (void)
{
  static const struct
  {
    const char *text;
    const char *host;
    guint32 cid;
    guint32 port;
    const char *uri;
    const char *domain;
    const char *channel;
  } rows[] = {
    { "tcp:guest.example:4321", "guest.example", 0, 4321, NULL, NULL },
    { "tcp:10.0.0.1:1", "10.0.0.1", 0, 1, NULL, NULL },
    { "tcp:[fe80::1%eth0]:65535", "fe80::1%eth0", 0, 65535, NULL, NULL },
    { "vsock:3:1024", NULL, 3, 1024, NULL, NULL },
    { "libvirt:vm1", NULL, 0, 0, NULL, "vm1" },
    { "libvirt:qemu:///system#vm1", NULL, 0, 0, "qemu:///system", "vm1" },
    { "libvirt:qemu+ssh://root@host/system?x=1#web #2", NULL, 0, 0, "qemu+ssh://root@host/system?x=1", "web #2" },
    { "libvirt:web#2", NULL, 0, 0, NULL, "web#2" },
    { "xen:u1/org.guestwire.agent.0", NULL, 0, 0, NULL, "u1", "org.guestwire.agent.0" },
    { "xen:8e53f2be-2984-4cfc-a688-b10d80ea7d7f/a/b", NULL, 0, 0, NULL, "8e53f2be-2984-4cfc-a688-b10d80ea7d7f", "a/b" },
    { "unix:/a", NULL, 0, 0, NULL, NULL },
    { "telnet:[::1]:23", "::1", 0, 23, NULL, NULL },
    { "tcp-listen:10.0.0.1:1", "10.0.0.1", 0, 1, NULL, NULL },
    { "tcp-listen:*:5", NULL, 0, 5, NULL, NULL },
    { "tcp-listen::5", NULL, 0, 5, NULL, NULL },
    { "telnet-listen:[::]:6", "::", 0, 6, NULL, NULL },
    { "udp:guest.example:4555@:4556", "guest.example", 0, 4555, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwAddress) address = gw_address_new (rows[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (gw_address_get_host (address), ==, rows[i].host);
      g_assert_cmpuint (gw_address_get_cid (address), ==, rows[i].cid);
      g_assert_cmpuint (gw_address_get_port (address), ==, rows[i].port);
      g_assert_cmpstr (gw_address_get_uri (address), ==, rows[i].uri);
      g_assert_cmpstr (gw_address_get_domain (address), ==, rows[i].domain);
      g_assert_cmpstr (gw_address_get_channel (address), ==, rows[i].channel);
    }
}

static void
test_ways_back (void)
{
  static const struct
  {
    const char *text;
    const char *host;
    guint32 port;
    guint32 speed;
  } rows[] = {
    { "udp:h:1@10.0.0.1:2", "10.0.0.1", 2, 0 },
    { "udp:[::1]:1@[::1]:2", "::1", 2, 0 },
    { "udp:h:1@*:2", NULL, 2, 0 },
    { "udp:h:1@:2", NULL, 2, 0 },
    { "serial:/dev/ttyS0", NULL, 0, 115200 },
    { "serial:/dev/ttyS0,9600", NULL, 0, 9600 },
    { "pty:/dev/ttyS0", NULL, 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwAddress) address = gw_address_new (rows[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (gw_address_get_bind_host (address), ==, rows[i].host);
      g_assert_cmpuint (gw_address_get_bind_port (address), ==, rows[i].port);
      g_assert_cmpuint (gw_address_get_speed (address), ==, rows[i].speed);
    }
}

static void
test_bad (gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *says;
  } rows[] = {
    { "", "unix:PATH, pty:PATH," },
    { "unix:", "absolute path" },
    { "unix:relative.sock", "absolute path" },
    { "pty:", "absolute path" },
    { "pty:pts/3", "absolute path" },
    { "/run/a.sock", "did you mean unix:/run/a.sock?" },
    { "/dev/pts/3", "did you mean pty:/dev/pts/3?" },
    { "ftp:host:1", "or libvirt:[URI#]DOMAIN" },
    { "/dev/ttyS0", "did you mean serial:/dev/ttyS0?" },
    { "udp:host:1", "behind the @" },
    { "udp:host:1@host", "behind the @" },
    { "udp:host@host:1", "behind the @" },
    { "udp::1@host:1", "behind the @" },
    { "udp:*:1@host:1:2", "behind the @" },
    { "udp:host:0@host:1", "from 1 to 65535, not '0'" },
    { "udp:host:1@host:65536", "from 1 to 65535, not '65536'" },
    { "telnet:host", "needs a host and a port" },
    { "telnet::1", "needs a host and a port" },
    { "tcp-listen:4321", "needs a host and a port" },
    { "tcp-listen:host:0", "from 1 to 65535, not '0'" },
    { "pipe:a", "absolute path" },
    { "serial:ttyS0", "absolute path" },
    { "serial:/dev/ttyS0,", "no speed '': it is 300, 600," },
    { "serial:/dev/ttyS0,fast", "no speed 'fast': it is 300, 600," },
    { "serial:/dev/ttyS0,9601", "3000000 or 4000000" },
    { "stdio:1", "nothing stands behind stdio:" },
    { "unix-listen:sock", "absolute path" },
    { "tcp:", "needs a host and a port" },
    { "tcp:host", "needs a host and a port" },
    { "tcp::4321", "needs a host and a port" },
    { "tcp:::1:4321", "brackets" },
    { "tcp:[]:4321", "brackets" },
    { "tcp:[::1]", "brackets" },
    { "tcp:host:0", "from 1 to 65535, not '0'" },
    { "tcp:host:65536", "from 1 to 65535, not '65536'" },
    { "tcp:host:12a", "from 1 to 65535, not '12a'" },
    { "tcp:\xFFhost:1", "needs a host" },
    { "tcp:host:\xFF", "from 1 to 65535" },
    { "vsock:3", "needs two numbers" },
    { "vsock:-1:5", "context id" },
    { "vsock:3:4294967295", "port" },
    { "xen:", "needs a domain" },
    { "xen:u1", "needs a domain" },
    { "xen:u1/", "needs a domain" },
    { "xen:/a", "needs a domain" },
    { "xen:u1/\xFF", "needs a domain" },
    { "libvirt:", "needs a domain" },
    { "libvirt:qemu:///system#", "needs a domain" },
    { "libvirt:\xFF", "needs a domain" },
    { "UNIX:/run/a.sock", "unix:PATH, pty:PATH," },
    { "\xFFgarbage", "no address" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwAddress) address = gw_address_new (rows[i].text, &error);

      g_assert_null (address);
      g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      if (strstr (error->message, rows[i].says) == NULL)
        g_error ("'%s' gives '%s', without '%s'", rows[i].text, error->message, rows[i].says);
    }
}

static void
test_socket_path_length (void)
{
  g_autofree char *longest = g_strnfill (107, 'x');
  g_autofree char *too_long = g_strnfill (108, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autofree char *good = NULL;
  g_autofree char *bad = NULL;

  longest[0] = too_long[0] = '/';
  good = g_strconcat ("unix:", longest, NULL);
  bad = g_strconcat ("unix:", too_long, NULL);
  address = gw_address_new (good, &error);
  g_assert_no_error (error);
  g_assert_null (gw_address_new (bad, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/address/good-ones-are-understood", NULL, test_good);
  g_test_add_func ("/address/parts-are-found", test_places);
  g_test_add_func ("/address/ways-back-and-speeds-are-found", test_ways_back);
  g_test_add_data_func ("/address/bad-ones-are-refused-with-advice", NULL, test_bad);
  g_test_add_func ("/address/socket-path-fits-sun-path", test_socket_path_length);
  return g_test_run ();
}
