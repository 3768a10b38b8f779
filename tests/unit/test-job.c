/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent tells of a job, whatever that is. */

#include "gw-job-private.h"
#include "gw-json.h"

static const struct
{
  const char *name;
  const char *row;
  gboolean good;
  gboolean ended;
  int exit_status;
  int signal;
  guint64 size;
} rows[] = {
  { "runs", "{\"job\":\"kx1\",\"state\":\"running\",\"stdout\":{\"first\":5,\"end\":9}}", TRUE, FALSE, -1, 0, 9 },
  { "exited", "{\"job\":\"kx1\",\"state\":\"ended\",\"exitcode\":3}", TRUE, TRUE, 3, 0, 0 },
  { "killed", "{\"job\":\"kx1\",\"state\":\"ended\",\"signal\":9}", TRUE, TRUE, -1, 9, 0 },
  { "lost", "{\"job\":\"kx1\",\"state\":\"ended\",\"lost\":true}", TRUE, TRUE, -1, 0, 0 },
  { "ended-and-says-not-how", "{\"job\":\"kx1\",\"state\":\"ended\"}", TRUE, TRUE, -1, 0, 0 },
  { "status-of-no-system", "{\"job\":\"kx1\",\"state\":\"ended\",\"exitcode\":-1}", TRUE, TRUE, 255, 0, 0 },
  { "size-below-0", "{\"job\":\"kx1\",\"stdout\":{\"end\":-5}}", TRUE, FALSE, -1, 0, 0 },
  { "other-types",
    "{\"job\":\"kx1\",\"name\":7,\"argv\":[1,null,[]],\"argv-cut\":\"x\",\"user\":{},\"pid\":\"1\",\"started\":[],"
    "\"state\":{},\"stdout\":3,\"stderr\":null}",
    TRUE, FALSE, -1, 0, 0 },
  { "words-no-array", "{\"job\":\"kx1\",\"argv\":\"x\"}", TRUE, FALSE, -1, 0, 0 },
  { "no-id", "{\"state\":\"running\"}", FALSE },
  { "empty-id", "{\"job\":\"\"}", FALSE },
  { "id-no-string", "{\"job\":1}", FALSE },
  { "id-too-long", "{\"job\":\"01234567890123456789012345678901234567890123456789012345678901234\"}", FALSE },
  { "no-object", "[]", FALSE },
};

static void
test_row (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GwAddress) address = gw_address_new ("unix:/nonexistent", NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (JsonNode) row = gw_json_parse (rows[i].row, -1, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwJob) job = gw_job_new_from_row (client, row, &error);

  g_assert_true ((job != NULL) == rows[i].good);
  if (job == NULL)
    {
      g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
      return;
    }
  g_assert_cmpstr (gw_job_get_id (job), ==, "kx1");
  g_assert_nonnull (gw_job_get_arguments (job));
  g_assert_true (gw_job_get_ended (job) == rows[i].ended);
  g_assert_cmpint (gw_job_get_exit_status (job), ==, rows[i].exit_status);
  g_assert_cmpint (gw_job_get_signal (job), ==, rows[i].signal);
  g_assert_cmpuint (gw_job_get_output_size (job), ==, rows[i].size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/job/row/", rows[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_row);
    }
  return g_test_run ();
}
