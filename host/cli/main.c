/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guestwire command: finds the verb. What the verbs do is in one file
 * each, and all of it goes through the public library. */

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

#define EXIT_FAILED 1
#define EXIT_MISUSED 2

static const CliVerb verbs[] = {
  { "list", "", "List the virtual machines of this host and their channels",
    "Opens no channel. Who holds one is told in full to root only.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_list, EXIT_FAILED, EXIT_MISUSED },
  { "ping", "DOMAIN", "Ask whether an agent answers, and how fast",
    "Exit status: 0 if it answered, 1 if not, 2 for a wrong command line.", verb_ping, EXIT_FAILED, EXIT_MISUSED },
  { "info", "DOMAIN", "Show the agent, its guest and its commands",
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.", verb_info, EXIT_FAILED, EXIT_MISUSED },
  { "exec", "DOMAIN [OPTION…] [--] PROGRAM [ARGUMENT…]", "Run a program in the guest",
    "The program's output and exit status become this command's own, and signals go to\n"
    "it; it ends with this command. Options end at PROGRAM. With an agent that speaks\n"
    "text only, output comes when the program has ended, and that goes on in the guest\n"
    "when this command is interrupted or its time is up.\n\n"
    "Exit status: the program's; 128+N if signal N ended it; 125 if guestwire failed,\n"
    "126 if the program cannot be run, 127 if it is not there.",
    verb_exec, CLI_EXIT_EXEC, CLI_EXIT_EXEC },
  { "jobs", "DOMAIN", "List the programs that run in the guest on their own",
    "Those that 'guestwire exec --detach' has started, and the last that have ended.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_jobs, EXIT_FAILED, EXIT_MISUSED },
  { "attach", "DOMAIN JOB", "Show what a job prints, until it has ended",
    "What is kept of its output comes first. Ctrl-C leaves it, and it goes on. JOB is an\n"
    "id that 'guestwire jobs' shows, or a name.\n\n"
    "Exit status: the job's; 128+N if signal N ended it; 125 if guestwire failed.",
    verb_attach, CLI_EXIT_EXEC, CLI_EXIT_EXEC },
  { "kill", "DOMAIN JOB…", "Send a signal to jobs",
    "SIGTERM, unless -s says otherwise. It goes to the job's process group.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_kill, EXIT_FAILED, EXIT_MISUSED },
  { "cp", "SOURCE… TARGET", "Copy files into a guest, or out of it",
    "SOURCE or TARGET is in a guest: DOMAIN:PATH, with an absolute PATH. Several SOURCEs\n"
    "go into a directory. A file of this host with a colon in its name is ./NAME; - is\n"
    "standard input or output. The old file stays as it was until the new one is whole.\n\n"
    "Exit status: 0, 1 if a file was not copied, 2 for a wrong command line.",
    verb_cp, EXIT_FAILED, EXIT_MISUSED },
  { "push", "DOMAIN FILE… PATH", "Copy files into a guest",
    "As cp does; PATH is absolute, and of the guest.\n\n"
    "Exit status: 0, 1 if a file was not copied, 2 for a wrong command line.",
    verb_push, EXIT_FAILED, EXIT_MISUSED },
  { "pull", "DOMAIN PATH… FILE", "Copy files out of a guest",
    "As cp does; each PATH is absolute, and of the guest.\n\n"
    "Exit status: 0, 1 if a file was not copied, 2 for a wrong command line.",
    verb_pull, EXIT_FAILED, EXIT_MISUSED },
  { "shell", "DOMAIN [OPTION…] [--] [COMMAND…]", "Log in to the guest",
    "Runs the login shell of root, or of another user. At a terminal it has a terminal,\n"
    "and a line that begins with ~. leaves it (~? tells more); else it reads commands from\n"
    "standard input. With a COMMAND, of one word or more, the shell runs that alone.\n\n"
    "Exit status: the shell's; 128+N if signal N ended it; 125 if guestwire failed.",
    verb_shell, CLI_EXIT_EXEC, CLI_EXIT_EXEC },
  { "forward", "DOMAIN [LISTEN CONNECT]…", "Forward connections of sockets into a guest, or out of it",
    "This host listens on LISTEN, and who connects is connected to CONNECT in the guest;\n"
    "with --reverse the guest listens, and this host connects. An address is HOST:PORT,\n"
    "PORT (of localhost), or a socket's /PATH; to listen, *:PORT is all addresses of the\n"
    "machine, and port 0 any free one. Goes on until a signal comes.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_forward, EXIT_FAILED, EXIT_MISUSED },
  { "events", "DOMAIN [NAME…]", "Show what happens in the guest, as it happens",
    "The agent started, the machine goes down, addresses changed, users logged in and\n"
    "out, jobs ended, file systems were frozen, memory is low: a line each, with --json\n"
    "an object each. NAMEs are of events, as agent-started; without any, all. It goes on\n"
    "when the agent is restarted or the channel is lost, until a signal comes, --count\n"
    "events came, or the time of --timeout is up.\n\n"
    "Exit status: 0, 1 if it failed or fewer than --count events came, 2 for a wrong\n"
    "command line, 128+N for signal N.",
    verb_events, EXIT_FAILED, EXIT_MISUSED },
  { "shutdown", "DOMAIN", "Switch the guest off, or restart it",
    "The guest is asked, and stops its services first. With --wait it is waited for:\n"
    "120 seconds, unless --timeout says otherwise.\n\n"
    "Exit status: 0, 1 if it failed or took too long, 2 for a wrong command line.",
    verb_shutdown, EXIT_FAILED, EXIT_MISUSED },
  { "wait", "DOMAIN [JOB…]", "Wait until an agent answers, or jobs have ended",
    "Waits 60 seconds for an agent unless --timeout says otherwise; for jobs, as long as\n"
    "it takes.\n\n"
    "Exit status: 0 if it answers, 1 if not in time, 2 for a wrong command line. With a\n"
    "JOB that of the last one; 128+N if signal N ended it; 125 if guestwire failed.",
    verb_wait, EXIT_FAILED, EXIT_MISUSED },
  { "call", "DOMAIN COMMAND [JSON | KEY=VALUE…]", "Call one command of the agent and print what it returns",
    "The arguments are one JSON object, or pairs: a VALUE that is JSON is taken as\n"
    "such, any other as a string. On a terminal the result is printed over several\n"
    "lines, else in one.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_call, EXIT_FAILED, EXIT_MISUSED },
  { "chardev", "convert …", "Convert serial ports, consoles and channels between libvirt, QEMU and Xen",
    "'guestwire chardev --help' tells more.", verb_chardev, EXIT_FAILED, EXIT_MISUSED },
  { "serve", "DOMAIN [unix:PATH]", "Offer a guest's channel on a unix socket",
    "Bytes go both ways as they are, for one client at a time. Without unix:PATH the\n"
    "socket is /run/guestwire/DOMAIN.sock. It is served until a signal comes.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    verb_serve, EXIT_FAILED, EXIT_MISUSED },
};

static const CliVerb no_verb = { .name = "", .misused = EXIT_MISUSED };

static char *
list_verbs (void)
{
  GString *text = g_string_new ("Verbs:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
  g_string_append (text, "\nA DOMAIN is a virtual machine's name, UUID or id, or the address of its channel,\n"
                         "as unix:PATH or pty:PATH. 'guestwire VERB --help' tells more of one verb.");
  return g_string_free (text, FALSE);
}

static const CliVerb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, name) == 0)
      return &verbs[i];
  return NULL;
}

static int
unknown_verb (const char *name)
{
  GString *names = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ", verbs[i].name);
  cli_complain ("there is no verb '%s': the verbs are %s", name, names->str);
  g_string_free (names, TRUE);
  if (find_verb (name) == NULL && strchr (name, ':') != NULL)
    cli_complain ("the verb comes first: guestwire ping %s", name);
  return EXIT_MISUSED;
}

static int
run (Cli *cli, int argc, char **argv)
{
  g_autofree char *name = NULL;

  if (argc < 2)
    return cli_misuse (cli, "a verb is missing");
  cli->verb = find_verb (argv[1]);
  if (cli->verb == NULL)
    return unknown_verb (argv[1]);
  name = g_strconcat ("guestwire ", cli->verb->name, NULL);
  g_set_prgname (name);
  return cli->verb->run (cli, argc - 1, argv + 1);
}

/* Whatever is opened would take the place of a standard stream that is closed,
 * and output go into a channel. So something stands there that can only be used
 * the other way round: using it is the error that it is on a closed one. */
static void
hold_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
      open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* GOption prints help and ends the program by itself. */
static void
check_standard_output (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return;
  cli_complain ("cannot write to standard output");
  _exit (EXIT_FAILED);
}

int
main (int argc, char **argv)
{
  Cli cli = { .verb = &no_verb, .timeout_s = -1 };
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("VERB …");
  g_autoptr (GError) error = NULL;
  g_autofree char *description = list_verbs ();
  int status;

  hold_standard_streams ();
  atexit (check_standard_output);
  setlocale (LC_ALL, "");
  /* Writing to a closed pipe is an error to handle. */
  signal (SIGPIPE, SIG_IGN);
  g_set_prgname ("guestwire");

  g_option_context_set_summary (context, "Talks to the agent in a virtual machine through its console port.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, cli_common_options (&cli), NULL);
  g_option_context_set_strict_posix (context, TRUE);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !cli_check_timeout (&cli, &error))
    return cli_misuse (&cli, "%s", error->message);

  if (version)
    status = cli_print (&cli, "guestwire " GW_VERSION "\n");
  else
    status = run (&cli, argc, argv);
  cli_clear (&cli);
  return status;
}
