/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a program that outlives this one, leaves it, and comes back to it.
 *
 * cc job.c $(pkg-config --cflags --libs guestwire-1) -o job
 * ./job vm1 make -C /root/linux */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>

static GwClient *
open_client (const char *domain, GError **error)
{
  g_autoptr (GwAddress) address = gw_domain_resolve (domain, NULL, error);
  g_autoptr (GwClient) client = NULL;

  if (address == NULL)
    return NULL;
  client = gw_client_new (address);
  gw_client_set_wants_frames (client, TRUE);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return NULL;
  return g_steal_pointer (&client);
}

/* Returns: the job's id */
static char *
start (const char *domain, const char *const *words, GError **error)
{
  g_autoptr (GwClient) client = open_client (domain, error);
  g_autoptr (GwProcess) process = client != NULL ? gw_process_new (client, words) : NULL;
  g_autoptr (GwJob) job = process != NULL ? gw_job_start (process, NULL, GW_TIMEOUT_DEFAULT, NULL, error) : NULL;

  return job != NULL ? g_strdup (gw_job_get_id (job)) : NULL;
}

static void
on_lost (GwProcess *process, gboolean errors, guint64 bytes, gpointer user_data)
{
  fprintf (stderr, "[%" G_GUINT64_FORMAT " bytes are not kept any more]\n", bytes);
}

/* From any later process. */
static int
come_back (const char *domain, const char *id, GError **error)
{
  g_autoptr (GwClient) client = open_client (domain, error);
  g_autoptr (GwJob) job = client != NULL ? gw_job_new (client, id) : NULL;
  g_autoptr (GwProcess) attached = job != NULL ? gw_job_attach (job, 0, 0) : NULL;
  char buffer[4096];
  gssize length;

  if (attached == NULL)
    return EXIT_FAILURE;
  g_signal_connect (attached, "lost", G_CALLBACK (on_lost), NULL);
  if (!gw_process_start (attached, GW_TIMEOUT_DEFAULT, NULL, error))
    return EXIT_FAILURE;
  while ((length = g_input_stream_read (gw_process_get_stdout_pipe (attached), buffer, sizeof buffer, NULL, error)) > 0)
    fwrite (buffer, 1, length, stdout);
  if (length < 0 || !gw_process_wait (attached, GW_TIMEOUT_NONE, NULL, error))
    return EXIT_FAILURE;
  return gw_process_get_signal (attached) != 0 ? 128 + gw_process_get_signal (attached)
                                               : gw_process_get_exit_status (attached);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  int status = EXIT_FAILURE;

  if (argc < 3)
    {
      fprintf (stderr, "Usage: %s DOMAIN PROGRAM [ARGUMENT...]\n", argv[0]);
      return 2;
    }
  id = start (argv[1], (const char *const *) argv + 2, &error);
  if (id != NULL)
    status = come_back (argv[1], id, &error);
  if (error != NULL)
    fprintf (stderr, "%s: %s\n", argv[0], error->message);
  return status;
}
