/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire events: what happens in a guest, a line each, until it is enough. */

#include "cli.h"

#include <string.h>

#include "cli-event.h"

/* Events that are wanted, where no number was told. */
#define ALL G_MAXINT

typedef struct
{
  Cli *cli;
  GwFollower *follower;
  int count;  /* so many are wanted */
  int printed;
  gboolean over;
  int status; /* of the whole */
} Following;

/* Behind which event it begins. */
typedef struct
{
  gboolean now; /* behind what there is */
  char *instance; /* NULL: any */
  guint64 number;
} Since;

static void
end (Following *following, int status)
{
  if (!following->over)
    following->status = status;
  following->over = TRUE;
  g_main_loop_quit (following->cli->loop);
}

/* --- Lines -------------------------------------------------------------- */

static void
print_line (Following *following, const char *text)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  int status = cli_print (following->cli, line);

  if (status != 0)
    end (following, status);
}

static void
print_object (Following *following, JsonBuilder *json)
{
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  int status = cli_print_json (following->cli, root);

  if (status != 0)
    end (following, status);
}

static char *
local_time (gint64 untrusted_time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (untrusted_time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("(no time)          ");
}

static void
print_event (Following *following, const char *untrusted_instance, guint64 number, gint64 untrusted_time_us,
             const char *untrusted_name, JsonNode *untrusted_data)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autofree char *time = local_time (untrusted_time_us);
  g_autofree char *text = cli_event_describe (untrusted_name, untrusted_data);
  g_autofree char *safe = cli_escape (text, -1);
  g_autofree char *line = g_strdup_printf ("%s  %s", time, safe);

  if (!following->cli->json)
    {
      print_line (following, line);
      return;
    }
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "instance");
  json_builder_add_string_value (json, untrusted_instance);
  json_builder_set_member_name (json, "number");
  json_builder_add_int_value (json, number);
  json_builder_set_member_name (json, "time-us");
  json_builder_add_int_value (json, untrusted_time_us);
  json_builder_set_member_name (json, "event");
  json_builder_add_string_value (json, untrusted_name);
  json_builder_set_member_name (json, "data");
  json_builder_add_value (json, json_node_copy (untrusted_data));
  json_builder_end_object (json);
  print_object (following, json);
}

/* --- What comes --------------------------------------------------------- */

static void
on_event (GwFollower *follower, const char *untrusted_instance, guint64 number, gint64 untrusted_time_us,
          const char *untrusted_name, JsonNode *untrusted_data, gpointer data)
{
  Following *following = data;

  if (following->over)
    return;
  print_event (following, untrusted_instance, number, untrusted_time_us, untrusted_name, untrusted_data);
  if (++following->printed == following->count)
    end (following, 0);
}

static void
on_gap (GwFollower *follower, guint64 lost, gpointer data)
{
  Following *following = data;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autofree char *line = lost > 0 ? g_strdup_printf ("--                   %" G_GUINT64_FORMAT " events before this are gone", lost)
                                   : g_strdup ("--                   the guest was set back: events before this may be gone");

  if (following->over)
    return;
  if (!following->cli->json)
    {
      print_line (following, line);
      return;
    }
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "lost");
  if (lost > 0)
    json_builder_add_int_value (json, lost);
  else
    json_builder_add_null_value (json);
  json_builder_end_object (json);
  print_object (following, json);
}

static void
on_ended (GwFollower *follower, const GError *error, gpointer data)
{
  Following *following = data;

  end (following, cli_fail (following->cli, error));
}

static void
on_state (GObject *client, GParamSpec *pspec, gpointer data)
{
  Following *following = data;

  if (!following->over && gw_client_get_state (GW_CLIENT (client)) == GW_CLIENT_OPENING)
    cli_complain ("the channel is lost; waiting for it");
}

/* --- Following ---------------------------------------------------------- */

static gboolean
start (Following *following, GError **error)
{
  CliStep step = { .cli = following->cli };
  g_autoptr (GAsyncResult) result = NULL;

  gw_follower_start_async (following->follower, cli_time_left_ms (following->cli, GW_TIMEOUT_DEFAULT),
                           following->cli->cancellable, cli_step_done, &step);
  result = cli_step_wait (&step);
  return gw_follower_start_finish (following->follower, result, error);
}

static gboolean
on_time_up (gpointer data)
{
  Following *following = data;

  /* Without a number to wait for it is what was asked for. */
  if (following->count < ALL)
    cli_complain ("%d of %d events came in %g s", following->printed, following->count, following->cli->timeout_s);
  end (following, following->count < ALL ? following->cli->verb->failed : 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (GCancellable *cancellable, gpointer data)
{
  Following *following = data;

  end (following, 128 + following->cli->signal);
  return G_SOURCE_CONTINUE;
}

static int
follow (Following *following)
{
  Cli *cli = following->cli;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSource) cancelled = g_cancellable_source_new (cli->cancellable);
  int left_ms;
  guint timer;

  g_signal_connect (following->follower, "event", G_CALLBACK (on_event), following);
  g_signal_connect (following->follower, "gap", G_CALLBACK (on_gap), following);
  g_signal_connect (following->follower, "ended", G_CALLBACK (on_ended), following);
  if (!start (following, &error))
    return cli_fail (cli, error);
  g_signal_connect (cli->client, "notify::state", G_CALLBACK (on_state), following);
  left_ms = cli_time_left_ms (cli, GW_TIMEOUT_NONE);
  timer = left_ms >= 0 ? g_timeout_add (left_ms, on_time_up, following) : 0;
  g_source_set_callback (cancelled, G_SOURCE_FUNC (on_signal), following, NULL);
  g_source_attach (cancelled, NULL);
  while (!following->over)
    g_main_loop_run (cli->loop);
  g_clear_handle_id (&timer, g_source_remove);
  g_source_destroy (cancelled);
  gw_follower_stop (following->follower);
  return following->status;
}

/* --- The verb ----------------------------------------------------------- */

/* "all", "now", or INSTANCE:NUMBER as --json has them. */
static gboolean
parse_since (const char *since, Since *from)
{
  g_auto (GStrv) words = g_strsplit (since, ":", 2);

  from->now = g_str_equal (since, "now");
  if (from->now || g_str_equal (since, "all"))
    return TRUE;
  if (g_strv_length (words) != 2 || words[0][0] == '\0'
      || !g_ascii_string_to_unsigned (words[1], 10, 0, G_MAXINT64, &from->number, NULL))
    return FALSE;
  from->instance = g_strdup (words[0]);
  return TRUE;
}

static int
run (Following *following, const char *domain, const Since *from, char **names)
{
  Cli *cli = following->cli;
  g_autoptr (GError) error = NULL;
  g_autoptr (GwFollower) follower = NULL;
  int status;

  for (char **name = names; *name != NULL; name++)
    if (!cli_event_is_known (*name))
      cli_complain ("this guestwire knows of no event '%s'; the agent is asked for it all the same", *name);
  cli->wants_frames = TRUE;
  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  following->follower = follower = gw_follower_new (cli->client);
  if (*names != NULL)
    gw_follower_set_names (follower, (const char *const *) names);
  if (!from->now)
    gw_follower_set_after (follower, from->instance, from->number);
  status = follow (following);
  g_signal_handlers_disconnect_by_data (cli->client, following);
  g_signal_handlers_disconnect_by_data (follower, following);
  return status;
}

int
verb_events (Cli *cli, int argc, char **argv)
{
  Following following = { .cli = cli, .count = ALL };
  Since from = { 0 };
  g_autofree char *since = NULL;
  const GOptionEntry entries[] = {
    { "since", 0, 0, G_OPTION_ARG_STRING, &since,
      "Begin with what happened before: all that the agent has, or what came after INSTANCE:NUMBER; without it, with now",
      "all|now|INSTANCE:NUMBER" },
    { "count", 'c', 0, G_OPTION_ARG_INT, &following.count, "End after so many events", "COUNT" },
    { 0 },
  };
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (argc < 2)
    return cli_misuse (cli, "a domain is missing");
  if (following.count < 1)
    return cli_misuse (cli, "--count takes a number from 1 on");
  if (!parse_since (since != NULL ? since : "now", &from))
    return cli_misuse (cli, "--since takes all, now, or INSTANCE:NUMBER of the last event that was seen");
  status = run (&following, argv[1], &from, argv + 2);
  g_free (from.instance);
  return status;
}
