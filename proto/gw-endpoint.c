/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How ends of forwarded connections are written: "unix:/PATH" or "tcp:HOST:PORT"
 * in full, and shorter where people type them. Looks no name up. */

#include "gw-endpoint.h"

#include <string.h>
#include <sys/un.h>

#include "gw-limits.h"

/* What is told of a long one is where it begins. */
static gboolean
fail (GError **error, const char *text, const char *why)
{
  g_autofree char *begin = g_strndup (text, GW_ENDPOINT_SHOWN_MAX);
  g_autofree char *shown = g_utf8_make_valid (begin, -1);

  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "'%s': %s", shown, why);
  return FALSE;
}

static gboolean
take_path (GwEndpoint *endpoint, const char *text, const char *path, GError **error)
{
  if (path[0] != '/')
    return fail (error, text, "a socket needs an absolute path");
  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    return fail (error, text, "a socket's path has at most 107 bytes");
  endpoint->path = g_strdup (path);
  return TRUE;
}

static gboolean
take_port (GwEndpoint *endpoint, GwEndpointUse use, const char *text, const char *port, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (port, 10, use == GW_ENDPOINT_LISTEN ? 0 : 1, G_MAXUINT16, &number, NULL))
    return fail (error, text, use == GW_ENDPOINT_LISTEN ? "a port is a number from 0 to 65535, where 0 stands for any"
                                                        : "a port is a number from 1 to 65535");
  endpoint->port = number;
  return TRUE;
}

static gboolean
take_host (GwEndpoint *endpoint, GwEndpointUse use, const char *text, const char *host, gsize length, GError **error)
{
  gboolean bracketed = length >= 2 && host[0] == '[' && host[length - 1] == ']';

  if (length == 1 && host[0] == '*')
    return use == GW_ENDPOINT_LISTEN || fail (error, text, "* is to listen on, and no host to connect to");
  if (!bracketed && memchr (host, ':', length) != NULL)
    return fail (error, text, "an IPv6 address stands in brackets, as in [::1]:80");
  if (length > GW_ENDPOINT_HOST_MAX)
    return fail (error, text, "no host has such a long name");
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isgraph (host[i]) || strchr ("/@%?#", host[i]) != NULL)
      return fail (error, text, "this is no host's name or number");
  endpoint->host = length == 0 ? g_strdup ("localhost") : g_strndup (host + bracketed, length - 2 * bracketed);
  return endpoint->host[0] != '\0' || fail (error, text, "a host is missing");
}

static gboolean
parse (GwEndpoint *endpoint, const char *text, GwEndpointUse use, GError **error)
{
  const char *rest = g_str_has_prefix (text, "tcp:") ? text + strlen ("tcp:") : text;
  const char *colon = strrchr (rest, ':');

  if (g_str_has_prefix (text, "unix:"))
    return take_path (endpoint, text, text + strlen ("unix:"), error);
  if (text[0] == '/')
    return take_path (endpoint, text, text, error);
  return take_port (endpoint, use, text, colon != NULL ? colon + 1 : rest, error)
         && take_host (endpoint, use, text, rest, colon != NULL ? colon - rest : 0, error);
}

/**
 * gw_endpoint_parse:
 * @untrusted_text: `unix:PATH`, `PATH`, `tcp:HOST:PORT`, `HOST:PORT`, `:PORT` or
 *   `PORT`. No host stands for `localhost`, `*` for all addresses of this machine
 *
 * Returns: (transfer full): what it says, or %NULL with %GW_ERROR_INVALID_ADDRESS
 *   set
 */
GwEndpoint *
gw_endpoint_parse (const char *untrusted_text, GwEndpointUse use, GError **error)
{
  g_autoptr (GwEndpoint) endpoint = g_new0 (GwEndpoint, 1);

  return parse (endpoint, untrusted_text, use, error) ? g_steal_pointer (&endpoint) : NULL;
}

void
gw_endpoint_free (GwEndpoint *endpoint)
{
  g_free (endpoint->path);
  g_free (endpoint->host);
  g_free (endpoint);
}

/* Returns: (transfer full): in full */
char *
gw_endpoint_to_string (const GwEndpoint *endpoint)
{
  if (endpoint->path != NULL)
    return g_strconcat ("unix:", endpoint->path, NULL);
  if (endpoint->host != NULL && strchr (endpoint->host, ':') != NULL)
    return g_strdup_printf ("tcp:[%s]:%u", endpoint->host, endpoint->port);
  return g_strdup_printf ("tcp:%s:%u", endpoint->host != NULL ? endpoint->host : "*", endpoint->port);
}
