/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-file-open and guest-file-close: handles, modes, and what is refused. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file-place.h"
#include "gw-limits.h"
#include "gw-open-files.h"
#include "rows.h"

/* --- What is refused ---------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *say;
  const char *desc;
} Refusal;

static const Refusal refusals[] = {
  { "close-unknown", "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":7}}", "handle '7' has not been found" },
  { "read-unknown", "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":-1,\"count\":-1}}",
    "handle '-1' has not been found" },
  { "write-unknown", "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":0,\"buf-b64\":\"*\"}}",
    "handle '0' has not been found" },
  { "seek-unknown", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":4294968296,\"offset\":0,\"whence\":9}}",
    "handle '4294968296' has not been found" },
  { "flush-unknown", "{\"execute\":\"guest-file-flush\",\"arguments\":{\"handle\":7}}", "handle '7' has not been found" },
  { "open-nonexistent", "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/nonexistent/x\"}}",
    "failed to open file '/nonexistent/x' (mode: 'r'): No such file or directory" },
  { "open-to-write-nonexistent", "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/nonexistent/x\",\"mode\":\"w\"}}",
    "failed to open file '/nonexistent/x' (mode: 'w'): No such file or directory" },
  { "write-folder", "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/\",\"mode\":\"a\"}}",
    "failed to open file '/' (mode: 'a'): Is a directory" },
  { "mode-no-string", "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/\",\"mode\":1}}",
    "Invalid parameter type for 'mode', expected: string" },
};

static void
test_refusal (gconstpointer data)
{
  const Refusal *refusal = data;
  Client client;

  client_open (&client);
  say (&client, refusal->say);
  assert_fails (&client, refusal->desc);
  client_close (&client);
}

/* With an open file whose handle goes where %d is. */
typedef struct
{
  const char *name;
  const char *say;
  const char *desc;
} Misuse;

static const Misuse misuses[] = {
  { "negative-count", "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%d,\"count\":-1}}",
    "value '-1' is invalid for argument count" },
  { "count-too-large", "{\"execute\":\"guest-file-read\",\"arguments\":{\"handle\":%d,\"count\":50331649}}",
    "value '50331649' is invalid for argument count" },
  { "no-base64", "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%d,\"buf-b64\":\"YQ\"}}",
    "Parameter 'buf-b64' holds no valid base64" },
  { "count-beyond-data", "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%d,\"buf-b64\":\"YQ==\",\"count\":2}}",
    "value '2' is invalid for argument count" },
  { "negative-write-count",
    "{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":%d,\"buf-b64\":\"YQ==\",\"count\":-1}}",
    "value '-1' is invalid for argument count" },
  { "whence-number", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0,\"whence\":3}}",
    "invalid whence code 3" },
  { "whence-word", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0,\"whence\":\"start\"}}",
    "Parameter 'whence' does not accept value 'start'" },
  { "whence-type", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0,\"whence\":null}}",
    "Invalid parameter type for 'whence', expected: GuestFileWhence" },
  { "whence-missing", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0}}",
    "Parameter 'whence' is missing" },
  { "before-the-start", "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":-1,\"whence\":\"set\"}}",
    "failed to seek file: Invalid argument" },
};

static void
test_misuse (gconstpointer data)
{
  const Misuse *misuse = data;
  g_auto (GStrv) parts = g_strsplit (misuse->say, "%d", 2);
  Place place;
  int handle;

  place_open (&place);
  handle = file_open (&place.client, place.path, "w+");
  ask (&place.client, "%s%d%s", parts[0], handle, parts[1]);
  assert_fails (&place.client, misuse->desc);
  file_close (&place.client, handle);
  assert_holds (place.path, "");
  place_close (&place);
}

/* --- Modes -------------------------------------------------------------- */

/* What becomes of a file with "old" in it when "N" is written by each mode. */
static const struct
{
  const char *mode;
  gboolean reads;
  const char *written; /* NULL: it cannot be written */
} modes[] = {
  { "r", TRUE, NULL },    { "rb", TRUE, NULL },     { "w", FALSE, "N" },     { "wb", FALSE, "N" },     { "a", FALSE, "oldN" },
  { "ab", FALSE, "oldN" }, { "r+", TRUE, "Nld" },    { "rb+", TRUE, "Nld" },  { "r+b", TRUE, "Nld" },   { "w+", TRUE, "N" },
  { "wb+", TRUE, "N" },   { "w+b", TRUE, "N" },     { "a+", TRUE, "oldN" },  { "ab+", TRUE, "oldN" },  { "a+b", TRUE, "oldN" },
};

static void
test_modes (void)
{
  Place place;

  place_open (&place);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      int handle;

      g_assert_true (g_file_set_contents (place.path, "old", -1, NULL));
      handle = file_open (&place.client, place.path, modes[i].mode);
      ask_write (&place.client, handle, "N", 1);
      if (modes[i].written != NULL)
        assert_hear (&place.client, "{\"return\":{\"count\":1,\"eof\":false}}");
      else
        assert_fails (&place.client, "failed to write to file: Bad file descriptor");
      assert_holds (place.path, modes[i].written != NULL ? modes[i].written : "old");
      ask (&place.client,
           "{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":%d,\"offset\":0,\"whence\":\"set\"}}", handle);
      assert_hear (&place.client, "{\"return\":{\"position\":0,\"eof\":false}}");
      if (modes[i].reads)
        assert_reads (&place.client, handle, 10, modes[i].written != NULL ? modes[i].written : "old", TRUE);
      else
        {
          ask_read (&place.client, handle, 10);
          assert_fails (&place.client, "failed to read file: Bad file descriptor");
        }
      file_close (&place.client, handle);
    }
  place_close (&place);
}

static void
test_other_modes_are_refused (void)
{
  static const char *const others[] = { "", "x", "rw", "br", "re", "w+x", "r+b+", "R" };
  Place place;

  place_open (&place);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autofree char *text = g_strdup_printf ("invalid file open mode '%s'", others[i]);

      ask_open (&place.client, place.path, others[i]);
      assert_fails (&place.client, text);
    }
  g_assert_false (g_file_test (place.path, G_FILE_TEST_EXISTS));
  place_close (&place);
}

static void
test_new_file (void)
{
  mode_t umask_before = umask (077);
  struct stat facts;
  Place place;

  place_open (&place);
  file_close (&place.client, file_open (&place.client, place.path, "w"));
  g_assert_cmpint (stat (place.path, &facts), ==, 0);
  g_assert_cmpint (facts.st_mode & 07777, ==, 0644);
  g_assert_cmpint (umask (umask_before), ==, 077);
  place_close (&place);
}

static void
test_old_file_keeps_its_mode (void)
{
  struct stat facts;
  Place place;

  place_open (&place);
  g_assert_true (g_file_set_contents (place.path, "old", -1, NULL));
  g_assert_cmpint (chmod (place.path, 0600), ==, 0);
  file_close (&place.client, file_open (&place.client, place.path, "w"));
  g_assert_cmpint (stat (place.path, &facts), ==, 0);
  g_assert_cmpint (facts.st_mode & 07777, ==, 0600);
  place_close (&place);
}

/* --- Handles ------------------------------------------------------------ */

static void
test_handles_count_up (void)
{
  Client client;

  client_open (&client);
  for (int i = 0; i < 3; i++)
    {
      int handle = file_open (&client, "/dev/null", "r");

      g_assert_cmpint (handle, ==, 1000 + i);
      file_close (&client, handle);
      ask (&client, "{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":%d}}", handle);
      g_free (hear (&client));
    }
  client_close (&client);
}

static void
test_handle_outlives_its_client (void)
{
  Place place;
  int handle;

  place_open (&place);
  handle = file_open (&place.client, place.path, "w");
  client_close (&place.client);
  client_open (&place.client);
  file_write (&place.client, handle, "abc");
  assert_holds (place.path, "abc");
  file_close (&place.client, handle);
  place_close (&place);
}

static void
test_handles_are_bounded (void)
{
  int handles[GW_FILES_OPEN_MAX];
  g_autofree char *text = NULL;
  Place place;

  place_open (&place);
  for (guint i = 0; i < GW_FILES_OPEN_MAX; i++)
    handles[i] = file_open (&place.client, "/dev/null", "r");
  text = g_strdup_printf ("failed to open file '%s' (mode: 'w'): 256 files are open already; close some of them", place.path);
  ask_open (&place.client, place.path, "w");
  assert_fails (&place.client, text);
  g_assert_false (g_file_test (place.path, G_FILE_TEST_EXISTS));
  file_close (&place.client, handles[0]);
  file_close (&place.client, file_open (&place.client, place.path, "w"));
  for (guint i = 1; i < GW_FILES_OPEN_MAX; i++)
    file_close (&place.client, handles[i]);
  place_close (&place);
}

/* As a host leaves them that was killed. */
static void
test_forgotten_file_makes_room (void)
{
  int handles[GW_FILES_OPEN_MAX];
  Place place;
  int one_more;

  place_open (&place);
  for (guint i = 0; i < GW_FILES_OPEN_MAX; i++)
    handles[i] = file_open (&place.client, "/dev/null", "r");
  assert_reads (&place.client, handles[0], 1, "", TRUE);
  gw_open_files_set_forgotten (0);
  one_more = file_open (&place.client, "/dev/null", "r");
  gw_open_files_set_forgotten (GW_FILE_FORGOTTEN_S * G_USEC_PER_SEC);
  /* The one that was read is not the one that went. */
  assert_reads (&place.client, handles[0], 1, "", TRUE);
  ask_read (&place.client, handles[1], 1);
  {
    g_autofree char *text = g_strdup_printf ("handle '%d' has not been found", handles[1]);

    assert_fails (&place.client, text);
  }
  file_close (&place.client, one_more);
  file_close (&place.client, handles[0]);
  for (guint i = 2; i < GW_FILES_OPEN_MAX; i++)
    file_close (&place.client, handles[i]);
  place_close (&place);
}

static void
test_programs_inherit_no_file (void)
{
  guint found = 0;
  Place place;
  int handle;

  place_open (&place);
  handle = file_open (&place.client, place.path, "w");
  for (int fd = 3; fd < 256; fd++)
    {
      g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (g_strcmp0 (target, place.path) != 0)
        continue;
      found++;
      g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    }
  g_assert_cmpuint (found, ==, 1);
  file_close (&place.client, handle);
  place_close (&place);
}

/* --- State -------------------------------------------------------------- */

static void
test_handles_go_on_after_a_restart (void)
{
  Place place;
  g_autofree char *state = NULL;
  g_autofree char *file = NULL;
  int first, second;

  place_open (&place);
  state = g_build_filename (place.folder, "state", NULL);
  file = g_build_filename (state, "qga.state", NULL);
  gw_open_files_set_state (state);
  first = file_open (&place.client, place.path, "w");
  g_assert_cmpint (first, ==, 1000);
  file_close (&place.client, first);
  /* Another agent. */
  gw_open_files_set_state (state);
  second = file_open (&place.client, place.path, "w");
  g_assert_cmpint (second, >, first);
  file_close (&place.client, second);
  g_unlink (file);
  g_rmdir (state);
  place_close (&place);
}

/* What stands in the state file, and the next handle. */
typedef struct
{
  const char *name;
  const char *text;
  int handle;
} State;

static const State states[] = {
  { "qemu-gas", "[global]\nfd_counter=1042\n", 1042 },
  { "empty", "", 1000 },
  { "junk", "\xff\x00junk", 1000 },
  { "negative", "[global]\nfd_counter=-5\n", 1000 },
  { "too-large", "[global]\nfd_counter=9223372036854775807\n", 1000 },
  { "no-number", "[global]\nfd_counter=x\n", 1000 },
};

static void
test_state (gconstpointer data)
{
  const State *state = data;
  Place place;
  g_autofree char *file = NULL;
  int handle;

  place_open (&place);
  file = g_build_filename (place.folder, "qga.state", NULL);
  g_assert_true (g_file_set_contents (file, state->text, -1, NULL));
  gw_open_files_set_state (place.folder);
  handle = file_open (&place.client, place.path, "w");
  g_assert_cmpint (handle, ==, state->handle);
  file_close (&place.client, handle);
  g_unlink (file);
  place_close (&place);
}

static void
test_state_that_cannot_be_kept (void)
{
  Place place;
  int handle;

  place_open (&place);
  gw_open_files_set_state ("/proc/nonexistent");
  g_test_expect_message ("guestwire-agent", G_LOG_LEVEL_WARNING, "*may be used again*");
  handle = file_open (&place.client, place.path, "w");
  g_test_assert_expected_messages ();
  file_close (&place.client, handle);
  /* Said once. */
  handle = file_open (&place.client, place.path, "w");
  file_close (&place.client, handle);
  place_close (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  /* The first one, which sees the first handle. */
  g_test_add_func ("/files/handles-count-up-from-1000", test_handles_count_up);
  g_test_add_func ("/files/handles/outlive-their-client", test_handle_outlives_its_client);
  g_test_add_func ("/files/handles/are-bounded", test_handles_are_bounded);
  g_test_add_func ("/files/handles/forgotten-one-makes-room", test_forgotten_file_makes_room);
  g_test_add_func ("/files/handles/are-closed-in-programs", test_programs_inherit_no_file);
  ADD_ROWS ("/files/refuses/", refusals, test_refusal);
  ADD_ROWS ("/files/open-file-refuses/", misuses, test_misuse);
  g_test_add_func ("/files/state/handles-go-on-after-a-restart", test_handles_go_on_after_a_restart);
  ADD_ROWS ("/files/state/", states, test_state);
  g_test_add_func ("/files/state/cannot-be-kept", test_state_that_cannot_be_kept);
  g_test_add_func ("/files/modes", test_modes);
  g_test_add_func ("/files/other-modes-are-refused", test_other_modes_are_refused);
  g_test_add_func ("/files/new-file-is-0644", test_new_file);
  g_test_add_func ("/files/old-file-keeps-its-mode", test_old_file_keeps_its_mode);
  return g_test_run ();
}
