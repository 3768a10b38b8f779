/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands by which two sides find out that they talk to each other. */

#include "gw-command.h"

static void
run_sync (GwCall *call, JsonObject *arguments)
{
  gw_call_return (call, json_node_init_int (json_node_alloc (), json_object_get_int_member (arguments, "id")));
}

static void
run_ping (GwCall *call, JsonObject *arguments)
{
  gw_call_return (call, NULL);
}

/* It grants nothing: what frames carry is judged by itself. */
static const char *const implies_nothing[] = { NULL };

const GwCommand gw_commands_sync[] = {
  { "guest-sync", "Return the number that was given", "1.1", GW_COMMAND_WHILE_FROZEN, run_sync,
    { { "id", GW_ARGUMENT_INT } } },
  { "guest-sync-delimited", "As guest-sync, with a byte 0xFF ahead of the reply", "1.1",
    GW_COMMAND_DELIMITED | GW_COMMAND_WHILE_FROZEN, run_sync,
    { { "id", GW_ARGUMENT_INT } } },
  { "guest-ping", "Return nothing, to show that the agent is there", "0.15.0", GW_COMMAND_WHILE_FROZEN, run_ping,
    { { NULL } } },
  { "guestwire-open", "Go on in frames", "0.1", GW_COMMAND_IN_TEXT | GW_COMMAND_WHILE_FROZEN, NULL, { { NULL } },
    implies_nothing },
  { NULL },
};
