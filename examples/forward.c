/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forwards a port of this host to a socket in a guest, until it is ended.
 *
 * cc forward.c $(pkg-config --cflags --libs guestwire-1) -o forward
 * ./forward vm1 127.0.0.1:8080 unix:/run/app.sock */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>

static void
on_opened (GwForward *forward, guint64 id, const char *peer, gpointer data)
{
  fprintf (stderr, "connection %" G_GUINT64_FORMAT " from %s\n", id, peer);
}

static void
on_failed (GwForward *forward, guint64 id, const char *peer, const GError *error, gpointer data)
{
  fprintf (stderr, "connection %" G_GUINT64_FORMAT " from %s: %s\n", id, peer, error->message);
}

static GwForward *
start (const char *domain, const char *listen, const char *connect, GError **error)
{
  g_autoptr (GwAddress) address = gw_domain_resolve (domain, NULL, error);
  g_autoptr (GwClient) client = NULL;
  g_autoptr (GwForward) forward = NULL;

  if (address == NULL)
    return NULL;
  client = gw_client_new (address);
  gw_client_set_wants_frames (client, TRUE);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return NULL;
  forward = gw_forward_new (client, GW_FORWARD_TO_GUEST, listen, connect);
  g_signal_connect (forward, "connection-opened", G_CALLBACK (on_opened), NULL);
  g_signal_connect (forward, "connection-failed", G_CALLBACK (on_failed), NULL);
  if (!gw_forward_start (forward, GW_TIMEOUT_DEFAULT, NULL, error))
    return NULL;
  return g_steal_pointer (&forward);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GwForward) forward = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 4)
    {
      fprintf (stderr, "Usage: %s DOMAIN LISTEN CONNECT\n", argv[0]);
      return 2;
    }
  forward = start (argv[1], argv[2], argv[3], &error);
  if (forward == NULL)
    {
      fprintf (stderr, "%s: %s\n", argv[0], error->message);
      return EXIT_FAILURE;
    }
  printf ("%s\n", gw_forward_get_listen (forward));
  fflush (stdout);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
