/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's ends of Xen's channels, found in a fake store. */

#include <string.h>

#include "fake-xenstore.h"
#include "gw-connector.h"
#include "gw-domain-private.h"
#include "gw-xen.h"
#include "sockets.h"

#define UUID "8e53f2be-2984-4cfc-a688-b10d80ea7d7f"

/* As libxl of Xen 4.17 writes it. */
static FakeXenstore *
open_store (const char *socket_path)
{
  FakeXenstore *fake = fake_xenstore_new (FAKE_XENSTORE_PLAIN);

  fake_xenstore_set (fake, "/local/domain/0/name", "Domain-0");
  fake_xenstore_set (fake, "/local/domain/3/name", "u1");
  fake_xenstore_set (fake, "/local/domain/3/vm", "/vm/" UUID);
  fake_xenstore_set (fake, "/local/domain/3/device/console/1/tty", "/dev/pts/3");
  fake_xenstore_set (fake, "/local/domain/3/device/console/4/tty", "/dev/sda");
  fake_xenstore_set_owner (fake, "/local/domain/3/device/console/4/tty", 3);
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/0/frontend", "/local/domain/3/console");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/1/frontend", "/local/domain/3/device/console/1");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/1/name", "org.example.pty");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/1/connection", "pty");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/2/name", "org.guestwire.agent.0");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/2/connection", "socket");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/2/path", socket_path);
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/3/frontend", "/local/domain/3/device/console/3");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/3/name", "org.example.early");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/3/connection", "pty");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/4/frontend", "/local/domain/3/device/console/4");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/4/name", "org.example.forged");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/3/4/connection", "pty");
  fake_xenstore_set (fake, "/local/domain/4/name", "7");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/4/1/name", "a");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/4/1/connection", "socket");
  fake_xenstore_set (fake, "/local/domain/0/backend/console/4/1/path", "/run/7.sock");
  return fake;
}

static void
test_found (void)
{
  static const struct
  {
    const char *domain;
    const char *channel;
    const char *address;
  } rows[] = {
    { "u1", "org.guestwire.agent.0", "unix:/run/b.sock" },
    { "3", "org.guestwire.agent.0", "unix:/run/b.sock" },
    { UUID, "org.guestwire.agent.0", "unix:/run/b.sock" },
    { "8E53F2BE-2984-4CFC-A688-B10D80EA7D7F", "org.example.pty", "pty:/dev/pts/3" },
    { "7", "a", "unix:/run/7.sock" },
  };
  FakeXenstore *fake = open_store ("/run/b.sock");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean may_pass;
      g_autoptr (GwAddress) address = gw_xen_resolve (rows[i].domain, rows[i].channel, &may_pass, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (gw_address_to_string (address), ==, rows[i].address);
    }
  fake_xenstore_free (fake);
}

static void
test_not_found (void)
{
  static const struct
  {
    const char *domain;
    const char *channel;
    const char *says;
  } rows[] = {
    { "u2", "a", "no such domain" },
    { "u1", "org.example.none", "it has org.example.pty, org.guestwire.agent.0," },
    { "u1", "org.example.early", "no terminal yet" },
    { "u1", "org.example.forged", "the guest itself may have written" },
  };
  FakeXenstore *fake = open_store ("/run/b.sock");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean may_pass = FALSE;

      g_assert_null (gw_xen_resolve (rows[i].domain, rows[i].channel, &may_pass, &error));
      g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
      g_assert_nonnull (strstr (error->message, rows[i].says));
      /* It may be starting. */
      g_assert_true (may_pass);
    }
  fake_xenstore_free (fake);
}

static void
test_no_xen (void)
{
  g_autoptr (GError) error = NULL;
  gboolean may_pass = TRUE;

  g_setenv ("XENSTORED_PATH", "/nonexistent/xenstored", TRUE);
  g_assert_null (gw_xen_resolve ("u1", "a", &may_pass, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_false (may_pass);
  g_clear_error (&error);
  g_assert_null (gw_xen_list (&error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_unsetenv ("XENSTORED_PATH");
}

static void
test_list (void)
{
  static const struct
  {
    const char *address;
    const char *reached;
  } rows[] = {
    { "xen:u1/org.example.pty", "pty:/dev/pts/3" },
    { "xen:u1/org.guestwire.agent.0", "unix:/run/b.sock" },
    { "xen:u1/org.example.early", NULL },
    { "xen:u1/org.example.forged", NULL },
    { "xen:4/a", "unix:/run/7.sock" }, /* a domain called 7 is not the one with this id */
  };
  FakeXenstore *fake = open_store ("/run/b.sock");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = gw_xen_list (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, G_N_ELEMENTS (rows));
  for (guint i = 0; i < list->len; i++)
    {
      const GwXenChannel *channel = list->pdata[i];

      g_assert_cmpstr (gw_address_to_string (channel->address), ==, rows[i].address);
      g_assert_cmpstr (channel->reached != NULL ? gw_address_to_string (channel->reached) : NULL, ==, rows[i].reached);
    }
  fake_xenstore_free (fake);
}

static void
test_domain_list (void)
{
  FakeXenstore *fake = open_store ("/run/b.sock");
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *warning = NULL;
  g_autoptr (GPtrArray) domains = NULL;
  GwDomain *domain;
  GwDomainChannel *channel;

  gw_domain_list_set_root (root);
  domains = gw_domain_list (NULL, &warning, &error);
  gw_domain_list_set_root (NULL);
  g_assert_no_error (error);
  g_assert_null (warning);
  g_assert_cmpuint (domains->len, ==, 2);
  domain = domains->pdata[1];
  g_assert_cmpstr (gw_domain_get_name (domain), ==, "u1");
  g_assert_cmpstr (gw_domain_get_uuid (domain), ==, UUID);
  g_assert_cmpstr (gw_domain_get_id (domain), ==, "3");
  g_assert_cmpstr (gw_domain_get_manager (domain), ==, "xen");
  channel = gw_domain_get_channels (domain)->pdata[3];
  g_assert_cmpstr (gw_domain_channel_get_name (channel), ==, "org.guestwire.agent.0");
  g_assert_cmpstr (gw_domain_channel_get_kind (channel), ==, "xen");
  g_assert_cmpstr (gw_address_to_string (gw_domain_channel_get_address (channel)), ==, "xen:u1/org.guestwire.agent.0");
  fake_xenstore_free (fake);
  g_assert_cmpint (g_rmdir (root), ==, 0);
}

/* --- Opened -------------------------------------------------------------- */

typedef struct
{
  int fd; /* -1 until connected */
  GError *error;
} Outcome;

static void
on_connected (GwEnds *ends, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_assert_cmpint (ends->kind, ==, GW_PORT_SOCKET);
  outcome->fd = ends->fd;
}

static void
on_failed (GError *error, gboolean may_pass, gpointer user_data)
{
  Outcome *outcome = user_data;

  g_assert_true (may_pass);
  outcome->error = error;
}

static const GwConnectorEvents events = { .connected = on_connected, .failed = on_failed };

static void
test_connected (void)
{
  SocketPlace place;
  FakeXenstore *fake;
  g_autoptr (GwAddress) address = gw_address_new ("xen:u1/org.guestwire.agent.0", NULL);
  GwConnector *connector;
  Outcome outcome = { .fd = -1 };
  int server;

  socket_place_open (&place);
  fake = open_store (place.path);
  connector = gw_connector_new (address, NULL, g_main_context_default (), &events, &outcome);
  wait_until (outcome.error != NULL);
  g_assert_error (outcome.error, GW_ERROR, GW_ERROR_CONNECT);
  g_assert_true (g_str_has_prefix (outcome.error->message, "xen:u1/org.guestwire.agent.0: "));
  g_assert_nonnull (strstr (outcome.error->message, place.path));
  g_clear_error (&outcome.error);
  gw_connector_free (connector);

  server = socket_listen (place.path);
  connector = gw_connector_new (address, NULL, g_main_context_default (), &events, &outcome);
  wait_until (outcome.fd >= 0);
  gw_connector_free (connector);
  close (outcome.fd);
  close (server);
  fake_xenstore_free (fake);
  socket_place_close (&place);
}

static void
test_given_up (void)
{
  FakeXenstore *fake = open_store ("/run/b.sock");
  g_autoptr (GwAddress) address = gw_address_new ("xen:u1/org.guestwire.agent.0", NULL);
  Outcome outcome = { .fd = -1 };

  for (guint i = 0; i < 20; i++)
    gw_connector_free (gw_connector_new (address, NULL, g_main_context_default (), &events, &outcome));
  settle ();
  g_assert_no_error (outcome.error);
  fake_xenstore_free (fake);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xen/found-by-name-uuid-and-id", test_found);
  g_test_add_func ("/xen/not-found-says-why", test_not_found);
  g_test_add_func ("/xen/none-without-xen", test_no_xen);
  g_test_add_func ("/xen/list", test_list);
  g_test_add_func ("/xen/domains-are-listed", test_domain_list);
  g_test_add_func ("/xen/connected", test_connected);
  g_test_add_func ("/xen/given-up-in-mid-try", test_given_up);
  return g_test_run ();
}
