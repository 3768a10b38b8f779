/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-fsfreeze-*. In frames a freeze is the session's: it ends with that. */

#include "gw-command.h"
#include "gw-freeze.h"

static GwStreams *holder; /* the session whose freeze it is; NULL: it lasts until somebody thaws */

static void
on_session_over (GwStreams *streams, gpointer data)
{
  holder = NULL;
  gw_freeze_end_lease ("the session that froze them has ended");
}

static void
set_holder (GwStreams *streams)
{
  if (holder != NULL)
    gw_streams_watch_over (holder, NULL, NULL);
  holder = streams;
  if (holder != NULL)
    gw_streams_watch_over (holder, on_session_over, NULL);
}

/* --- Freeze ------------------------------------------------------------------- */

static void
on_ended (guint count, const GError *error, gpointer data)
{
  GwCall *call = data;

  if (error != NULL)
    gw_call_fail (call, g_error_copy (error));
  else
    gw_call_return (call, json_node_init_int (json_node_alloc (), count));
}

/* A session that is over ends its lease itself. */
static void
on_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  if (fate == GW_CALL_CANCELLED)
    gw_freeze_stop ();
}

static void
on_freeze_ended (guint count, const GError *error, gpointer data)
{
  if (error != NULL)
    set_holder (NULL);
  on_ended (count, error, data);
}

static void
run_freeze_list (GwCall *call, JsonObject *arguments)
{
  g_auto (GStrv) mount_points = gw_argument_dup_strings (arguments, "mountpoints");
  GwStreams *streams = gw_call_get_streams (call);

  if (gw_freeze_is_under_way ())
    {
      gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_BUSY,
                                               "a freeze or a thaw is under way; ask again when that has ended"));
      return;
    }
  set_holder (streams);
  gw_call_watch (call, on_fate, NULL);
  gw_freeze_begin (mount_points, streams != NULL, on_freeze_ended, call);
}

/* --- Thaw, status --------------------------------------------------------------- */

static void
run_thaw (GwCall *call, JsonObject *arguments)
{
  gw_freeze_thaw (on_ended, call);
}

static void
run_status (GwCall *call, JsonObject *arguments)
{
  const char *status = gw_freeze_is_frozen () ? "frozen" : "thawed";

  gw_call_return (call, json_node_init_string (json_node_alloc (), status));
}

const GwCommand gw_commands_freeze[] = {
  { "guest-fsfreeze-status", "Tell whether file systems are frozen", "0.15.0", GW_COMMAND_WHILE_FROZEN, run_status,
    { { NULL } } },
  { "guest-fsfreeze-freeze", "Write all to disk and hold what would write more, until the thaw", "0.15.0",
    GW_COMMAND_PLAIN, run_freeze_list, { { NULL } } },
  { "guest-fsfreeze-freeze-list", "The same for the file systems with these mount points", "2.2", GW_COMMAND_PLAIN,
    run_freeze_list, { { "mountpoints", GW_ARGUMENT_STRINGS, TRUE } } },
  { "guest-fsfreeze-thaw", "End that", "0.15.0", GW_COMMAND_WHILE_FROZEN, run_thaw, { { NULL } } },
  { NULL },
};
