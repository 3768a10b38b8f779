/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's command line and configuration file: what they come to. */

#include <glib/gstdio.h>
#include <string.h>

#include "gw-options.h"
#include "rows.h"

/* The file stands in the row, "\n" for its lines; NULL for none. Words are
 * parted by spaces. Of the dump, one line is expected. */
typedef struct
{
  const char *name;
  const char *program;
  const char *file;
  const char *words;
  const char *channel; /* the first address */
  const char *line;    /* one of the dump */
} Row;

static const Row rows[] = {
  { "default", "guestwire-agent", NULL, "", "virtio:org.guestwire.agent.0", "statedir=/var/lib/guestwire" },
  { "default-channels", "a", NULL, "", "virtio:org.guestwire.agent.0",
    "channel=virtio:org.guestwire.agent.0,xen:org.guestwire.agent.0" },
  { "default-hold", "a", NULL, "", "virtio:org.guestwire.agent.0", "hold=*.vport" },
  { "hold", "a", "[general]\nhold=a.*\n", "--hold b.* --hold c", "virtio:org.guestwire.agent.0", "hold=b.*,c" },
  { "hold-none", "a", "[general]\nhold=none\n", "", "virtio:org.guestwire.agent.0", "hold=none" },
  { "called-qemu-ga", "/usr/sbin/qemu-ga", NULL, "", "virtio:/dev/virtio-ports/org.qemu.guest_agent.0",
    "method=virtio-serial" },
  { "qemu-gas-state", "qemu-ga", NULL, "", "virtio:/dev/virtio-ports/org.qemu.guest_agent.0", "statedir=/var/run" },
  { "path-alone-is-virtio", "a", NULL, "-p /dev/x", "virtio:/dev/x", "method=virtio-serial" },
  { "method-alone", "a", NULL, "-m isa-serial", "tty:/dev/ttyS0", "path=/dev/ttyS0" },
  { "glued-letters", "a", NULL, "-munix-listen -p/x -vr", "unix-listen:/x", "retry-path=true" },
  { "vsock", "a", NULL, "-m vsock-listen -p 3:1234", "vsock:3:1234", "path=3:1234" },
  { "long-names", "a", NULL, "--method=unix-listen --path /x --daemonize", "unix-listen:/x", "daemon=true" },
  { "daemon-abbreviated", "a", NULL, "-p /x --daemon", "virtio:/x", "pidfile=/var/run/qemu-ga.pid" },
  { "own-pid-file", "a", NULL, "-d", "virtio:org.guestwire.agent.0", "pidfile=/run/guestwire-agent.pid" },
  { "channels", "a", NULL, "--channel tty:/x --channel tty:/y", "tty:/x", "channel=tty:/x,tty:/y" },
  { "hook-without-a-value", "a", NULL, "-F", "virtio:org.guestwire.agent.0", "fsfreeze-hook=/etc/qemu/fsfreeze-hook" },
  { "hook-with-a-value", "a", NULL, "-F/my/hook", "virtio:org.guestwire.agent.0", "fsfreeze-hook=/my/hook" },
  { "hook-by-its-long-name", "a", NULL, "--fsfreeze-hook=/my/hook", "virtio:org.guestwire.agent.0",
    "fsfreeze-hook=/my/hook" },
  { "freeze-timeout", "a", "[general]\nfsfreeze-timeout=60\n", "--fsfreeze-timeout=90", "virtio:org.guestwire.agent.0",
    "fsfreeze-timeout=90" },
  { "lists-grow", "a", NULL, "-b guest-a,guest-b --block-rpcs=guest-c", "virtio:org.guestwire.agent.0",
    "block-rpcs=guest-a,guest-b,guest-c" },
  { "block-events", "a", "[general]\nblock-events=memory-low\n", "--block-events=job-ended,agent-started",
    "virtio:org.guestwire.agent.0", "block-events=memory-low,job-ended,agent-started" },
  { "older-name", "a", NULL, "--blacklist=guest-a", "virtio:org.guestwire.agent.0", "block-rpcs=guest-a" },
  { "allow", "a", NULL, "-a guest-a --allow-rpcs=guest-a,guest-b", "virtio:org.guestwire.agent.0",
    "allow-rpcs=guest-a,guest-b" },
  { "file", "a", "[general]\nmethod=unix-listen\npath=/x\n", "", "unix-listen:/x", "method=unix-listen" },
  { "files-numbers", "a", "[general]\nverbose = 1\ndaemon=0\n", "", "virtio:org.guestwire.agent.0", "verbose=true" },
  { "words-beat-the-file", "a", "[general]\nmethod=unix-listen\npath=/x\nlogfile=/l\n", "-p /y -l /m", "unix-listen:/y",
    "logfile=/m" },
  { "words-add-to-the-files-lists", "a", "[general]\nblock-rpcs=guest-a\n", "-b guest-b", "virtio:org.guestwire.agent.0",
    "block-rpcs=guest-a,guest-b" },
  { "files-lists", "a", "[general]\nblock-rpcs = guest-a, guest-b;guest-c;\nblacklist=guest-d\n", "",
    "virtio:org.guestwire.agent.0", "block-rpcs=guest-a,guest-b,guest-c,guest-d" },
  { "files-channels", "a", "[general]\nchannel=tty:/x, virtio:a.b\n", "", "tty:/x", "channel=tty:/x,virtio:a.b" },
  { "words-replace-the-files-channels", "a", "[general]\nchannel=tty:/x\n", "--channel tty:/y", "tty:/y", "channel=tty:/y" },
  { "a-path-replaces-the-files-channels", "a", "[general]\nchannel=tty:/x\n", "-p /y", "virtio:/y", "path=/y" },
  { "a-channel-replaces-the-files-path", "a", "[general]\nmethod=isa-serial\n", "--channel tty:/y", "tty:/y",
    "channel=tty:/y" },
};

typedef struct
{
  GwOptions options;
  char *folder;
  char *file;
} Place;

static gboolean
parse (Place *place, const char *program, const char *file, const char *words, GError **error)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) argv = NULL;

  place->folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  place->file = g_build_filename (place->folder, "agent.conf", NULL);
  if (file != NULL)
    g_assert_true (g_file_set_contents (place->file, file, -1, NULL));
  g_setenv ("QGA_CONF", place->file, TRUE);
  line = g_strjoin (*words != '\0' ? " " : "", program, words, NULL);
  argv = g_strsplit (line, " ", -1);
  return gw_options_parse (&place->options, g_strv_length (argv), argv, error);
}

static void
clear (Place *place)
{
  gw_options_clear (&place->options);
  g_unlink (place->file);
  g_rmdir (place->folder);
  g_free (place->file);
  g_free (place->folder);
}

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *dump = NULL;
  g_auto (GStrv) lines = NULL;
  Place place;

  parse (&place, row->program, row->file, row->words, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (place.options.channels[0], ==, row->channel);
  dump = gw_settings_dump (&place.options.settings);
  lines = g_strsplit (dump, "\n", -1);
  g_assert_cmpstr (lines[0], ==, "[general]");
  g_assert_true (g_strv_contains ((const char *const *) lines, row->line));
  clear (&place);
}

/* What -D prints says the same when it is read back. */
static void
test_dump_reads_back (gconstpointer data)
{
  const Row *row = data;
  g_autofree char *dump = NULL;
  g_autofree char *again = NULL;
  Place first, second;

  g_assert_true (parse (&first, row->program, row->file, row->words, NULL));
  dump = gw_settings_dump (&first.options.settings);
  g_assert_true (parse (&second, row->program, dump, "", NULL));
  again = gw_settings_dump (&second.options.settings);
  g_assert_cmpstr (again, ==, dump);
  clear (&first);
  clear (&second);
}

typedef struct
{
  const char *name;
  const char *file;
  const char *words;
  const char *text;
} Fault;

static const Fault faults[] = {
  { "unknown-option", NULL, "--nonsense", "no option '--nonsense'" },
  { "unknown-letter", NULL, "-vZ", "no option '-Z'" },
  { "missing-value", NULL, "-l", "missing after '-l'" },
  { "stray-word", NULL, "-v more", "unexpected argument 'more'" },
  { "unknown-method", NULL, "-m smoke", "unknown method 'smoke'" },
  { "method-without-its-path", NULL, "-m vsock-listen", "needs a --path" },
  { "channel-and-path", NULL, "--channel tty:/x -p /y", "the one or the others" },
  { "channel-and-path-in-the-file", "[general]\nchannel=tty:/x\npath=/y\n", "", "the one or the others" },
  { "file-that-is-none", "blah\n", "", "configuration file" },
  { "flag-that-is-none", "[general]\nverbose=maybe\n", "", "verbose" },
  { "freeze-timeout-that-is-none", NULL, "--fsfreeze-timeout=1m", "fsfreeze-timeout '1m' is no number of seconds" },
  { "freeze-timeout-of-years", "[general]\nfsfreeze-timeout=86401\n", "", "from 0 to 86400" },
  { "named-file-is-not-there", NULL, "-c /nonexistent/conf", "/nonexistent/conf" },
};

static void
test_fault (gconstpointer data)
{
  const Fault *fault = data;
  g_autoptr (GError) error = NULL;
  Place place;

  g_assert_false (parse (&place, "a", fault->file, fault->words, &error));
  if (strstr (error->message, fault->text) == NULL)
    g_error ("%s: '%s' instead of '%s'", fault->name, error->message, fault->text);
  clear (&place);
}

typedef struct
{
  const char *name;
  const char *file;
  const char *words;
  const char *text;
} Warning;

static const Warning warnings[] = {
  { "unknown-key", "[general]\nblok-rpcs=guest-exec\n", "", "no key 'blok-rpcs'" },
  { "unknown-group", "[generel]\nblock-rpcs=guest-exec\n", "", "no group 'generel'" },
  { "no-file", NULL, "", "which is not there" },
};

static void
test_warning (gconstpointer data)
{
  const Warning *warning = data;
  g_autoptr (GError) error = NULL;
  Place place;

  parse (&place, "a", warning->file, warning->words, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (place.options.warnings->len, ==, 1);
  g_assert_nonnull (strstr (place.options.warnings->pdata[0], warning->text));
  clear (&place);
}

static const struct
{
  const char *words;
  const char *folder;
} freezes[] = {
  { "", "/run/guestwire" },
  { "-p /x", "/var/run" },
  { "-t /y", "/y" },
  { "-p /x -t /y", "/y" },
};

static void
test_freeze_folder (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (freezes); i++)
    {
      Place place;

      g_assert_true (parse (&place, "a", NULL, freezes[i].words, NULL));
      g_assert_cmpstr (place.options.freeze_folder, ==, freezes[i].folder);
      clear (&place);
    }
}

typedef struct
{
  const char *name;
  const char *words;
  GwAction action;
} Action;

static const Action actions[] = {
  { "help", "--help", GW_ACTION_HELP },
  { "version", "-V", GW_ACTION_VERSION },
  { "dump", "-p /x -D", GW_ACTION_DUMP },
  { "list-blocked", "-b help", GW_ACTION_LIST },
  { "list-allowed", "--allow-rpcs=help", GW_ACTION_LIST },
};

static void
test_action (gconstpointer data)
{
  const Action *action = data;
  Place place;

  g_assert_true (parse (&place, "a", NULL, action->words, NULL));
  g_assert_cmpint (place.options.action, ==, action->action);
  clear (&place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_ROWS ("/options/", rows, test_row);
  ADD_ROWS ("/options/dump-reads-back/", rows, test_dump_reads_back);
  ADD_ROWS ("/options/refuses/", faults, test_fault);
  ADD_ROWS ("/options/warns-of/", warnings, test_warning);
  ADD_ROWS ("/options/action/", actions, test_action);
  g_test_add_func ("/options/where-a-freeze-is-marked", test_freeze_folder);
  return g_test_run ();
}
