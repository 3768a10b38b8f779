/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-shutdown, with programs that only say how they were called. */

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent-client.h"
#include "gw-command-power.h"
#include "gw-events.h"
#include "rows.h"

static char *sbin;
static char *called; /* a file that says how */

static void
add_program (const char *name, const char *more)
{
  g_autofree char *path = g_build_filename (sbin, name, NULL);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\nprintf '%%s,' %s \"$@\" >%s\n%s\n", name, called, more);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (chmod (path, 0755), ==, 0);
}

static void
remove_program (const char *name)
{
  g_autofree char *path = g_build_filename (sbin, name, NULL);

  g_assert_cmpint (unlink (path), ==, 0);
}

static void
ask_shutdown (Client *client, const char *mode)
{
  g_autofree char *request = mode != NULL
                                 ? g_strdup_printf ("{\"execute\":\"guest-shutdown\",\"arguments\":{\"mode\":\"%s\"}}", mode)
                                 : g_strdup ("{\"execute\":\"guest-shutdown\"}");

  unlink (called);
  say (client, request);
}

static void
assert_called (const char *expected)
{
  g_autofree char *text = NULL;

  g_file_get_contents (called, &text, NULL, NULL);
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_told (const char *mode)
{
  const GwEvent *event = gw_events_find (gw_events_get (), gw_events_get_next (gw_events_get ()) - 1);
  g_autofree char *expected
      = g_strdup_printf ("\"shutdown-begun\",\"data\":{\"mode\":\"%s\"}}\n", mode != NULL ? mode : "powerdown");
  g_autofree char *line = NULL;

  g_assert_nonnull (event);
  line = g_strndup (g_bytes_get_data (event->line, NULL), g_bytes_get_size (event->line));
  g_assert_true (g_str_has_suffix (line, expected));
}

typedef struct
{
  const char *name;
  const char *mode;
  const char *called;
  const char *called_without; /* where there is no shutdown(8) */
} Mode;

static const Mode modes[] = {
  { "default", NULL, "shutdown,-h,-P,now,hypervisor initiated shutdown,", "poweroff," },
  { "powerdown", "powerdown", "shutdown,-h,-P,now,hypervisor initiated shutdown,", "poweroff," },
  { "halt", "halt", "shutdown,-h,-H,now,hypervisor initiated shutdown,", "halt," },
  { "reboot", "reboot", "shutdown,-r,now,hypervisor initiated shutdown,", "reboot," },
};

static void
test_mode (gconstpointer data)
{
  const Mode *mode = data;
  Client client;

  client_open (&client);
  add_program ("shutdown", "");
  ask_shutdown (&client, mode->mode);
  /* The call has ended: the next one is taken up, and this was not answered. */
  assert_nothing_else (&client);
  assert_called (mode->called);
  assert_told (mode->mode);
  remove_program ("shutdown");
  client_close (&client);
}

static void
test_mode_without_shutdown (gconstpointer data)
{
  const Mode *mode = data;
  Client client;

  client_open (&client);
  add_program ("poweroff", "");
  add_program ("halt", "");
  add_program ("reboot", "");
  ask_shutdown (&client, mode->mode);
  assert_nothing_else (&client);
  assert_called (mode->called_without);
  remove_program ("poweroff");
  remove_program ("halt");
  remove_program ("reboot");
  client_close (&client);
}

typedef struct
{
  const char *name;
  const char *program;
  const char *hear;
} Failure;

static const Failure failures[] = {
  { "status", "exit 3",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"child process has failed to shutdown: exit status 3\"}}" },
  { "text", "echo 'No, not now.' >&2; exit 1",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"child process has failed to shutdown: No, not now.\"}}" },
  { "signal", "kill -9 $$",
    "{\"error\":{\"class\":\"GenericError\",\"desc\":\"child process has terminated abnormally\"}}" },
};

static void
test_failure (gconstpointer data)
{
  const Failure *failure = data;
  guint64 next = gw_events_get_next (gw_events_get ());
  Client client;

  client_open (&client);
  add_program ("shutdown", failure->program);
  ask_shutdown (&client, NULL);
  assert_hear (&client, failure->hear);
  g_assert_cmpuint (gw_events_get_next (gw_events_get ()), ==, next);
  assert_nothing_else (&client);
  remove_program ("shutdown");
  client_close (&client);
}

static void
test_ended_by_the_shutdown_itself (void)
{
  Client client;

  client_open (&client);
  add_program ("shutdown", "kill -TERM $$");
  ask_shutdown (&client, NULL);
  assert_nothing_else (&client);
  remove_program ("shutdown");
  client_close (&client);
}

static void
test_no_program (void)
{
  g_autofree char *line = NULL;
  Client client;

  client_open (&client);
  ask_shutdown (&client, NULL);
  line = hear (&client);
  g_assert_nonnull (strstr (line, "GenericError"));
  g_assert_nonnull (strstr (line, "No such file or directory"));
  client_close (&client);
}

static void
test_invalid_mode (void)
{
  Client client;

  client_open (&client);
  add_program ("shutdown", "");
  ask_shutdown (&client, "explode");
  assert_hear (&client, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"mode is invalid (valid values are: "
                        "halt|powerdown|reboot\"}}");
  assert_called (NULL);
  remove_program ("shutdown");
  client_close (&client);
}

static void
test_info (void)
{
  g_autofree char *line = NULL;
  Client client;

  client_open (&client);
  say (&client, "{\"execute\":\"guest-info\"}");
  line = hear (&client);
  g_assert_nonnull (strstr (line, "{\"name\":\"guest-shutdown\",\"enabled\":true,\"success-response\":false}"));
  client_close (&client);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  sbin = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  called = g_build_filename (sbin, "called", NULL);
  gw_command_power_set_folder (sbin);
  ADD_ROWS ("/power/shutdown/", modes, test_mode);
  ADD_ROWS ("/power/without-shutdown/", modes, test_mode_without_shutdown);
  ADD_ROWS ("/power/failure-is-told/", failures, test_failure);
  g_test_add_func ("/power/ended-by-the-shutdown-itself", test_ended_by_the_shutdown_itself);
  g_test_add_func ("/power/no-program", test_no_program);
  g_test_add_func ("/power/invalid-mode", test_invalid_mode);
  g_test_add_func ("/power/info-tells-of-no-success", test_info);
  status = g_test_run ();
  unlink (called);
  rmdir (sbin);
  g_free (called);
  g_free (sbin);
  return status;
}
