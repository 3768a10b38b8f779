/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an agent tells of a job, whatever that is. */

#include <string.h>

#include "gw-job-private.h"
#include "gw-json.h"
#include "gw-limits.h"
#include "gw-pipe-input.h"
#include "rows.h"

typedef struct
{
  const char *name;
  const char *row;
  gboolean good;
  gboolean ended;
  int exit_status;
  int signal;
  guint64 size;
} Row;

static const Row rows[] = {
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
  const Row *expected = data;
  g_autoptr (GwAddress) address = gw_address_new ("unix:/nonexistent", NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (JsonNode) row = gw_json_parse (expected->row, -1, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GwJob) job = gw_job_new_from_row (client, row, &error);

  g_assert_true ((job != NULL) == expected->good);
  if (job == NULL)
    {
      g_assert_error (error, GW_ERROR, GW_ERROR_PROTOCOL);
      return;
    }
  g_assert_cmpstr (gw_job_get_id (job), ==, "kx1");
  g_assert_nonnull (gw_job_get_arguments (job));
  g_assert_true (gw_job_get_ended (job) == expected->ended);
  g_assert_cmpint (gw_job_get_exit_status (job), ==, expected->exit_status);
  g_assert_cmpint (gw_job_get_signal (job), ==, expected->signal);
  g_assert_cmpuint (gw_job_get_output_size (job), ==, expected->size);
}

/* --- Output in parts ---------------------------------------------------------- */

static GwPipe *
pipe_new (const char *text)
{
  GwPipe *pipe = gw_pipe_new (1, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  if (*text != '\0')
    gw_pipe_receive (pipe, bytes);
  gw_pipe_receive_fin (pipe);
  return pipe;
}

static void
on_lost (GwPipeInput *input, guint64 lost, gpointer data)
{
  g_string_append_printf (data, "<%" G_GUINT64_FORMAT ">", lost);
}

/* What is lost is told between what came before it and what comes behind. */
static void
test_parts (void)
{
  static const struct
  {
    const char *text;
    guint64 offset;
    guint64 lost;
  } parts[] = { { "one", 10, 3 }, { "two", 13, 0 }, { "", 18, 5 }, { "three", 20, 2 }, { "", 30, G_MAXINT64 } };
  g_autoptr (GwAddress) address = gw_address_new ("unix:/nonexistent", NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GInputStream) stream = NULL;
  char buffer[16];
  gssize length;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GwPipe) pipe = pipe_new (parts[i].text);
      const GwPipePart part = { pipe, parts[i].offset, parts[i].lost };

      if (i == 0)
        stream = gw_pipe_input_new_of_parts (client, &part, on_lost, said);
      else
        g_assert_true (gw_pipe_input_add_part (GW_PIPE_INPUT (stream), &part));
    }
  g_assert_cmpuint (gw_pipe_input_get_position (GW_PIPE_INPUT (stream)), ==, 7);
  while ((length = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (stream), buffer, sizeof buffer, NULL,
                                                             NULL)) > 0)
    g_string_append_len (said, buffer, length);
  g_assert_cmpint (length, ==, 0);
  g_assert_cmpstr (said->str, ==, "<3>onetwo<7>three<9223372036854775807>");
  g_assert_cmpuint (gw_pipe_input_get_position (GW_PIPE_INPUT (stream)), ==, G_MAXINT64);
}

static void
test_too_many_parts (void)
{
  g_autoptr (GwAddress) address = gw_address_new ("unix:/nonexistent", NULL);
  g_autoptr (GwClient) client = gw_client_new (address);
  g_autoptr (GwPipe) pipe = pipe_new ("");
  const GwPipePart part = { pipe, 0, 1 };
  g_autoptr (GInputStream) stream = gw_pipe_input_new_of_parts (client, &part, NULL, NULL);

  for (guint i = 0; i < GW_PIPE_PARTS_MAX; i++)
    g_assert_true (gw_pipe_input_add_part (GW_PIPE_INPUT (stream), &part));
  g_assert_false (gw_pipe_input_add_part (GW_PIPE_INPUT (stream), &part));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/job/row/", rows, test_row);
  g_test_add_func ("/job/output/gaps-have-their-place", test_parts);
  g_test_add_func ("/job/output/too-many-parts", test_too_many_parts);
  return g_test_run ();
}
