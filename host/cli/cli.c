/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the library's asynchronous calls one after another on a small loop of
 * its own, so that a signal can end each of them cleanly. Knows no command of
 * the agent. */

#include "cli.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Someone at a terminal is told after this time what it waits for. */
#define PATIENCE_MS 1500

void
cli_clear (Cli *cli)
{
  cli_release_signals (cli);
  g_clear_object (&cli->client);
  g_clear_object (&cli->cancellable);
  g_clear_pointer (&cli->loop, g_main_loop_unref);
  g_clear_pointer (&cli->words, g_ptr_array_unref);
  g_clear_pointer (&cli->argv, g_free);
}

void
cli_start_clock (Cli *cli)
{
  cli->deadline_us = G_MAXINT64;
  if (cli->timeout_s > 0)
    cli->deadline_us = g_get_monotonic_time () + (gint64) (cli->timeout_s * G_USEC_PER_SEC);
}

/* What is left of the time that the user gave; else @otherwise_ms. */
int
cli_time_left_ms (Cli *cli, int otherwise_ms)
{
  gint64 left_us = cli->deadline_us - g_get_monotonic_time ();

  if (cli->timeout_s == 0)
    return GW_TIMEOUT_NONE;
  if (cli->timeout_s < 0)
    return otherwise_ms;
  return (int) CLAMP ((left_us + 999) / 1000, 1, G_MAXINT);
}

gboolean
cli_time_is_up (Cli *cli)
{
  return g_get_monotonic_time () >= cli->deadline_us;
}

/* --- Signals ------------------------------------------------------------ */

static gboolean
on_signal (Cli *cli, int number)
{
  /* Tidying up takes too long for somebody who says it twice. */
  if (cli->signal != 0)
    {
      signal (number, SIG_DFL);
      raise (number);
    }
  cli->signal = number;
  g_cancellable_cancel (cli->cancellable);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  return on_signal (data, SIGINT);
}

static gboolean
on_terminate (gpointer data)
{
  return on_signal (data, SIGTERM);
}

/* Also again, after cli_release_signals(). */
void
cli_catch_signals (Cli *cli)
{
  if (cli->loop == NULL)
    {
      cli->cancellable = g_cancellable_new ();
      cli->loop = g_main_loop_new (NULL, FALSE);
    }
  cli->signals[0] = g_unix_signal_add (SIGINT, on_interrupt, cli);
  cli->signals[1] = g_unix_signal_add (SIGTERM, on_terminate, cli);
}

/* From here on they end the program at once, also where it blocks in writing
 * to a pipe that nobody reads. */
void
cli_release_signals (Cli *cli)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cli->signals); i++)
    g_clear_handle_id (&cli->signals[i], g_source_remove);
}

/* --- Steps -------------------------------------------------------------- */

/* Somebody at a terminal who waits. */
typedef struct
{
  Cli *cli;
  guint source;
} Patience;

/* The callback of a step. */
void
cli_step_done (GObject *object, GAsyncResult *result, gpointer data)
{
  CliStep *step = data;

  step->result = g_object_ref (result);
  g_main_loop_quit (step->cli->loop);
}

/**
 * cli_step_wait:
 *
 * Returns: (transfer full): what the step's callback was given
 */
GAsyncResult *
cli_step_wait (CliStep *step)
{
  while (step->result == NULL)
    g_main_loop_run (step->cli->loop);
  return g_steal_pointer (&step->result);
}

/* What is missing on this host, or NULL. */
static char *
missing (Cli *cli)
{
  GwAddress *address = gw_client_get_address (cli->client);
  g_autofree char *path = g_strdup (gw_address_get_path (address));
  g_autofree char *folder = NULL;
  g_autofree char *shown = NULL;

  if (gw_address_get_kind (address) == GW_ADDRESS_PIPE)
    {
      g_free (path);
      path = g_strconcat (gw_address_get_path (address), ".in", NULL);
    }
  if (path == NULL || gw_address_get_kind (address) == GW_ADDRESS_UNIX_LISTEN || access (path, F_OK) == 0)
    return NULL;
  folder = g_path_get_dirname (path);
  shown = g_filename_display_name (access (folder, F_OK) == 0 ? path : folder);
  return g_strdup_printf ("%s: %s", shown, g_strerror (errno));
}

static gboolean
on_patience_ends (gpointer data)
{
  Patience *patience = data;
  g_autofree char *why = missing (patience->cli);

  patience->source = 0;
  cli_complain ("%s; still waiting (Ctrl-C stops)", why != NULL ? why : "no agent has answered yet");
  return G_SOURCE_REMOVE;
}

/* What is not there is said at once: it may be a slip of the finger. */
static void
begin_patience (Patience *patience, Cli *cli)
{
  g_autofree char *why = missing (cli);

  patience->cli = cli;
  if (isatty (STDERR_FILENO))
    patience->source = g_timeout_add (why != NULL ? 0 : PATIENCE_MS, on_patience_ends, patience);
}

static gboolean
open_client (Cli *cli, int timeout_ms, GError **error)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  Patience patience = { 0 };

  begin_patience (&patience, cli);
  gw_client_open_async (cli->client, timeout_ms, cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  g_clear_handle_id (&patience.source, g_source_remove);
  return gw_client_open_finish (cli->client, result, error);
}

static gboolean
on_time_up (gpointer data)
{
  GCancellable *asking = data;

  g_cancellable_cancel (asking);
  return G_SOURCE_CONTINUE;
}

static void
cancel_too (GCancellable *cancellable, gpointer asking)
{
  g_cancellable_cancel (asking);
}

/**
 * cli_resolve:
 * @domain: as the user typed it: a domain's name, UUID or id, or an address
 *
 * After cli_catch_signals(). libvirt may be asked, which takes as long as it
 * takes.
 *
 * Returns: (transfer full): where its agent is, or %NULL with an error set
 */
GwAddress *
cli_resolve (Cli *cli, const char *domain, GError **error)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) asking = g_cancellable_new ();
  gulong handler = g_cancellable_connect (cli->cancellable, G_CALLBACK (cancel_too), asking, NULL);
  int left_ms = cli_time_left_ms (cli, GW_TIMEOUT_NONE);
  guint timer = left_ms >= 0 ? g_timeout_add (left_ms, on_time_up, asking) : 0;
  GError *problem = NULL;
  GwAddress *address;

  gw_domain_resolve_async (domain, asking, cli_step_done, &step);
  result = cli_step_wait (&step);
  g_clear_handle_id (&timer, g_source_remove);
  g_cancellable_disconnect (cli->cancellable, handler);
  address = gw_domain_resolve_finish (result, &problem);
  if (cli->signal == 0 && g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&problem);
      problem = g_error_new (GW_ERROR, GW_ERROR_TIMED_OUT, "libvirt did not say in %g s where '%s' is", cli->timeout_s,
                             domain);
    }
  if (problem != NULL)
    g_propagate_error (error, problem);
  return address;
}

/**
 * cli_open:
 * @domain: as the user typed it
 * @otherwise_ms: how long to try if the user did not say
 *
 * Opens the run's client.
 */
gboolean
cli_open (Cli *cli, const char *domain, int otherwise_ms, GError **error)
{
  g_autoptr (GwAddress) address = NULL;

  cli_catch_signals (cli);
  address = cli_resolve (cli, domain, error);
  if (address == NULL)
    return FALSE;
  cli->client = gw_client_new (address);
  gw_client_set_wants_frames (cli->client, cli->wants_frames);
  return open_client (cli, cli_time_left_ms (cli, otherwise_ms), error);
}

/* Opens the run's client once more, if it was lost. Tells nobody. */
gboolean
cli_open_again (Cli *cli, int timeout_ms, GError **error)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;

  gw_client_open_async (cli->client, timeout_ms, cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  return gw_client_open_finish (cli->client, result, error);
}

JsonNode *
cli_call_within (Cli *cli, const char *command, JsonNode *arguments, int timeout_ms, GError **error)
{
  CliStep step = { .cli = cli };
  g_autoptr (GAsyncResult) result = NULL;

  gw_client_call_async (cli->client, command, arguments, timeout_ms, cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  return gw_client_call_finish (cli->client, result, error);
}

/* Within the time that the user gave. */
JsonNode *
cli_call (Cli *cli, const char *command, JsonNode *arguments, GError **error)
{
  int left_ms = cli_time_left_ms (cli, GW_TIMEOUT_DEFAULT);
  g_autoptr (GError) failure = NULL;
  JsonNode *value = cli_call_within (cli, command, arguments, left_ms, &failure);

  /* The library says what was left of it, which nobody asked for. */
  if (g_error_matches (failure, GW_ERROR, GW_ERROR_TIMED_OUT) && cli_time_is_up (cli))
    g_set_error (error, GW_ERROR, GW_ERROR_TIMED_OUT, "%s: no reply in time; the command may have run", command);
  else if (failure != NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return value;
}

static gboolean
on_slept (gpointer data)
{
  Cli *cli = data;

  g_main_loop_quit (cli->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
on_woken (GCancellable *cancellable, gpointer data)
{
  return on_slept (data);
}

/* Returns FALSE if a signal came. */
gboolean
cli_sleep (Cli *cli, guint ms)
{
  g_autoptr (GSource) timer = g_timeout_source_new (ms);
  g_autoptr (GSource) woken = g_cancellable_source_new (cli->cancellable);

  g_source_set_callback (timer, on_slept, cli, NULL);
  g_source_set_callback (woken, G_SOURCE_FUNC (on_woken), cli, NULL);
  g_source_attach (timer, NULL);
  g_source_attach (woken, NULL);
  g_main_loop_run (cli->loop);
  g_source_destroy (timer);
  g_source_destroy (woken);
  return cli->signal == 0;
}

/* Until one comes, which is how a service is told to end. */
void
cli_wait_for_signal (Cli *cli)
{
  g_autoptr (GSource) woken = g_cancellable_source_new (cli->cancellable);

  g_source_set_callback (woken, G_SOURCE_FUNC (on_woken), cli, NULL);
  g_source_attach (woken, NULL);
  while (cli->signal == 0)
    g_main_loop_run (cli->loop);
  g_source_destroy (woken);
}
