/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GwProcess: what a program is given, and what is told of it. The programs are
 * this host's. */

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "fake-guest.h"
#include "gw-limits.h"
#include "gw-process.h"
#include "rows.h"
#include "sockets.h"

#define LONG_MS 60000

typedef struct
{
  SocketPlace place;
  FakeGuest guest;
  GwClient *client;
} Fixture;

static void
set_up (Fixture *f, gconstpointer fault)
{
  g_autofree char *text = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  socket_place_open (&f->place);
  fake_guest_init (&f->guest, f->place.path, fault);
  fake_agent_start (&f->guest.agent);
  text = g_strconcat ("unix:", f->place.path, NULL);
  address = gw_address_new (text, NULL);
  f->client = gw_client_new (address);
  gw_client_open (f->client, LONG_MS, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer fault)
{
  g_assert_finalize_object (f->client);
  fake_guest_stop (&f->guest);
  socket_place_close (&f->place);
}

static void
assert_bytes (GBytes *bytes, const char *text)
{
  g_assert_nonnull (bytes);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text, strlen (text));
}

/* --- Programs ----------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *arguments[6];
  const char *environment[3];
  const char *directory;
  const char *input;
  int status;
  int signal;
  const char *output;
} Program;

static const Program programs[] = {
  { "output", { "echo", "a b", "c" }, { NULL }, NULL, NULL, 0, 0, "a b c\n" },
  { "status", { "sh", "-c", "exit 3" }, { NULL }, NULL, NULL, 3, 0, "" },
  { "signal", { "sh", "-c", "kill -TERM $$" }, { NULL }, NULL, NULL, -1, 15, "" },
  { "input", { "cat" }, { NULL }, NULL, "in\n", 0, 0, "in\n" },
  { "environment", { "sh", "-c", "echo \"$A $B ${PATH:+kept}\"" }, { "A=1 2", "B=$x'" }, NULL, NULL, 0, 0, "1 2 $x' kept\n" },
  { "environment-with-odd-name", { "env" }, { "-a.b=c" }, NULL, NULL, 0, 0, NULL },
  { "directory", { "pwd" }, { NULL }, "/usr/bin", NULL, 0, 0, "/usr/bin\n" },
  { "all-of-it", { "sh", "-c", "echo $A; pwd; cat" }, { "A=b" }, "/", "in", 0, 0, "b\n/\nin" },
  { "signal-through-the-shell", { "sh", "-c", "kill -KILL $$" }, { "A=b" }, "/", NULL, -1, 9, "" },
  { "quotes-are-only-text", { "printf", "[%s]", "'\"$(id)\\", "" }, { "A=b" }, "/", NULL, 0, 0, "['\"$(id)\\][]" },
  { "not-there-with-environment", { "/nonexistent" }, { "A=b" }, NULL, NULL, 127, 0, "" },
  { "not-there-in-a-directory", { "/nonexistent" }, { NULL }, "/", NULL, 127, 0, "" },
  { "not-to-be-run", { "/etc/passwd" }, { NULL }, "/", NULL, 126, 0, "" },
  { "name-like-a-variable", { "no=such" }, { "A=b" }, NULL, NULL, 127, 0, "" },
  { "name-like-an-option", { "-x", "y" }, { "A=b" }, "/", NULL, 127, 0, "" },
  { "status-of-our-own-failures", { "sh", "-c", "exit 125" }, { NULL }, "/", NULL, 125, 0, "" },
};

static void
test_program (gconstpointer data)
{
  const Program *program = data;
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GBytes) input = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, NULL);
  process = gw_process_new (f.client, program->arguments);
  if (program->environment[0] != NULL)
    gw_process_set_environment (process, program->environment);
  gw_process_set_directory (process, program->directory);
  if (program->input != NULL)
    input = g_bytes_new_static (program->input, strlen (program->input));
  gw_process_set_input (process, input);
  g_assert_true (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (gw_process_get_ended (process));
  g_assert_cmpint (gw_process_get_pid (process), >, 0);
  g_assert_cmpint (gw_process_get_exit_status (process), ==, program->status);
  g_assert_cmpint (gw_process_get_signal (process), ==, program->signal);
  g_assert_false (gw_process_get_truncated (process));
  if (program->output != NULL)
    assert_bytes (gw_process_get_output (process), program->output);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

/* --- What fails --------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *directory;
  const char *user;
  const char *variable;
  const char *program;
  int code;
  const char *said;
  int status;
  guint calls; /* of guest-exec */
} Failure;

static const Failure failures[] = {
  { "not-there", NULL, NULL, NULL, "/nonexistent", GW_ERROR_GUEST, "No such file", 127, 1 },
  { "not-to-be-run", NULL, NULL, NULL, "/etc/passwd", GW_ERROR_GUEST, "Permission denied", 126, 1 },
  { "no-directory", "/nonexistent", NULL, NULL, "true", GW_ERROR_GUEST, "/nonexistent", -1, 1 },
  { "no-user", NULL, "no-such-user", NULL, "true", GW_ERROR_GUEST, "no-such-user", -1, 1 },
  { "relative-directory", "tmp", NULL, NULL, "true", GW_ERROR_FAILED, "absolute", -1, 0 },
  { "user-like-an-option", NULL, "-x", NULL, "true", GW_ERROR_FAILED, "-x", -1, 0 },
  { "no-variable", NULL, NULL, "AB", "true", GW_ERROR_FAILED, "NAME=VALUE", -1, 0 },
  { "no-utf-8", NULL, NULL, NULL, "\xff", GW_ERROR_INVALID_JSON, "UTF-8", -1, 0 },
};

static void
test_failure (gconstpointer data)
{
  const Failure *failure = data;
  const char *arguments[] = { failure->program, NULL };
  const char *variables[] = { failure->variable, NULL };
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, NULL);
  process = gw_process_new (f.client, arguments);
  gw_process_set_directory (process, failure->directory);
  gw_process_set_user (process, failure->user);
  gw_process_set_environment (process, variables);
  g_assert_false (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_error (error, GW_ERROR, failure->code);
  g_assert_nonnull (strstr (error->message, failure->said));
  g_assert_cmpint (gw_process_get_exit_status (process), ==, failure->status);
  g_assert_cmpuint (fake_guest_count (&f.guest, "guest-exec"), ==, failure->calls);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

/* --- A channel that fails, and an agent that lies ----------------------- */

typedef struct
{
  const char *name;
  GuestFault fault;
  int code; /* -1: it goes well */
  const char *said;
} Trouble;

#define LOOK "guest-exec-status"

static const Trouble troubles[] = {
  { "lost-look-is-made-again", { LOOK, 1, 0, GUEST_LOSES_REQUEST }, -1, NULL },
  { "lost-answer-is-asked-for-again", { LOOK, 1, 2, GUEST_LOSES_ANSWER }, -1, NULL },
  { "lost-start-is-not-made-again", { "guest-exec", 1, 0, GUEST_LOSES_ANSWER }, GW_ERROR_PEER_LOST, "may have run" },
  { "forgotten-by-the-agent", { LOOK, 1, 0, GUEST_FAILS }, GW_ERROR_GUEST, "went wrong" },
  { "no-guest-exec", { "guest-exec", 1, 0, GUEST_LACKS }, GW_ERROR_COMMAND_NOT_FOUND, "not been found" },
  { "no-process-id", { "guest-exec", 1, 0, GUEST_SAYS, "{}" }, GW_ERROR_PROTOCOL, "pid" },
  { "no-object", { "guest-exec", 1, 0, GUEST_SAYS, "[1]" }, GW_ERROR_PROTOCOL, "pid" },
  { "no-word-of-the-end", { LOOK, 1, 0, GUEST_SAYS, "{\"exited\": 1}" }, GW_ERROR_PROTOCOL, "exited" },
  { "no-status", { LOOK, 1, 0, GUEST_SAYS, "{\"exited\": true}" }, GW_ERROR_PROTOCOL, "exitcode" },
  { "no-base64", { LOOK, 1, 0, GUEST_SAYS, "{\"exited\": true, \"exitcode\": 0, \"out-data\": \"a-b=\"}" },
    GW_ERROR_PROTOCOL, "base64" },
  { "padding-inside", { LOOK, 1, 0, GUEST_SAYS, "{\"exited\": true, \"exitcode\": 0, \"err-data\": \"YQ==YQ==\"}" },
    GW_ERROR_PROTOCOL, "base64" },
  { "output-that-is-no-text", { LOOK, 1, 0, GUEST_SAYS, "{\"exited\": true, \"exitcode\": 0, \"out-data\": 5}" },
    GW_ERROR_PROTOCOL, "out-data" },
};

static void
test_trouble (gconstpointer data)
{
  static const char *const arguments[] = { "echo", "hi", NULL };
  const Trouble *trouble = data;
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, &trouble->fault);
  process = gw_process_new (f.client, arguments);
  gw_process_run (process, LONG_MS, NULL, &error);
  if (trouble->code < 0)
    {
      g_assert_no_error (error);
      assert_bytes (gw_process_get_output (process), "hi\n");
    }
  else
    {
      g_assert_error (error, GW_ERROR, trouble->code);
      g_assert_nonnull (strstr (error->message, trouble->said));
      g_assert_null (gw_process_get_output (process));
    }
  g_assert_cmpuint (fake_guest_count (&f.guest, "guest-exec"), ==, 1);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

/* --- Time --------------------------------------------------------------- */

static GwProcess *
true_process (Fixture *f)
{
  static const char *const arguments[] = { "true", NULL };

  return gw_process_new (f->client, arguments);
}

static void
assert_says_pid (GwProcess *process, const GError *error)
{
  g_autofree char *pid = g_strdup_printf ("process %" G_GINT64_FORMAT, gw_process_get_pid (process));

  g_assert_nonnull (strstr (error->message, pid));
}

static void
test_timeout (void)
{
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, NULL);
  f.guest.looks = G_MAXUINT;
  /* On a busy host a short time may be over before it runs. */
  for (int ms = 50; ms < LONG_MS && (process == NULL || gw_process_get_pid (process) == 0); ms *= 4)
    {
      g_clear_error (&error);
      g_clear_object (&process);
      process = true_process (&f);
      g_assert_false (gw_process_run (process, ms, NULL, &error));
      g_assert_error (error, GW_ERROR, GW_ERROR_TIMED_OUT);
    }
  assert_says_pid (process, error);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

static void
on_pid (GObject *object, GParamSpec *pspec, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

static void
test_cancel (void)
{
  Fixture f;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, NULL);
  f.guest.looks = G_MAXUINT;
  process = true_process (&f);
  g_signal_connect (process, "notify::pid", G_CALLBACK (on_pid), cancellable);
  g_assert_false (gw_process_run (process, GW_TIMEOUT_NONE, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_says_pid (process, error);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

static void
on_done (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

static void
test_async (void)
{
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&f, NULL);
  f.guest.looks = 3;
  process = true_process (&f);
  gw_process_run_async (process, GW_TIMEOUT_DEFAULT, NULL, on_done, &result);
  wait_until (result != NULL);
  g_assert_true (gw_process_run_finish (process, result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fake_guest_count (&f.guest, LOOK), ==, 4);
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

/* runuser and su are for root. */
static void
test_user (void)
{
  static const char *const arguments[] = { "sh", "-c", "id -un; pwd; echo \"$A $LOGNAME\"; exit 7", NULL };
  static const char *const variables[] = { "A=b", NULL };
  Fixture f;
  g_autoptr (GwProcess) process = NULL;
  g_autoptr (GError) error = NULL;

  if (geteuid () != 0 || getpwnam ("nobody") == NULL)
    {
      g_test_skip ("not root");
      return;
    }
  set_up (&f, NULL);
  process = gw_process_new (f.client, arguments);
  gw_process_set_user (process, "nobody");
  gw_process_set_directory (process, "/usr");
  gw_process_set_environment (process, variables);
  g_assert_true (gw_process_run (process, LONG_MS, NULL, &error));
  g_assert_no_error (error);
  assert_bytes (gw_process_get_output (process), "nobody\n/usr\nb nobody\n");
  g_assert_cmpint (gw_process_get_exit_status (process), ==, 7);
  g_assert_finalize_object (g_steal_pointer (&process));
  tear_down (&f, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/process/program/", programs, test_program);
  ADD_ROWS ("/process/failure/", failures, test_failure);
  ADD_ROWS ("/process/trouble/", troubles, test_trouble);
  g_test_add_func ("/process/time/too-long-goes-on", test_timeout);
  g_test_add_func ("/process/time/cancelled-goes-on", test_cancel);
  g_test_add_func ("/process/async", test_async);
  g_test_add_func ("/process/user", test_user);
  return g_test_run ();
}
