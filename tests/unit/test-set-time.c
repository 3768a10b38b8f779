/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-set-time, with a clock that is none and a hwclock that says what it
 * was told. */

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "agent-client.h"
#include "gw-command-set-time.h"
#include "rows.h"
#include "wait.h"

static struct timespec clock_was_set;
static gboolean clock_refuses;

static int
fake_settime (clockid_t clock, const struct timespec *time)
{
  g_assert_cmpint (clock, ==, CLOCK_REALTIME);
  clock_was_set = *time;
  errno = EPERM;
  return clock_refuses ? -1 : 0;
}

#define FAILS(text) "{\"error\":{\"class\":\"GenericError\",\"desc\":\"" text "\"}}"

typedef struct
{
  const char *name;
  const char *arguments;
  const char *script; /* of hwclock; NULL for none */
  gboolean refuses;
  const char *hear;
  const char *told; /* what hwclock was told */
  gint64 seconds;   /* what the clock was set to */
  long nanoseconds;
} Row;

static const Row rows[] = {
  { "time", "{\"time\":1700000000123456789}", "exit 0", FALSE, "{\"return\":{}}", "-w\n", 1700000000, 123456789 },
  { "epoch", "{\"time\":0}", "exit 0", FALSE, "{\"return\":{}}", "-w\n", 0, 0 },
  { "from-the-hardware", "{}", "exit 0", FALSE, "{\"return\":{}}", "-s\n", -1, 0 },
  { "negative", "{\"time\":-1}", "exit 0", FALSE, FAILS ("Time -1 is before the Epoch"), NULL, -1, 0 },
  { "refused", "{\"time\":1}", "exit 0", TRUE, FAILS ("Failed to set time to guest: Operation not permitted"), NULL, 0, 1 },
  { "hwclock-fails", "{\"time\":5}", "echo no device; exit 1", FALSE,
    FAILS ("hwclock failed to synchronize the clocks: no device"), "-w\n", 0, 5 },
  { "hwclock-is-killed", "{\"time\":5}", "kill -9 $$", FALSE, FAILS ("hwclock failed to synchronize the clocks"), "-w\n", 0, 5 },
  { "time-without-hwclock", "{\"time\":6}", NULL, FALSE, "{\"return\":{}}", NULL, 0, 6 },
};

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  g_autofree char *program = g_build_filename (folder, "hwclock", NULL);
  g_autofree char *told = g_build_filename (folder, "told", NULL);
  g_autofree char *request = g_strdup_printf ("{\"execute\":\"guest-set-time\",\"arguments\":%s}", row->arguments);
  g_autofree char *heard = NULL;
  Client client;

  if (row->script != NULL)
    {
      g_autofree char *script = g_strdup_printf ("#!/bin/sh\necho $1 >%s\n%s\n", told, row->script);

      g_assert_true (g_file_set_contents_full (program, script, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    }
  clock_was_set = (struct timespec){ -1, 0 };
  clock_refuses = row->refuses;
  gw_command_set_time_replace (program, fake_settime);
  client_open (&client);
  say (&client, request);
  assert_hear (&client, row->hear);
  g_file_get_contents (told, &heard, NULL, NULL);
  g_assert_cmpstr (heard, ==, row->told);
  g_assert_cmpint (clock_was_set.tv_sec, ==, row->seconds);
  g_assert_cmpint (clock_was_set.tv_nsec, ==, row->nanoseconds);
  client_close (&client);
  g_unlink (program);
  g_unlink (told);
  g_rmdir (folder);
}

static void
test_no_time_and_no_hwclock (void)
{
  Client client;

  gw_command_set_time_replace ("/nonexistent/hwclock", fake_settime);
  client_open (&client);
  say (&client, "{\"execute\":\"guest-set-time\"}");
  assert_hear (&client, FAILS ("there is no /nonexistent/hwclock to read the hardware clock with; give a time"));
  client_close (&client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  ADD_ROWS ("/set-time/", rows, test_row);
  g_test_add_func ("/set-time/no-time-and-no-hwclock", test_no_time_and_no_hwclock);
  return g_test_run ();
}
