/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a program in a guest, one blocking call after another.
 *
 * cc exec-blocking.c $(pkg-config --cflags --libs guestwire-1) -o exec-blocking
 * ./exec-blocking vm1 uname -a */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>

static void
print (FILE *to, GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);

  fwrite (data, 1, length, to);
}

static int
run (const char *domain, const char *const *words, GError **error)
{
  g_autoptr (GwAddress) address = gw_domain_resolve (domain, NULL, error);
  g_autoptr (GwClient) client = NULL;
  g_autoptr (GwProcess) process = NULL;

  if (address == NULL)
    return EXIT_FAILURE;
  client = gw_client_new (address);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return EXIT_FAILURE;
  process = gw_process_new (client, words);
  if (!gw_process_run (process, GW_TIMEOUT_NONE, NULL, error))
    return EXIT_FAILURE;

  print (stdout, gw_process_get_output (process));
  print (stderr, gw_process_get_errors (process));
  if (gw_process_get_signal (process) != 0)
    return 128 + gw_process_get_signal (process);
  return gw_process_get_exit_status (process);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  if (argc < 3)
    {
      fprintf (stderr, "Usage: %s DOMAIN PROGRAM [ARGUMENT...]\n", argv[0]);
      return 2;
    }
  status = run (argv[1], (const char *const *) argv + 2, &error);
  if (error != NULL)
    fprintf (stderr, "%s: %s\n", argv[0], error->message);
  return status;
}
