/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client on the library, in frames, that does nothing but what is measured. Prints microseconds, one a line.
 *
 *   bench-client ping|exec ADDRESS COUNT                        the time of each round
 *   bench-client moving push|pull ADDRESS FILE PATH IDLE-COUNT
 *       pings alone, then pings while a file moves over the same session, one ping at a time. Lines:
 *       "idle TIME", "moving SINCE-THE-START TIME", and "file TIME"
 */

#include <guestwire.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  GMainLoop *loop;
  GwClient *client;
  gint64 began;
  gint64 ping_began;
  int idle_left;                   /* pings before the file */
  GwTransfer *transfer;
  gboolean moving;
  GError *error;
} Moving;

static GwClient *
open_client (const char *text, GError **error)
{
  g_autoptr (GwAddress) address = gw_address_new (text, error);
  g_autoptr (GwClient) client = NULL;

  if (address == NULL)
    return NULL;
  client = gw_client_new (address);
  gw_client_set_wants_frames (client, TRUE);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return NULL;
  if (!gw_client_get_framed (client))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "the agent speaks no frames");
      return NULL;
    }
  return g_steal_pointer (&client);
}

static gboolean
ping_once (GwClient *client, GError **error)
{
  g_autoptr (JsonNode) answer = gw_client_call (client, "guest-ping", NULL, GW_TIMEOUT_DEFAULT, NULL, error);

  return answer != NULL;
}

static gboolean
exec_once (GwClient *client, GError **error)
{
  const char *words[] = { "/bin/true", NULL };
  g_autoptr (GwProcess) process = gw_process_new (client, words);

  if (!gw_process_start (process, GW_TIMEOUT_DEFAULT, NULL, error)
      || !gw_process_wait (process, GW_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  g_return_val_if_fail (gw_process_get_exit_status (process) == 0, FALSE);
  return TRUE;
}

static gboolean
measure_rounds (GwClient *client, gboolean (*once) (GwClient *, GError **), int count, GError **error)
{
  while (count-- > 0)
    {
      gint64 began = g_get_monotonic_time ();

      if (!once (client, error))
        return FALSE;
      g_print ("%" G_GINT64_FORMAT "\n", g_get_monotonic_time () - began);
    }
  return TRUE;
}

static void ping_next (Moving *moving);

static void
file_moved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Moving *moving = user_data;

  gw_transfer_run_finish (GW_TRANSFER (source), result, moving->error == NULL ? &moving->error : NULL);
  g_print ("file %" G_GINT64_FORMAT "\n", g_get_monotonic_time () - moving->began);
  moving->moving = FALSE;
}

static void
pinged (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Moving *moving = user_data;
  gint64 now = g_get_monotonic_time ();
  g_autoptr (JsonNode) answer = NULL;

  if (moving->error == NULL)
    answer = gw_client_call_finish (GW_CLIENT (source), result, &moving->error);
  if (moving->error != NULL)
    {
      g_main_loop_quit (moving->loop);
      return;
    }
  if (moving->moving)
    g_print ("moving %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", moving->ping_began - moving->began, now - moving->ping_began);
  else if (moving->idle_left > 0)
    {
      g_print ("idle %" G_GINT64_FORMAT "\n", now - moving->ping_began);
      if (--moving->idle_left == 0)
        {
          moving->began = now;
          moving->moving = TRUE;
          gw_transfer_run_async (moving->transfer, GW_TIMEOUT_NONE, NULL, file_moved, moving);
        }
    }
  else
    {
      g_main_loop_quit (moving->loop);
      return;
    }
  ping_next (moving);
}

static void
ping_next (Moving *moving)
{
  moving->ping_began = g_get_monotonic_time ();
  gw_client_call_async (moving->client, "guest-ping", NULL, GW_TIMEOUT_DEFAULT, NULL, pinged, moving);
}

static gboolean
measure_moving (char **words, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GwClient) client = open_client (words[1], error);
  g_autoptr (GwTransfer) transfer = NULL;
  Moving moving = { .loop = loop, .client = client };

  if (client == NULL)
    return FALSE;
  transfer = gw_transfer_new (client, strcmp (words[0], "push") == 0 ? GW_TRANSFER_PUSH : GW_TRANSFER_PULL, words[2], words[3]);
  moving.transfer = transfer;
  moving.idle_left = atoi (words[4]);
  ping_next (&moving);
  g_main_loop_run (loop);
  if (moving.error != NULL)
    g_propagate_error (error, moving.error);
  return moving.error == NULL;
}

static gboolean
measure (int argc, char **argv, GError **error)
{
  g_autoptr (GwClient) client = NULL;

  if (strcmp (argv[1], "moving") == 0 && argc == 7)
    return measure_moving (argv + 2, error);
  client = open_client (argv[2], error);
  if (client == NULL)
    return FALSE;
  return measure_rounds (client, strcmp (argv[1], "exec") == 0 ? exec_once : ping_once, atoi (argv[3]), error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 4 && argc != 7)
    {
      g_printerr ("bench-client: see the top of bench-client.c for how it is used\n");
      return 2;
    }
  if (measure (argc, argv, &error))
    return 0;
  g_printerr ("bench-client: %s\n", error->message);
  return 1;
}
