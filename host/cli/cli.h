/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <guestwire.h>

#include "cli-escape.h"

/* One run of the command: its options, its client and what may end it early.
 * Only here does the command turn a main loop. */
typedef struct
{
  const struct CliVerb *verb;
  double timeout_s;       /* of the whole run; 0: none, below 0: not given */
  gboolean json;
  gint64 deadline_us;     /* of the whole run; G_MAXINT64: none */
  GMainLoop *loop;
  GCancellable *cancellable;
  GwClient *client;
  gboolean wants_frames;  /* of the client */
  guint signals[2];
  int signal;             /* the one that came, or 0 */
  GPtrArray *words;       /* of the command line, taken apart */
  char **argv;            /* those that are left */
} Cli;

/* One of the library's asynchronous functions: it is given cli_step_done() and
 * the step, and then cli_step_wait() has its result. */
typedef struct
{
  Cli *cli;
  GAsyncResult *result;
} CliStep;

typedef struct CliVerb
{
  const char *name;
  const char *usage;   /* what stands behind the name */
  const char *summary; /* one line */
  const char *description;
  int (*run) (Cli *cli, int argc, char **argv);
  int failed; /* exit status of our own failures */
  int misused; /* exit status when the command line is wrong */
} CliVerb;

/* Of what failed here, where other numbers are a program's own, as with docker. */
#define CLI_EXIT_EXEC 125

/* cli.c */
void cli_clear (Cli *cli);
void cli_start_clock (Cli *cli);
void cli_catch_signals (Cli *cli);
void cli_release_signals (Cli *cli);
int cli_time_left_ms (Cli *cli, int otherwise_ms);
gboolean cli_time_is_up (Cli *cli);
GwAddress *cli_resolve (Cli *cli, const char *domain, GError **error);
gboolean cli_open (Cli *cli, const char *domain, int otherwise_ms, GError **error);
gboolean cli_open_again (Cli *cli, int timeout_ms, GError **error);
JsonNode *cli_call (Cli *cli, const char *command, JsonNode *arguments, GError **error);
JsonNode *cli_call_within (Cli *cli, const char *command, JsonNode *arguments, int timeout_ms, GError **error);
void cli_step_done (GObject *object, GAsyncResult *result, gpointer step);
GAsyncResult *cli_step_wait (CliStep *step) G_GNUC_WARN_UNUSED_RESULT;
gboolean cli_sleep (Cli *cli, guint ms);
void cli_wait_for_signal (Cli *cli);

/* cli-options.c */
gboolean cli_parse (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status);
gboolean cli_parse_until_program (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status);
const GOptionEntry *cli_common_options (Cli *cli);
gboolean cli_read_mode (const char *text, guint *mode);
gboolean cli_check_timeout (Cli *cli, GError **error);

/* cli-error.c */
void cli_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);
int cli_fail (Cli *cli, const GError *error);
int cli_exit_status (GwProcess *process);
int cli_misuse (Cli *cli, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* cli-output.c */
int cli_write (int fd, const void *data, gsize length);
int cli_print (Cli *cli, const char *text);
int cli_print_json (Cli *cli, JsonNode *value);

/* One file each. */
int verb_call (Cli *cli, int argc, char **argv);
int verb_chardev (Cli *cli, int argc, char **argv);
int cli_chardev_convert (Cli *cli, int argc, char **argv);
int cli_chardev_show (Cli *cli, int argc, char **argv);
int verb_cp (Cli *cli, int argc, char **argv);
int verb_push (Cli *cli, int argc, char **argv);
int verb_pull (Cli *cli, int argc, char **argv);
int verb_events (Cli *cli, int argc, char **argv);
int verb_exec (Cli *cli, int argc, char **argv);
int verb_forward (Cli *cli, int argc, char **argv);
int verb_info (Cli *cli, int argc, char **argv);
int verb_list (Cli *cli, int argc, char **argv);
int verb_ping (Cli *cli, int argc, char **argv);
int verb_serve (Cli *cli, int argc, char **argv);
int verb_shell (Cli *cli, int argc, char **argv);
int verb_shutdown (Cli *cli, int argc, char **argv);
int verb_attach (Cli *cli, int argc, char **argv);
int verb_jobs (Cli *cli, int argc, char **argv);
int verb_kill (Cli *cli, int argc, char **argv);
int verb_wait (Cli *cli, int argc, char **argv);
