/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why nobody answers, with real sockets and processes. This program itself
 * plays a QEMU when it is called with a QEMU's arguments. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-explain.h"
#include "gw-fd-owners.h"
#include "gw-qmp-probe.h"
#include "gw-sock-diag.h"
#include "wait.h"

static char *self;

static int
make_socket (const char *path, gboolean listening)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (name.sun_path, path, sizeof name.sun_path);
  if (listening)
    {
      g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
      g_assert_cmpint (listen (fd, 4), ==, 0);
    }
  else
    g_assert_cmpint (connect (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  return fd;
}

/* --- The fake QEMU ------------------------------------------------------ */

static void
answer_qmp (int fd, const char *channel, const char *status, const char *open)
{
  FILE *stream = fdopen (fd, "r");
  char line[256];

  dprintf (fd, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
  while (fgets (line, sizeof line, stream) != NULL)
    {
      if (strstr (line, "query-status") != NULL)
        dprintf (fd, "{\"event\": \"X\"}\r\n{\"return\": {\"status\": \"%s\", \"running\": %s}}\r\n", status,
                 strcmp (status, "running") == 0 ? "true" : "false");
      else if (strstr (line, "query-chardev") != NULL)
        dprintf (fd,
                 "{\"return\": [{\"label\": \"a\", \"filename\": \"unix:%s-other,server=on\", \"frontend-open\": true},"
                 "{\"label\": \"b\", \"filename\": \"disconnected:unix:%s,server=on\", \"frontend-open\": %s}]}\r\n",
                 channel, channel, open);
      else
        dprintf (fd, "{\"return\": {}}\r\n");
    }
  fclose (stream);
}

/* fake STATUS OPEN CHANNEL QMP, and what a QEMU would be told */
G_GNUC_NORETURN static void
play_qemu (char **argv)
{
  const char *status = argv[2], *open = argv[3], *channel = argv[4];
  int channel_fd = make_socket (channel, TRUE);
  int qmp_fd = make_socket (argv[5], TRUE);
  int client = -1;

  prctl (PR_SET_PDEATHSIG, SIGKILL);
  signal (SIGPIPE, SIG_IGN);
  /* Tells that both are there. */
  g_assert_cmpint (write (STDOUT_FILENO, "!", 1), ==, 1);
  for (;;)
    {
      struct pollfd fds[] = { { .fd = qmp_fd, .events = POLLIN },
                              { .fd = client < 0 ? channel_fd : client, .events = client < 0 ? POLLIN : POLLHUP } };

      poll (fds, G_N_ELEMENTS (fds), -1);
      if (fds[0].revents != 0)
        answer_qmp (accept (qmp_fd, NULL, NULL), channel, status, open);
      if (fds[1].revents != 0 && client >= 0)
        close (client);
      if (fds[1].revents != 0)
        client = client < 0 ? accept (channel_fd, NULL, NULL) : -1;
      if (client >= 0 && fds[1].revents != 0)
        g_assert_cmpint (write (STDOUT_FILENO, "+", 1), ==, 1);
    }
}

/* --- The fixture -------------------------------------------------------- */

typedef struct
{
  char *folder;
  char *channel;
  char *qmp;
  GwAddress *address;
  GSubprocess *qemu;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  f->folder = g_dir_make_tmp ("gw-explain-XXXXXX", NULL);
  f->channel = g_build_filename (f->folder, "channel", NULL);
  f->qmp = g_build_filename (f->folder, "qmp,1", NULL);
  text = g_strconcat ("unix:", f->channel, NULL);
  f->address = gw_address_new (text, NULL);
}

/* What it says of itself on its standard output. */
static void
hear (Fixture *f, char expected)
{
  char got = 0;

  g_input_stream_read (g_subprocess_get_stdout_pipe (f->qemu), &got, 1, NULL, NULL);
  g_assert_cmpint (got, ==, expected);
}

/* @words: its command line besides; "@" stands for the QMP socket as QEMU
 * spells it. */
static void
start_qemu (Fixture *f, const char *status, const char *open, const char *words)
{
  g_auto (GStrv) commas = g_strsplit (f->qmp, ",", -1);
  g_autofree char *spelled = g_strjoinv (",,", commas);
  g_auto (GStrv) parts = g_strsplit (words, "@", -1);
  g_autofree char *joined = g_strjoinv (spelled, parts);
  g_autofree char *all = g_strjoin (" ", self, "fake", status, open, f->channel, f->qmp, joined, NULL);
  g_auto (GStrv) argv = g_strsplit (all, " ", -1);
  g_autoptr (GError) error = NULL;

  f->qemu = g_subprocess_newv ((const char *const *) argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  hear (f, '!');
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  if (f->qemu != NULL)
    {
      g_subprocess_force_exit (f->qemu);
      g_subprocess_wait (f->qemu, NULL, NULL);
      g_object_unref (f->qemu);
    }
  g_object_unref (f->address);
  g_unlink (f->channel);
  g_unlink (f->qmp);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->channel);
  g_free (f->qmp);
  g_free (f->folder);
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

static void
assert_explained (Fixture *f, GwSilence expected, const char *words)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *text = NULL;
  GwSilence silence;

  gw_explain_async (f->address, NULL, store_result, &result);
  wait_until (result != NULL);
  text = gw_explain_finish (result, &silence);
  if (silence != expected || strstr (text, words) == NULL)
    g_error ("explained as %d: %s", silence, text);
}

/* --- Explanations ------------------------------------------------------- */

#define CHARDEV "-chardev socket,id=mon0,path=@,server=on,wait=off -mon chardev=mon0,mode=control"

static void
test_held_by_another (Fixture *f, gconstpointer data)
{
  g_autofree char *pid = NULL;
  g_autoptr (GSubprocess) holder = NULL;

  start_qemu (f, "running", "true", CHARDEV);
  holder = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, self, "client", f->channel, NULL);
  hear (f, '+');
  pid = g_strdup_printf ("test-explain (process %s)", g_subprocess_get_identifier (holder));
  assert_explained (f, GW_SILENCE_HELD, pid);
  g_subprocess_force_exit (holder);
  g_subprocess_wait (holder, NULL, NULL);
}

static void
test_held_by_ourselves (Fixture *f, gconstpointer data)
{
  int fd;

  start_qemu (f, "running", "true", CHARDEV);
  fd = make_socket (f->channel, FALSE);
  hear (f, '+');
  assert_explained (f, GW_SILENCE_HELD, "this program itself");
  close (fd);
}

static void
test_paused (Fixture *f, gconstpointer data)
{
  start_qemu (f, "paused", "true", CHARDEV);
  assert_explained (f, GW_SILENCE_PAUSED, "is paused");
}

static void
test_other_status (Fixture *f, gconstpointer data)
{
  start_qemu (f, "io-error", "true", "-qmp unix:@,server,nowait");
  assert_explained (f, GW_SILENCE_PAUSED, "'io-error'");
}

static void
test_not_opened (Fixture *f, gconstpointer data)
{
  start_qemu (f, "running", "false", CHARDEV);
  assert_explained (f, GW_SILENCE_NO_AGENT, "nobody in the guest");
}

static void
test_deaf (Fixture *f, gconstpointer data)
{
  start_qemu (f, "running", "true", CHARDEV);
  assert_explained (f, GW_SILENCE_DEAF, "does not answer");
}

static void
test_no_qmp (Fixture *f, gconstpointer data)
{
  start_qemu (f, "paused", "true", "-name x");
  assert_explained (f, GW_SILENCE_UNEXPLAINED, "running in the guest?");
}

/* A process may say that another one's socket is its QMP. */
static void
test_foreign_qmp_is_left_alone (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "foreign", NULL);
  g_autofree char *words = g_strdup_printf ("-qmp unix:%s,server=on", path);
  int fd = make_socket (path, TRUE);
  struct pollfd came = { .fd = fd, .events = POLLIN };

  start_qemu (f, "paused", "true", words);
  assert_explained (f, GW_SILENCE_UNEXPLAINED, "running in the guest?");
  g_assert_cmpint (poll (&came, 1, 0), ==, 0);
  close (fd);
  g_unlink (path);
}

static void
test_can_be_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  GwSilence silence;

  g_cancellable_cancel (cancellable);
  gw_explain_async (f->address, cancellable, store_result, &result);
  wait_until (result != NULL);
  g_assert_null (gw_explain_finish (result, &silence));
  g_assert_cmpint (silence, ==, GW_SILENCE_UNEXPLAINED);
}

/* --- Its parts ---------------------------------------------------------- */

static void
test_command_lines (void)
{
  static const struct
  {
    const char *words; /* with "|" for NUL */
    const char *expected;
  } rows[] = {
    { "qemu|-qmp|unix:/a,server=on,wait=off|", "/a" },
    { "qemu|--qmp|unix:/a,server,nowait|", "/a" },
    { "qemu|-qmp|unix:/a,,b,server|", "/a,b" },
    { "qemu|-qmp|unix:/a|", NULL },
    { "qemu|-qmp|unix:a,server|", NULL },
    { "qemu|-qmp|tcp:localhost:4444,server|", NULL },
    { "qemu|-monitor|unix:/a,server|", NULL },
    { "qemu|-chardev|socket,id=m,path=/a,server=on|-mon|chardev=m,mode=control|", "/a" },
    { "qemu|-mon|m,mode=control|-chardev|socket,id=m,path=/a,server=on|", "/a" },
    { "qemu|-chardev|socket,id=m,path=/a,server=on|-mon|chardev=m,mode=readline|", NULL },
    { "qemu|-chardev|socket,id=m,path=/a,server=on|-mon|chardev=m|", NULL },
    /* QEMU is the client here: somebody else listens. */
    { "qemu|-chardev|socket,id=m,path=/a,reconnect=5|-mon|chardev=m,mode=control|", NULL },
    { "qemu|-chardev|socket,id=e,path=/e,reconnect=5|-mon|chardev=e,mode=control|"
      "-chardev|socket,id=m,path=/a,server=on|-mon|chardev=m,mode=control|",
      "/a" },
    { "qemu|-chardev|socket,id=m,fd=27,server=on|-mon|chardev=m,mode=control|", NULL },
    { "qemu|-chardev|pty,id=m|-mon|chardev=m,mode=control|", NULL },
    { "qemu|-qmp", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *words = g_strdup (rows[i].words);
      gsize length = strlen (words);
      g_autofree char *got = NULL;

      g_strdelimit (words, "|", '\0');
      got = gw_qmp_probe_find_socket (words, length);
      g_assert_cmpstr (got, ==, rows[i].expected);
    }
}

static GPid
owner_of (guint32 inode)
{
  g_autoptr (GwFdOwners) owners = gw_fd_owners_new ();
  const GwFdOwner *owner;

  gw_fd_owners_want_socket (owners, inode);
  gw_fd_owners_look (owners);
  owner = gw_fd_owners_find_socket (owners, inode, 0);
  return owner != NULL ? owner->pid : 0;
}

static void
test_listener_and_client (Fixture *f, gconstpointer data)
{
  g_autofree char *other = g_build_filename (f->folder, "link", NULL);
  g_autoptr (GwSockDiag) diag = NULL;
  g_autoptr (GArray) clients = NULL;
  g_autoptr (GArray) none = NULL;
  int fd, waiting;

  start_qemu (f, "running", "true", "-name x");
  fd = make_socket (f->channel, FALSE);
  hear (f, '+');
  /* In the queue, and not yet accepted. */
  waiting = make_socket (f->channel, FALSE);
  g_assert_cmpint (symlink (f->channel, other), ==, 0);

  diag = gw_sock_diag_read (NULL);
  g_assert_nonnull (diag);
  clients = gw_sock_diag_find_clients (diag, other);
  none = gw_sock_diag_find_clients (diag, f->qmp);
  g_assert_cmpint (owner_of (gw_sock_diag_find_listener (diag, other)), ==,
                   atoi (g_subprocess_get_identifier (f->qemu)));
  g_assert_cmpuint (clients->len, ==, 1);
  g_assert_cmpint (owner_of (g_array_index (clients, guint32, 0)), ==, getpid ());
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (gw_sock_diag_find_listener (diag, "/nonexistent"), ==, 0);
  g_unlink (other);
  close (waiting);
  close (fd);
}

G_GNUC_NORETURN static void
play_client (const char *path)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  make_socket (path, FALSE);
  for (;;)
    pause ();
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/explain/held-by-another", test_held_by_another },
    { "/explain/held-by-ourselves", test_held_by_ourselves },
    { "/explain/paused", test_paused },
    { "/explain/other-status", test_other_status },
    { "/explain/not-opened", test_not_opened },
    { "/explain/deaf", test_deaf },
    { "/explain/no-qmp", test_no_qmp },
    { "/explain/foreign-qmp-is-left-alone", test_foreign_qmp_is_left_alone },
    { "/explain/can-be-cancelled", test_can_be_cancelled },
    { "/explain/listener-and-client", test_listener_and_client },
  };

  if (argc > 5 && strcmp (argv[1], "fake") == 0)
    play_qemu (argv);
  if (argc == 3 && strcmp (argv[1], "client") == 0)
    play_client (argv[2]);
  self = argv[0];
  /* No libvirt of this host has a say. */
  g_setenv ("GUESTWIRE_LIBVIRT", "/bin/false", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/explain/command-lines", test_command_lines);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  return g_test_run ();
}
