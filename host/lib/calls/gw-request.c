/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request as bytes that may be sent, whatever voice carries it. */

#include "gw-request.h"

#include "gw-limits.h"

/**
 * gw_request_build:
 * @arguments: (nullable): an object
 * @id: (nullable): comes back in the reply
 *
 * Returns: (transfer full): one line, or %NULL with %GW_ERROR_TOO_LARGE or
 *   %GW_ERROR_INVALID_JSON set
 */
GBytes *
gw_request_build (const char *command, JsonNode *arguments, JsonNode *id, GError **error)
{
  g_autoptr (GBytes) request = gw_message_request (command, arguments, id);
  gsize length;
  const char *text = g_bytes_get_data (request, &length);

  if (length > GW_LINE_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "%s: a request of %" G_GSIZE_FORMAT " bytes; %u is the most",
                   command, length, GW_LINE_MAX);
      return NULL;
    }
  /* In text, a stray 0xFF would void the request, and what follows it be run
   * as the next one. */
  if (!g_utf8_validate_len (text, length, NULL))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_JSON, "%s: the request holds text that is no valid UTF-8", command);
      return NULL;
    }
  return g_steal_pointer (&request);
}
