/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire cp, push and pull: files into a guest, or out of it. */

#include "cli.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli-place.h"
#include "cli-progress.h"

/* How long an agent may be away between two of its lives. */
#define BACK_MS 5000

typedef struct
{
  Cli *cli;
  gboolean quiet;
  gboolean resume;
  gboolean recursive;
  gboolean sha256;
  gboolean keep_owner;
  char *owner;
  gboolean push;
  GPtrArray *sources; /* of CliPlace* */
  CliPlace target;
} Copying;

static void
place_free (gpointer data)
{
  cli_place_clear (data);
  g_free (data);
}

static void
copying_clear (Copying *copying)
{
  g_clear_pointer (&copying->sources, g_ptr_array_unref);
  cli_place_clear (&copying->target);
  g_free (copying->owner);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Copying, copying_clear)

/* --- One file ----------------------------------------------------------- */

static void
on_progress (GObject *object, GParamSpec *pspec, gpointer data)
{
  GwTransfer *transfer = GW_TRANSFER (object);
  CliProgress *progress = data;

  progress->files = gw_transfer_get_files_done (transfer);
  cli_progress_take (progress, gw_transfer_get_bytes_done (transfer), gw_transfer_get_bytes_total (transfer));
}

static void
on_file_failed (GwTransfer *transfer, const char *untrusted_message, gpointer data)
{
  cli_progress_make_room (data);
  cli_complain ("%s", untrusted_message);
}

/* Of this host. */
static gboolean
is_stream (const CliPlace *place)
{
  return g_str_equal (place->path, "-");
}

static GwTransferFlags
get_flags (const Copying *copying)
{
  return (copying->resume ? GW_TRANSFER_RESUME : 0) | (copying->recursive ? GW_TRANSFER_RECURSIVE : 0)
         | (copying->sha256 ? GW_TRANSFER_SHA256 : 0) | (copying->keep_owner ? GW_TRANSFER_KEEP_OWNER : 0);
}

static GwTransfer *
make_transfer (Copying *copying, const CliPlace *source, gboolean again)
{
  const char *guest = copying->push ? copying->target.path : source->path;
  const char *host = copying->push ? source->path : copying->target.path;
  /* Several go into a directory, and nowhere else. */
  const char *more = copying->sources->len > 1 ? "/" : "";
  g_autofree char *guest_path = g_strconcat (guest, copying->push ? more : "", NULL);
  g_autofree char *host_path = g_strconcat (host, copying->push ? "" : more, NULL);
  GwTransfer *transfer = gw_transfer_new (copying->cli->client, copying->push ? GW_TRANSFER_PUSH : GW_TRANSFER_PULL,
                                          host_path, guest_path);

  gw_transfer_set_flags (transfer, get_flags (copying) | (again ? GW_TRANSFER_RESUME : 0));
  gw_transfer_set_owner (transfer, copying->owner);
  if (is_stream (copying->push ? source : &copying->target))
    gw_transfer_set_host_fd (transfer, copying->push ? STDIN_FILENO : STDOUT_FILENO);
  return transfer;
}

static gboolean
transfer_file (Copying *copying, GwTransfer *transfer, const CliPlace *source, GError **error)
{
  Cli *cli = copying->cli;
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *name = g_path_get_basename (source->path);
  CliProgress progress;
  gboolean copied;

  cli_progress_begin (&progress, name, -1);
  progress.is_shown = progress.is_shown && !copying->quiet;
  g_signal_connect (transfer, "notify::bytes-done", G_CALLBACK (on_progress), &progress);
  g_signal_connect (transfer, "notify::files-done", G_CALLBACK (on_progress), &progress);
  g_signal_connect (transfer, "file-failed", G_CALLBACK (on_file_failed), &progress);
  gw_transfer_run_async (transfer, cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT), cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  copied = gw_transfer_run_finish (transfer, result, error);
  on_progress (G_OBJECT (transfer), NULL, &progress);
  cli_progress_end (&progress, copied);
  return copied;
}

/* As it is printed: a name of this host may be any bytes. */
static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  g_autofree char *shown = g_filename_display_name (text);

  json_builder_set_member_name (json, name);
  json_builder_add_string_value (json, shown);
}

static int
tell (Copying *copying, GwTransfer *transfer)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (!copying->cli->json)
    {
      if (gw_transfer_get_in_place (transfer) && !copying->quiet)
        cli_complain ("the agent runs no programs, so '%s' was written in place, with the permissions that it had",
                      gw_transfer_get_guest_path (transfer));
      return 0;
    }
  json_builder_begin_object (json);
  add_text (json, "host-path", gw_transfer_get_host_path (transfer));
  add_text (json, "guest-path", gw_transfer_get_guest_path (transfer));
  json_builder_set_member_name (json, "bytes");
  json_builder_add_int_value (json, (gint64) gw_transfer_get_bytes_done (transfer));
  if (gw_transfer_get_digest (transfer) != NULL)
    {
      json_builder_set_member_name (json, copying->sha256 ? "sha256" : "xxh64");
      json_builder_add_string_value (json, gw_transfer_get_digest (transfer));
    }
  if (copying->recursive)
    {
      json_builder_set_member_name (json, "files");
      json_builder_add_int_value (json, (gint64) gw_transfer_get_files_done (transfer));
    }
  json_builder_set_member_name (json, "in-place");
  json_builder_add_boolean_value (json, gw_transfer_get_in_place (transfer));
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (copying->cli, root);
}

/* What to do about a copy that failed. */
static void
advise (Copying *copying, GwTransfer *transfer, const GError *error)
{
  if (gw_transfer_get_resumable (transfer))
    cli_complain ("the old file is as it was, and what has come of the new one is kept: run it again with --resume "
                  "to go on from there");
  else if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR) && !copying->recursive)
    cli_complain ("to copy a folder with all that is in it, say --recursive");
  else if (copying->recursive && gw_transfer_get_files_done (transfer) > 0
           && gw_transfer_get_files_failed (transfer) == 0)
    cli_complain ("what was copied until then is there, each file whole; run it again to copy all of it");
}

/* An agent that was stopped well is often restarted. */
static gboolean
is_back (Copying *copying, GwTransfer *transfer, const GError *error)
{
  Cli *cli = copying->cli;

  return gw_transfer_get_resumable (transfer) && g_error_matches (error, GW_ERROR, GW_ERROR_PEER_LOST)
         && cli->signal == 0 && !cli_time_is_up (cli) && cli_open_again (cli, cli_time_left_ms (cli, BACK_MS), NULL);
}

static int
try_one (Copying *copying, const CliPlace *source, gboolean again, gboolean *goes_on)
{
  g_autoptr (GwTransfer) transfer = make_transfer (copying, source, again);
  g_autoptr (GError) error = NULL;
  int status;

  if (transfer_file (copying, transfer, source, &error))
    return tell (copying, transfer);
  *goes_on = !again && is_back (copying, transfer, error);
  if (*goes_on)
    return 0;
  /* Whoever read has enough. */
  if (!copying->push && is_stream (&copying->target) && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_PIPE))
    return 128 + SIGPIPE;
  g_prefix_error (&error, "%s: ", source->path);
  status = cli_fail (copying->cli, error);
  advise (copying, transfer, error);
  return status;
}

static int
copy_one (Copying *copying, const CliPlace *source)
{
  gboolean goes_on = FALSE;
  int status = try_one (copying, source, FALSE, &goes_on);

  return goes_on ? try_one (copying, source, TRUE, &goes_on) : status;
}

/* All of them, also when one fails. */
static int
copy_all (Copying *copying)
{
  int status = 0;

  for (guint i = 0; i < copying->sources->len && copying->cli->signal == 0; i++)
    {
      int failed = copy_one (copying, g_ptr_array_index (copying->sources, i));

      status = failed != 0 ? failed : status;
    }
  return status;
}

/* --- What is asked for -------------------------------------------------- */

/* As of a script's variable that is not set. */
static gboolean
lacks_name (Copying *copying)
{
  gboolean lacks = copying->target.path[0] == '\0';

  for (guint i = 0; i < copying->sources->len; i++)
    lacks = lacks || ((CliPlace *) g_ptr_array_index (copying->sources, i))->path[0] == '\0';
  return lacks;
}

/* What cannot be asked for, or not together. */
static int
check_words (Copying *copying)
{
  Cli *cli = copying->cli;
  gboolean out = !copying->push && is_stream (&copying->target), in = FALSE;

  if (lacks_name (copying))
    return cli_misuse (cli, "a file's name is empty");
  for (guint i = 0; copying->push && i < copying->sources->len; i++)
    in = in || is_stream (g_ptr_array_index (copying->sources, i));
  if ((in || out) && copying->sources->len > 1)
    return cli_misuse (cli, "'-' goes with one file alone");
  if ((in || out) && copying->recursive)
    return cli_misuse (cli, "'-' is no folder: for one, pass on what tar makes of it");
  if ((in || out) && copying->resume)
    return cli_misuse (cli, "'-' cannot be gone on with; name a file");
  if (out && cli->json)
    return cli_misuse (cli, "--json and '-' both want standard output");
  if (out && (copying->owner != NULL || copying->keep_owner))
    return cli_misuse (cli, "'-' has no owner");
  if (copying->resume && copying->recursive)
    return cli_misuse (cli, "--resume goes with single files, and not with --recursive");
  if (copying->owner != NULL && copying->keep_owner)
    return cli_misuse (cli, "--owner and --keep-owner exclude each other");
  return 0;
}

static int
check (Copying *copying, const char **domain)
{
  Cli *cli = copying->cli;
  const CliPlace *first = g_ptr_array_index (copying->sources, 0);

  for (guint i = 0; i < copying->sources->len; i++)
    {
      const CliPlace *source = g_ptr_array_index (copying->sources, i);

      if (g_strcmp0 (source->domain, first->domain) != 0)
        return cli_misuse (cli, "the files to copy are not all in one place");
    }
  if (first->domain == NULL && copying->target.domain == NULL)
    return cli_misuse (cli, "neither is in a guest: that would be DOMAIN:/PATH");
  if (first->domain != NULL && copying->target.domain != NULL)
    return cli_misuse (cli, "both are in a guest: copy to this host first, and then on");
  copying->push = first->domain == NULL;
  if (check_words (copying) != 0)
    return copying->cli->verb->misused;
  *domain = copying->push ? copying->target.domain : first->domain;
  return 0;
}

static int
run (Copying *copying, const char *domain)
{
  Cli *cli = copying->cli;
  g_autoptr (GError) error = NULL;

  cli->wants_frames = TRUE;
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  return copy_all (copying);
}

/* @least: of words, the verb among them */
static gboolean
parse (Copying *copying, int *argc, char ***argv, int least, int *status)
{
  const GOptionEntry entries[] = {
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &copying->quiet, "Show no progress", NULL },
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &copying->recursive, "Copy folders with all that is in them", NULL },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &copying->resume, "Go on with what an interruption left", NULL },
    { "sha256", 0, 0, G_OPTION_ARG_NONE, &copying->sha256, "Check what has come with SHA-256", NULL },
    { "owner", 0, 0, G_OPTION_ARG_STRING, &copying->owner, "Whom it will belong to, where it is written",
      "USER[:GROUP]" },
    { "keep-owner", 0, 0, G_OPTION_ARG_NONE, &copying->keep_owner, "Keep the owner, by number, and set-user-ID bits",
      NULL },
    { 0 },
  };

  if (!cli_parse (copying->cli, entries, argc, argv, status))
    return FALSE;
  copying->sources = g_ptr_array_new_with_free_func (place_free);
  if (*argc >= least)
    return TRUE;
  *status = cli_misuse (copying->cli, *argc == least - 1 ? "where to copy to is missing" : "a file is missing");
  return FALSE;
}

int
verb_cp (Cli *cli, int argc, char **argv)
{
  g_auto (Copying) copying = { .cli = cli };
  const char *domain = NULL;
  int status;

  if (!parse (&copying, &argc, &argv, 3, &status))
    return status;
  for (int i = 1; i < argc - 1; i++)
    {
      CliPlace *source = g_new0 (CliPlace, 1);

      g_ptr_array_add (copying.sources, source);
      cli_place_read (source, argv[i]);
    }
  cli_place_read (&copying.target, argv[argc - 1]);
  status = check (&copying, &domain);
  return status != 0 ? status : run (&copying, domain);
}

/* Where only one side can be meant, names are names, with colons or without. */
static int
copy_one_way (Cli *cli, int argc, char **argv, gboolean push)
{
  g_auto (Copying) copying = { .cli = cli, .push = push };
  int status;

  if (!parse (&copying, &argc, &argv, 4, &status))
    return status;
  for (int i = 2; i < argc - 1; i++)
    {
      CliPlace *source = g_new0 (CliPlace, 1);

      g_ptr_array_add (copying.sources, source);
      source->path = g_strdup (argv[i]);
    }
  copying.target.path = g_strdup (argv[argc - 1]);
  if (check_words (&copying) != 0)
    return cli->verb->misused;
  return run (&copying, argv[1]);
}

int
verb_push (Cli *cli, int argc, char **argv)
{
  return copy_one_way (cli, argc, argv, TRUE);
}

int
verb_pull (Cli *cli, int argc, char **argv)
{
  return copy_one_way (cli, argc, argv, FALSE);
}
