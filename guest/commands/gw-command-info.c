/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the agent says of itself. */

#include "gw-commands.h"

#include "config.h"

typedef struct
{
  JsonArray *list;
  gboolean in_frames;
} Listing;

static void
add_command (const GwCommand *command, gpointer data)
{
  const Listing *listing = data;
  JsonObject *row;

  if (!gw_commands_has (command, listing->in_frames))
    return;
  row = json_object_new ();
  json_object_set_string_member (row, "name", command->name);
  json_object_set_boolean_member (row, "enabled", gw_commands_enabled (command));
  json_object_set_boolean_member (row, "success-response", (command->flags & GW_COMMAND_NO_SUCCESS) == 0);
  json_array_add_object_element (listing->list, row);
}

static void
run_info (GwCall *call, JsonObject *arguments)
{
  JsonObject *info = json_object_new ();
  Listing listing = { json_array_new (), gw_call_get_streams (call) != NULL };

  gw_commands_foreach (add_command, &listing);
  json_object_set_string_member (info, "version", GW_VERSION);
  json_object_set_array_member (info, "supported_commands", listing.list);
  gw_call_return_object (call, info);
}

const GwCommand gw_commands_info[] = {
  { "guest-info", "Return the agent's version and its commands", "0.15.0", GW_COMMAND_WHILE_FROZEN, run_info,
    { { NULL } } },
  { NULL },
};
