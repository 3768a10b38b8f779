/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that is sent to a guest which says what it likes of it. */

#include <string.h>

#include "fake-framed.h"
#include "gw-client.h"
#include "gw-limits.h"
#include "gw-transfer.h"
#include "sockets.h"

#define LONG_MS 60000

/* "hello", and its XXH64. */
#define SIZE "5"
#define DIGEST "26c7827d889f6da3"

static const struct
{
  const char *name;
  const char *says;
  gboolean early;  /* before it has taken anything */
  gsize size;      /* of the file; 0: "hello" */
  const char *why; /* NULL: it is well */
} rows[] = {
  { "the-file", "{\"size\":" SIZE ",\"digest\":\"" DIGEST "\"}", FALSE, 0, NULL },
  { "another-size", "{\"size\":4,\"digest\":\"" DIGEST "\"}", FALSE, 0, "not that it is the one that was sent" },
  { "another-digest", "{\"size\":" SIZE ",\"digest\":\"26c7827d889f6da4\"}", FALSE, 0, "not that it is the one that was sent" },
  { "no-digest", "{\"size\":" SIZE "}", FALSE, 0, "not that it is the one that was sent" },
  { "nothing-of-it", "[7]", FALSE, 0, "not that it is the one that was sent" },
  { "all-before-it-took-any", "{\"size\":1048576,\"digest\":\"" DIGEST "\"}", TRUE, GW_MIB, "before it has taken it" },
};

static void
test_push (gconstpointer data)
{
  guint row = GPOINTER_TO_UINT (data);
  SocketPlace place;
  FakeFramed guest = { .pushed = rows[row].says, .pushed_early = rows[row].early };
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  g_autofree char *contents = g_strnfill (MAX (rows[row].size, 1), 'x');
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GwClient) client = NULL;
  g_autoptr (GwTransfer) transfer = NULL;
  g_autoptr (GError) error = NULL;

  socket_place_open (&place);
  fake_framed_start (&guest, place.path);
  text = g_strconcat ("unix:", place.path, NULL);
  path = g_strconcat (place.path, ".file", NULL);
  g_assert_true (g_file_set_contents (path, rows[row].size > 0 ? contents : "hello", (gssize) (rows[row].size > 0 ? rows[row].size : 5), NULL));
  address = gw_address_new (text, NULL);
  client = g_object_new (GW_TYPE_CLIENT, "address", address, "wants-frames", TRUE, NULL);
  gw_client_open (client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
  transfer = gw_transfer_new (client, GW_TRANSFER_PUSH, path, "/there");
  gw_transfer_run (transfer, LONG_MS, NULL, &error);
  if (rows[row].why == NULL)
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
      g_assert_nonnull (strstr (error->message, rows[row].why));
    }
  gw_client_close (client);
  fake_framed_stop (&guest);
  remove (path);
  socket_place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *path = g_strconcat ("/push/guest-says/", rows[row].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (row), test_push);
    }
  return g_test_run ();
}
