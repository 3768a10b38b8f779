/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the parts together: discovery announces ports, channels serve them. */

#include "gw-agent.h"

#include "transports/gw-channel.h"

struct _GwAgent
{
  GwVirtioPorts *ports;
  GPtrArray *channels;
};

/**
 * gw_agent_new:
 * @channels: addresses to serve
 *
 * Returns: (transfer full): an agent that serves them from the calling
 *   thread's default main context, or %NULL with @error set
 */
GwAgent *
gw_agent_new (char **channels, GError **error)
{
  g_autoptr (GwAgent) agent = g_new0 (GwAgent, 1);
  gboolean need_ports = FALSE;

  agent->ports = gw_virtio_ports_new ();
  agent->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_channel_free);
  for (guint i = 0; channels[i] != NULL; i++)
    {
      GwChannel *channel = gw_channel_open (channels[i], agent->ports, error);

      if (channel == NULL)
        return NULL;
      g_ptr_array_add (agent->channels, channel);
      need_ports |= gw_channel_needs_ports (channels[i]);
    }
  if (need_ports && !gw_virtio_ports_start (agent->ports, error))
    return NULL;
  return g_steal_pointer (&agent);
}

void
gw_agent_free (GwAgent *agent)
{
  g_ptr_array_unref (agent->channels);
  g_object_unref (agent->ports);
  g_free (agent);
}
