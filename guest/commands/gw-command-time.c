/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What time it is in the guest. */

#include "gw-command.h"

#include <time.h>

/* Nanoseconds since the Epoch. */
static void
run_get_time (GwCall *call, JsonObject *arguments)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  gw_call_return (call, json_node_init_int (json_node_alloc (), now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec));
}

static void
run_get_timezone (GwCall *call, JsonObject *arguments)
{
  /* GLib's, since musl's localtime() keeps the first zone for ever. */
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, now);
  const char *name = g_time_zone_get_abbreviation (zone, interval);
  JsonObject *result = json_object_new ();

  if (name != NULL)
    json_object_set_string_member (result, "zone", name);
  json_object_set_int_member (result, "offset", g_time_zone_get_offset (zone, interval));
  gw_call_return_object (call, result);
}

const GwCommand gw_commands_time[] = {
  { "guest-get-time", "Return the guest's time in nanoseconds since the Epoch", "1.5", GW_COMMAND_PLAIN, run_get_time,
    { { NULL } } },
  { "guest-get-timezone", "Return the guest's time zone and its offset in seconds", "2.10", GW_COMMAND_PLAIN,
    run_get_timezone, { { NULL } } },
  { NULL },
};
