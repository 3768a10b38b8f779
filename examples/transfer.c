/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies a file, or a folder, into a guest, and goes on where an interruption
 * left off.
 *
 * cc transfer.c $(pkg-config --cflags --libs guestwire-1) -o transfer
 * ./transfer vm1 disk.img /var/tmp/ */

#include <guestwire.h>
#include <stdio.h>
#include <stdlib.h>

static void
on_file_failed (GwTransfer *transfer, const char *message, gpointer data)
{
  g_autofree char *safe = g_strescape (message, NULL);

  fprintf (stderr, "%s\n", safe);
}

static gboolean
run (const char *domain, const char *from, const char *to, GError **error)
{
  g_autoptr (GwAddress) address = gw_domain_resolve (domain, NULL, error);
  g_autoptr (GwClient) client = NULL;
  g_autoptr (GwTransfer) transfer = NULL;
  gboolean folder = g_file_test (from, G_FILE_TEST_IS_DIR);

  if (address == NULL)
    return FALSE;
  client = gw_client_new (address);
  gw_client_set_wants_frames (client, TRUE);
  if (!gw_client_open (client, GW_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  transfer = gw_transfer_new (client, GW_TRANSFER_PUSH, from, to);
  /* A folder is copied anew. */
  gw_transfer_set_flags (transfer, folder ? GW_TRANSFER_RECURSIVE : GW_TRANSFER_RESUME);
  g_signal_connect (transfer, "file-failed", G_CALLBACK (on_file_failed), NULL);
  if (!gw_transfer_run (transfer, GW_TIMEOUT_DEFAULT, NULL, error))
    return FALSE;
  printf ("%" G_GUINT64_FORMAT " bytes in %s\n", gw_transfer_get_bytes_done (transfer),
          gw_transfer_get_guest_path (transfer));
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 4)
    {
      fprintf (stderr, "Usage: %s DOMAIN FILE PATH\n", argv[0]);
      return 2;
    }
  if (run (argv[1], argv[2], argv[3], &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "%s: %s\n", argv[0], error->message);
  return EXIT_FAILURE;
}
