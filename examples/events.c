/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waits for an event of a guest, from what the agent has kept on.
 *
 * cc events.c $(pkg-config --cflags --libs guestwire-1) -o events
 * ./events vm1 agent-started */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>

static void
on_event (GwFollower *follower, const char *instance, guint64 number, gint64 time_us, const char *name, JsonNode *data,
          gpointer loop)
{
  g_autofree char *text = gw_json_to_string (data, FALSE);
  /* What a guest says is not for a terminal as it is. */
  g_autofree char *safe = g_strescape (text, NULL);

  printf ("%" G_GUINT64_FORMAT " %s\n", number, safe);
  g_main_loop_quit (loop);
}

static void
on_ended (GwFollower *follower, const GError *error, gpointer loop)
{
  fprintf (stderr, "%s\n", error->message);
  g_main_loop_quit (loop);
}

static gboolean
run (const char *domain, const char *const *names, GError **error)
{
  g_autoptr (GwAddress) address = gw_domain_resolve (domain, NULL, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GwClient) client = NULL;
  g_autoptr (GwFollower) follower = NULL;

  if (address == NULL)
    return FALSE;
  client = gw_client_new (address);
  gw_client_set_wants_frames (client, TRUE);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  follower = gw_follower_new (client);
  gw_follower_set_names (follower, names);
  gw_follower_set_after (follower, NULL, 0);
  g_signal_connect (follower, "event", G_CALLBACK (on_event), loop);
  g_signal_connect (follower, "ended", G_CALLBACK (on_ended), loop);
  if (!gw_follower_start (follower, GW_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  g_main_loop_run (loop);
  gw_follower_stop (follower);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc < 3)
    {
      fprintf (stderr, "Usage: %s DOMAIN NAME...\n", argv[0]);
      return 2;
    }
  if (run (argv[1], (const char *const *) argv + 2, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s: %s\n", argv[0], error->message);
  return EXIT_FAILURE;
}
