/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Begins to watch. A guest that has not all there is to watch, as a container,
 * is no error: its host gets the other events. */

#include "gw-event-sources.h"

#include "config.h"
#include "gw-addresses.h"
#include "gw-instance.h"
#include "gw-jobs.h"
#include "gw-logins.h"
#include "gw-memory.h"

struct _GwEventSources
{
  GwAddresses *addresses;
  GwLogins *logins;
  GwMemory *memory;
};

static void
tell_started (GwEvents *events)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "version", GW_VERSION);
  if (gw_instance_get_boot_id () != NULL)
    json_object_set_string_member (data, "boot-id", gw_instance_get_boot_id ());
  gw_events_tell_object (events, "agent-started", data);
}

static void
on_job_ended (GwKeptJob *job, gpointer data)
{
  JsonObject *end = json_object_new ();

  json_object_set_string_member (end, "job", gw_kept_job_get_id (job));
  if (gw_kept_job_get_name (job) != NULL)
    json_object_set_string_member (end, "name", gw_kept_job_get_name (job));
  gw_kept_job_describe_end (job, end);
  gw_events_tell_object (data, "job-ended", end);
}

/* For whoever freezes them, and thaws them. */
void
gw_event_sources_tell_freeze (GwEvents *events, gboolean frozen, guint count)
{
  JsonObject *data = json_object_new ();

  json_object_set_int_member (data, "count", count);
  gw_events_tell_object (events, frozen ? "filesystems-frozen" : "filesystems-thawed", data);
}

static void
say_missing (const char *what, GError *error)
{
  if (error != NULL)
    g_debug ("no events of %s: %s", what, error->message);
  g_clear_error (&error);
}

/**
 * gw_event_sources_new:
 * @events: where to tell; outlives this
 *
 * Tells that the agent has started, and from there on what happens.
 */
GwEventSources *
gw_event_sources_new (GwEvents *events)
{
  GwEventSources *sources = g_new0 (GwEventSources, 1);
  GError *errors[3] = { NULL };

  tell_started (events);
  gw_jobs_tell_ends (on_job_ended, events);
  if (gw_events_wants (events, "addresses-changed"))
    sources->addresses = gw_addresses_new (events, &errors[0]);
  if (gw_events_wants (events, "user-logged-in") || gw_events_wants (events, "user-logged-out"))
    sources->logins
        = gw_logins_new (events, g_file_test (GW_UTMP_PATH, G_FILE_TEST_EXISTS) ? GW_UTMP_PATH : GW_SESSIONS_PATH, &errors[1]);
  if (gw_events_wants (events, "memory-low"))
    sources->memory = gw_memory_new (events, GW_PRESSURE_PATH, &errors[2]);
  say_missing ("addresses", errors[0]);
  say_missing ("users", errors[1]);
  say_missing ("memory", errors[2]);
  return sources;
}

void
gw_event_sources_free (GwEventSources *sources)
{
  gw_jobs_tell_ends (NULL, NULL);
  g_clear_pointer (&sources->addresses, gw_addresses_free);
  g_clear_pointer (&sources->logins, gw_logins_free);
  g_clear_pointer (&sources->memory, gw_memory_free);
  g_free (sources);
}
