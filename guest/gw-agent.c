/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the parts together: discovery announces ports; channels serve some,
 * some are held for other programs, and all have links. */

#include "gw-agent.h"

#include "discovery/gw-link-name.h"
#include "discovery/gw-virtio-ports.h"
#include "discovery/gw-xen-consoles.h"
#include "gw-links.h"
#include "transports/gw-channel.h"
#include "transports/gw-holds.h"

struct _GwAgent
{
  GwVirtioPorts *virtio;
  GwXenConsoles *xen;
  GwLinks *virtio_links;
  GwLinks *xen_links;
  GwHolds *holds;
  GPtrArray *channels;
};

static gboolean
open_channels (GwAgent *agent, char **channels, GError **error)
{
  const GwFound found = { GW_PORTS (agent->virtio), GW_PORTS (agent->xen) };

  for (guint i = 0; channels[i] != NULL; i++)
    {
      GwChannel *channel = gw_channel_open (channels[i], &found, error);

      if (channel == NULL)
        return FALSE;
      g_ptr_array_add (agent->channels, channel);
    }
  return TRUE;
}

/* Returns: (transfer container): which ports the channels of a kind serve */
static GPtrArray *
places_of (char **channels, const GwChannelKind *kind)
{
  GPtrArray *places = g_ptr_array_new ();

  for (guint i = 0; channels[i] != NULL; i++)
    {
      const char *place = gw_channel_place (channels[i], kind);

      if (place != NULL)
        g_ptr_array_add (places, (gpointer) gw_link_target (place));
    }
  g_ptr_array_add (places, NULL);
  return places;
}

/* The default is to look for them: a guest of another hypervisor, or an agent
 * that may not ask, serves what else there is. */
static void
start_xen (GwAgent *agent)
{
  g_autoptr (GError) error = NULL;

  if (!gw_xen_consoles_start (agent->xen, &error))
    g_warning ("Xen's consoles are not looked for: %s", error->message);
}

/**
 * gw_agent_new:
 * @channels: addresses to serve
 * @hold: patterns of names: Xen consoles to hold raw for other programs
 *
 * Returns: (transfer full): an agent that serves them from the calling
 *   thread's default main context, or %NULL with @error set
 */
GwAgent *
gw_agent_new (char **channels, char **hold, GError **error)
{
  g_autoptr (GwAgent) agent = g_new0 (GwAgent, 1);
  g_autoptr (GPtrArray) on_virtio = places_of (channels, &gw_channel_virtio);
  g_autoptr (GPtrArray) on_xen = places_of (channels, &gw_channel_xen);
  gboolean udevd_runs = gw_links_udevd_runs ();

  agent->virtio = gw_virtio_ports_new ();
  agent->xen = gw_xen_consoles_new ();
  agent->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_channel_free);
  if (!open_channels (agent, channels, error))
    return NULL;
  agent->holds = gw_holds_new (GW_PORTS (agent->xen), hold, (char **) on_xen->pdata);
  agent->virtio_links = gw_links_new (GW_PORTS (agent->virtio), GW_LINK_FOLDER, udevd_runs);
  agent->xen_links = gw_links_new (GW_PORTS (agent->xen), GW_LINK_FOLDER, udevd_runs);
  if (on_virtio->len > 1 && !gw_virtio_ports_start (agent->virtio, error))
    return NULL;
  if (on_xen->len > 1 || hold[0] != NULL)
    start_xen (agent);
  return g_steal_pointer (&agent);
}

void
gw_agent_free (GwAgent *agent)
{
  g_clear_pointer (&agent->xen_links, gw_links_free);
  g_clear_pointer (&agent->virtio_links, gw_links_free);
  g_clear_pointer (&agent->holds, gw_holds_free);
  g_ptr_array_unref (agent->channels);
  g_object_unref (agent->xen);
  g_object_unref (agent->virtio);
  g_free (agent);
}
