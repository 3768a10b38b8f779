/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire shutdown: ends or restarts a guest, and waits for that if asked. */

#include "cli.h"

#include <string.h>

/* A guest that stops its services takes its time. */
#define WAIT_S 120.0

/* The agent answers when its shutdown program has ended. */
#define ASK_MS 10000

/* Between two looks at the guest, and how long one may take. */
#define LOOK_PAUSE_MS 500
#define LOOK_MS 2000

/* The hypervisor may keep its socket while the guest is gone. An agent that
 * lets so many looks in a row pass is gone too. */
#define SILENT_LOOKS 2

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

typedef enum
{
  ANSWERS,
  SILENT,
  CLOSED, /* there is no channel any more */
  FAILED, /* to be told */
} Sign;

typedef struct
{
  Cli *cli;
  gboolean reboot;
  gboolean halt;
  gboolean wait;
  char *boot_id; /* before; NULL if it cannot be known */
} Shutdown;

/* --- Which boot is it? -------------------------------------------------- */

static JsonNode *
with_handle (gint64 handle, gint64 count)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "handle");
  json_builder_add_int_value (json, handle);
  if (count > 0)
    {
      json_builder_set_member_name (json, "count");
      json_builder_add_int_value (json, count);
    }
  json_builder_end_object (json);
  return json_builder_get_root (json);
}

/* What the guest's kernel makes up at each boot, as the agent sends it. NULL if
 * this agent or guest does not tell. */
static char *
read_boot_id (Cli *cli)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) handle = NULL;
  g_autoptr (JsonNode) closed = NULL;
  g_autoptr (JsonNode) untrusted_value = NULL;
  g_autoptr (JsonNode) with = NULL;
  g_autoptr (JsonNode) with_count = NULL;
  JsonNode *text = NULL;

  json_node_take_object (arguments, json_object_new ());
  json_object_set_string_member (json_node_get_object (arguments), "path", BOOT_ID);
  handle = cli_call_within (cli, "guest-file-open", arguments, LOOK_MS, NULL);
  if (handle == NULL || !JSON_NODE_HOLDS_VALUE (handle) || json_node_get_value_type (handle) != G_TYPE_INT64)
    return NULL;
  with_count = with_handle (json_node_get_int (handle), 64);
  untrusted_value = cli_call_within (cli, "guest-file-read", with_count, LOOK_MS, NULL);
  with = with_handle (json_node_get_int (handle), 0);
  closed = cli_call_within (cli, "guest-file-close", with, LOOK_MS, NULL);
  if (untrusted_value != NULL && JSON_NODE_HOLDS_OBJECT (untrusted_value))
    text = json_object_get_member (json_node_get_object (untrusted_value), "buf-b64");
  if (text == NULL || json_node_get_value_type (text) != G_TYPE_STRING)
    return NULL;
  return g_strdup (json_node_get_string (text));
}

/* --- Waiting ------------------------------------------------------------ */

static Sign
look (Cli *cli, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (JsonNode) value = NULL;

  if (gw_client_get_state (cli->client) == GW_CLIENT_CLOSED && !cli_open_again (cli, LOOK_MS, &failure))
    ;
  else
    value = cli_call_within (cli, "guest-ping", NULL, LOOK_MS, &failure);
  /* An agent that could not read the question is there as well. */
  if (value != NULL
      || (g_error_matches (failure, GW_ERROR, GW_ERROR_PEER_LOST) && gw_client_get_state (cli->client) == GW_CLIENT_OPEN))
    return ANSWERS;
  if (g_error_matches (failure, GW_ERROR, GW_ERROR_TIMED_OUT)
      || g_error_matches (failure, GW_ERROR, GW_ERROR_NO_ANSWER))
    return SILENT;
  if (g_error_matches (failure, GW_ERROR, GW_ERROR_CONNECT) || g_error_matches (failure, GW_ERROR, GW_ERROR_PEER_LOST)
      || g_error_matches (failure, GW_ERROR, GW_ERROR_NOT_DELIVERED))
    return CLOSED;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FAILED;
}

static gboolean
is_another_boot (Shutdown *shutdown)
{
  g_autofree char *boot_id = read_boot_id (shutdown->cli);

  return boot_id != NULL && strcmp (boot_id, shutdown->boot_id) != 0;
}

/* @gone: whether it was seen to be away */
static gboolean
is_done (Shutdown *shutdown, Sign sign, gboolean gone)
{
  if (!shutdown->reboot)
    return gone;
  if (sign != ANSWERS)
    return FALSE;
  return shutdown->boot_id != NULL ? is_another_boot (shutdown) : gone;
}

static gboolean
wait_for_it (Shutdown *shutdown, GError **error)
{
  Cli *cli = shutdown->cli;
  gboolean gone = FALSE;
  guint silent = 0;

  for (;;)
    {
      Sign sign = look (cli, error);

      if (sign == FAILED)
        return FALSE;
      silent = sign == SILENT ? silent + 1 : 0;
      gone = gone || sign == CLOSED || silent >= SILENT_LOOKS;
      if (is_done (shutdown, sign, gone))
        return TRUE;
      if (cli_time_is_up (cli))
        {
          g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "the guest has not %s in %g s",
                       gone ? "come back" : "gone down", cli->timeout_s);
          return FALSE;
        }
      if (!cli_sleep (cli, LOOK_PAUSE_MS))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "interrupted; the guest goes on with it");
          return FALSE;
        }
    }
}

/* --- The verb ----------------------------------------------------------- */

static const char *
mode_of (const Shutdown *shutdown)
{
  return shutdown->reboot ? "reboot" : shutdown->halt ? "halt" : "powerdown";
}

/* A guest that is quick takes its agent or its channel with it, and no answer
 * comes. */
static gboolean
went_at_once (Shutdown *shutdown, const GError *failure)
{
  if (g_error_matches (failure, GW_ERROR, GW_ERROR_PEER_LOST))
    return TRUE;
  if (!g_error_matches (failure, GW_ERROR, GW_ERROR_TIMED_OUT) || cli_time_is_up (shutdown->cli))
    return FALSE;
  return shutdown->wait || look (shutdown->cli, NULL) != ANSWERS;
}

static gboolean
ask_for_it (Shutdown *shutdown, GError **error)
{
  g_autoptr (JsonNode) arguments = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) value = NULL;
  g_autoptr (GError) failure = NULL;
  int left_ms = cli_time_left_ms (shutdown->cli, ASK_MS);

  json_node_take_object (arguments, json_object_new ());
  json_object_set_string_member (json_node_get_object (arguments), "mode", mode_of (shutdown));
  value = cli_call_within (shutdown->cli, "guest-shutdown", arguments, left_ms < 0 ? ASK_MS : MIN (left_ms, ASK_MS),
                           &failure);
  if (value != NULL || went_at_once (shutdown, failure))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static int
tell (Shutdown *shutdown)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  if (!shutdown->cli->json)
    return 0;
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "mode");
  json_builder_add_string_value (json, mode_of (shutdown));
  json_builder_set_member_name (json, "done");
  json_builder_add_boolean_value (json, shutdown->wait);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (shutdown->cli, root);
}

static int
run (Shutdown *shutdown, const char *domain)
{
  Cli *cli = shutdown->cli;
  g_autoptr (GError) error = NULL;

  if (!cli_open (cli, domain, GW_TIMEOUT_DEFAULT, &error))
    return cli_fail (cli, error);
  if (shutdown->wait && shutdown->reboot)
    shutdown->boot_id = read_boot_id (cli);
  if (!ask_for_it (shutdown, &error))
    {
      int status = cli_fail (cli, error);

      /* qemu-ga runs shutdown +0, which needs logind where there is systemd. */
      if (g_error_matches (error, GW_ERROR, GW_ERROR_GUEST))
        cli_complain ("'guestwire exec %s -- %s' may do what the agent could not", domain,
                      shutdown->reboot ? "reboot" : "poweroff");
      return status;
    }
  if (shutdown->wait && cli->timeout_s < 0)
    {
      cli->timeout_s = WAIT_S;
      cli_start_clock (cli);
    }
  if (shutdown->wait && !wait_for_it (shutdown, &error))
    return cli_fail (cli, error);
  return tell (shutdown);
}

int
verb_shutdown (Cli *cli, int argc, char **argv)
{
  Shutdown shutdown = { .cli = cli };
  const GOptionEntry entries[] = {
    { "reboot", 0, 0, G_OPTION_ARG_NONE, &shutdown.reboot, "Restart it", NULL },
    { "halt", 0, 0, G_OPTION_ARG_NONE, &shutdown.halt, "Stop it without switching it off", NULL },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &shutdown.wait, "Wait until the agent is gone; with --reboot, is back", NULL },
    { 0 },
  };
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  if (shutdown.reboot && shutdown.halt)
    return cli_misuse (cli, "--reboot and --halt exclude each other");
  status = run (&shutdown, argv[1]);
  g_free (shutdown.boot_id);
  return status;
}
