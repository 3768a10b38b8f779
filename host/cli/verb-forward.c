/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire forward: connections of sockets into a guest and out of it, until a
 * signal comes. */

#include "cli.h"

#include "cli-pair.h"

typedef struct
{
  char **to_guest; /* pairs in one word */
  char **to_host;
  gboolean reverse;
  gboolean verbose;
  char *mode;
  guint mode_bits;
} Options;

typedef struct
{
  Cli *cli;
  const char *domain;
  gboolean verbose;
  guint mode;
  gboolean ready;
  GPtrArray *forwards; /* of GwForward */
  char *lost;          /* what was told last */
} Run;

/* --- What happens ------------------------------------------------------- */

static const char *
name_peer (const char *peer)
{
  return peer[0] != '\0' ? peer : "a client";
}

static void
on_opened (GwForward *forward, guint64 id, const char *peer, gpointer data)
{
  Run *run = data;

  if (run->verbose)
    cli_complain ("%" G_GUINT64_FORMAT ": %s is connected to %s", id, name_peer (peer),
                  gw_forward_get_connect (forward));
}

static void
on_failed (GwForward *forward, guint64 id, const char *peer, const GError *error, gpointer data)
{
  cli_complain ("%" G_GUINT64_FORMAT ": %s is not connected to %s: %s", id, name_peer (peer),
                gw_forward_get_connect (forward), error->message);
}

static void
on_closed (GwForward *forward, guint64 id, guint64 to_guest, guint64 to_host, const GError *error, gpointer data)
{
  Run *run = data;

  if (run->verbose)
    cli_complain ("%" G_GUINT64_FORMAT ": closed after %" G_GUINT64_FORMAT " bytes to the guest and %" G_GUINT64_FORMAT
                  " from it%s%s",
                  id, to_guest, to_host, error != NULL ? ": " : "", error != NULL ? error->message : "");
}

/* Once for each reason. */
static void
on_lost (GwForward *forward, const GError *error, gpointer data)
{
  Run *run = data;

  if (g_strcmp0 (run->lost, error->message) == 0)
    return;
  g_free (run->lost);
  run->lost = g_strdup (error->message);
  cli_complain ("%s in the guest is not listened on for now: %s", gw_forward_get_listen (forward),
                error->message);
}

static void
on_listening (GObject *object, GParamSpec *pspec, gpointer data)
{
  Run *run = data;

  if (run->ready && gw_forward_get_listening (GW_FORWARD (object)))
    cli_complain ("%s in the guest is listened on again", gw_forward_get_listen (GW_FORWARD (object)));
  g_clear_pointer (&run->lost, g_free);
}

static void
on_state (GObject *object, GParamSpec *pspec, gpointer data)
{
  Run *run = data;

  if (!run->ready || gw_client_get_state (GW_CLIENT (object)) == GW_CLIENT_OPENING)
    return;
  if (gw_client_get_state (GW_CLIENT (object)) == GW_CLIENT_OPEN)
    cli_complain ("the agent is there again");
  else
    cli_complain ("the agent is lost, and connections with it; the next one looks for it again");
}

/* --- The run ------------------------------------------------------------ */

static gboolean
start (Run *run, GwForward *forward, GError **error)
{
  CliStep step = { .cli = run->cli };
  g_autoptr (GAsyncResult) result = NULL;

  g_signal_connect (forward, "connection-opened", G_CALLBACK (on_opened), run);
  g_signal_connect (forward, "connection-failed", G_CALLBACK (on_failed), run);
  g_signal_connect (forward, "connection-closed", G_CALLBACK (on_closed), run);
  g_signal_connect (forward, "lost", G_CALLBACK (on_lost), run);
  gw_forward_start_async (forward, cli_time_left_ms (run->cli, GW_TIMEOUT_DEFAULT), run->cli->cancellable, cli_step_done,
                          &step);
  result = cli_step_wait (&step);
  if (!gw_forward_start_finish (forward, result, error))
    return FALSE;
  if (gw_forward_get_direction (forward) == GW_FORWARD_TO_HOST)
    g_signal_connect (forward, "notify::listening", G_CALLBACK (on_listening), run);
  return TRUE;
}

static int
tell_json (Cli *cli, GwForward *forward)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "listen");
  json_builder_add_string_value (json, gw_forward_get_listen (forward));
  json_builder_set_member_name (json, "connect");
  json_builder_add_string_value (json, gw_forward_get_connect (forward));
  json_builder_set_member_name (json, "reverse");
  json_builder_add_boolean_value (json, gw_forward_get_direction (forward) == GW_FORWARD_TO_HOST);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

static int
tell_ready (Run *run, GwForward *forward)
{
  gboolean to_host = gw_forward_get_direction (forward) == GW_FORWARD_TO_HOST;
  g_autofree char *domain = cli_escape (run->domain, -1);
  g_autofree char *from = cli_escape (gw_forward_get_listen (forward), -1);
  g_autofree char *to = cli_escape (gw_forward_get_connect (forward), -1);
  g_autofree char *line = NULL;

  if (run->cli->json)
    return tell_json (run->cli, forward);
  if (to_host)
    line = g_strdup_printf ("%s in %s is forwarded to %s\n", from, domain, to);
  else
    line = g_strdup_printf ("%s is forwarded to %s in %s\n", from, to, domain);
  return cli_print (run->cli, line);
}

static int
start_all (Run *run)
{
  int status = 0;

  for (guint i = 0; i < run->forwards->len; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!start (run, g_ptr_array_index (run->forwards, i), &error))
        return cli_fail (run->cli, error);
    }
  for (guint i = 0; i < run->forwards->len && status == 0; i++)
    status = tell_ready (run, g_ptr_array_index (run->forwards, i));
  return status;
}

static void
add (Run *run, GwForwardDirection direction, const char *listen, const char *connect)
{
  GwForward *forward = gw_forward_new (run->cli->client, direction, listen, connect);

  gw_forward_set_mode (forward, run->mode);
  g_ptr_array_add (run->forwards, forward);
}

static void
add_words (Run *run, GwForwardDirection direction, char **words)
{
  for (; words != NULL && *words != NULL; words++)
    {
      g_autofree char *listen = NULL;
      g_autofree char *connect = NULL;

      if (cli_pair_split (*words, &listen, &connect))
        add (run, direction, listen, connect);
    }
}

static void
stop_all (Run *run)
{
  for (guint i = 0; i < run->forwards->len; i++)
    {
      GwForward *forward = g_ptr_array_index (run->forwards, i);

      g_signal_handlers_disconnect_by_data (forward, run);
      gw_forward_stop (forward);
    }
  g_signal_handlers_disconnect_by_data (run->cli->client, run);
}

/* @pairs: two words each */
static int
forward (Cli *cli, const char *domain, char **pairs, int n_pairs, const Options *options)
{
  Run run = { .cli = cli, .domain = domain, .verbose = options->verbose, .mode = options->mode_bits };
  g_autoptr (GError) error = NULL;
  int status;

  cli->wants_frames = TRUE;
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  run.forwards = g_ptr_array_new_with_free_func (g_object_unref);
  for (int i = 0; i < n_pairs; i++)
    add (&run, options->reverse ? GW_FORWARD_TO_HOST : GW_FORWARD_TO_GUEST, pairs[2 * i], pairs[2 * i + 1]);
  add_words (&run, GW_FORWARD_TO_GUEST, options->to_guest);
  add_words (&run, GW_FORWARD_TO_HOST, options->to_host);
  g_signal_connect (cli->client, "notify::state", G_CALLBACK (on_state), &run);
  status = start_all (&run);
  run.ready = TRUE;
  if (status == 0)
    cli_wait_for_signal (cli);
  stop_all (&run);
  gw_client_close (cli->client);
  g_ptr_array_unref (run.forwards);
  g_free (run.lost);
  return status;
}

static gboolean
check_words (char option, char **words, GError **error)
{
  for (; words != NULL && *words != NULL; words++)
    {
      g_autofree char *listen = NULL;
      g_autofree char *connect = NULL;

      if (!cli_pair_split (*words, &listen, &connect))
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "-%c takes [HOST:]PORT:HOST:PORT, where a /PATH may stand for either side, not '%s'", option,
                       *words);
          return FALSE;
        }
    }
  return TRUE;
}

int
verb_forward (Cli *cli, int argc, char **argv)
{
  Options options = { .mode_bits = 0600 };
  const GOptionEntry entries[] = {
    { "local", 'L', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.to_guest, "Another pair, as ssh has them",
      "LISTEN:CONNECT" },
    { "remote", 'R', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.to_host, "One that listens in the guest",
      "LISTEN:CONNECT" },
    { "reverse", 'r', 0, G_OPTION_ARG_NONE, &options.reverse, "LISTEN is in the guest, and CONNECT on this host", NULL },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode, "Permission bits of unix sockets to listen on (600 if not said)",
      "OCTAL" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options.verbose, "Tell of each connection", NULL },
    { 0 },
  };
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    ;
  else if (argc < 2)
    status = cli_misuse (cli, "a domain is missing");
  else if (argc == 2 && options.to_guest == NULL && options.to_host == NULL)
    status = cli_misuse (cli, "an address to listen on is missing");
  else if (argc % 2 != 0)
    status = cli_misuse (cli, "'%s' has no address to connect to behind it", argv[argc - 1]);
  else if (options.mode != NULL && !cli_read_mode (options.mode, &options.mode_bits))
    status = cli_misuse (cli, "--mode takes an octal number up to 777");
  else if (!check_words ('L', options.to_guest, &error) || !check_words ('R', options.to_host, &error))
    status = cli_misuse (cli, "%s", error->message);
  else
    status = forward (cli, argv[1], argv + 2, (argc - 2) / 2, &options);
  g_strfreev (options.to_guest);
  g_strfreev (options.to_host);
  g_free (options.mode);
  return status;
}
