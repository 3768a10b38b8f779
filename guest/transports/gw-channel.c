/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From an address to the transport that serves it. */

#include "gw-channel.h"

#include <string.h>

static const GwChannelKind *const kinds[] = {
  &gw_channel_virtio,
  &gw_channel_xen,
  &gw_channel_tty,
  &gw_channel_listen,
  &gw_channel_vsock,
};

/**
 * gw_channel_place:
 *
 * Returns: (nullable): what stands behind the prefix of an address, or %NULL
 *   if it is of another kind
 */
const char *
gw_channel_place (const char *address, const GwChannelKind *kind)
{
  gsize length = strlen (kind->prefix);

  return g_str_has_prefix (address, kind->prefix) && address[length] == ':' ? address + length + 1 : NULL;
}

/**
 * gw_channel_open:
 * @address: such as `virtio:org.guestwire.agent.0`
 * @found: where ports are announced; each of them outlives the channel
 *
 * Returns: (transfer full): the channel, served from here on, or %NULL with
 *   @error set. That nothing is there yet is no error.
 */
GwChannel *
gw_channel_open (const char *address, const GwFound *found, GError **error)
{
  g_autoptr (GString) forms = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *place = gw_channel_place (address, kinds[i]);

      if (place != NULL && *place != '\0')
        return kinds[i]->open (place, found, error);
      g_string_append_printf (forms, "%s%s", i == 0 ? "" : ", ", kinds[i]->form);
    }
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "'%s' is no address of a channel; the forms are %s", address,
               forms->str);
  return NULL;
}

void
gw_channel_free (GwChannel *channel)
{
  channel->kind->free (channel);
}
