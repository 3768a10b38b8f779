/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Understands the text of addresses, one function for each kind. Opens nothing
 * and looks no name up. */

#include "gw-address-private.h"

#include <limits.h>
#include <string.h>
#include <sys/un.h>

#include "gw-limits.h"
#include "gw-speed.h"

typedef struct
{
  GwAddressKind kind;
  const char *prefix;
  const char *form;
  gboolean (*parse) (GwAddress *self, const char *rest, GError **error);
} Kind;

static gboolean parse_socket (GwAddress *self, const char *rest, GError **error);
static gboolean parse_terminal (GwAddress *self, const char *rest, GError **error);
static gboolean parse_tcp (GwAddress *self, const char *rest, GError **error);
static gboolean parse_vsock (GwAddress *self, const char *rest, GError **error);
static gboolean parse_libvirt (GwAddress *self, const char *rest, GError **error);
static gboolean parse_xen (GwAddress *self, const char *rest, GError **error);
static gboolean parse_tcp_listen (GwAddress *self, const char *rest, GError **error);
static gboolean parse_udp (GwAddress *self, const char *rest, GError **error);
static gboolean parse_pipe (GwAddress *self, const char *rest, GError **error);
static gboolean parse_serial (GwAddress *self, const char *rest, GError **error);
static gboolean parse_stdio (GwAddress *self, const char *rest, GError **error);

static const Kind kinds[] = {
  { GW_ADDRESS_UNIX, "unix:", "unix:PATH", parse_socket },
  { GW_ADDRESS_PTY, "pty:", "pty:PATH", parse_terminal },
  { GW_ADDRESS_UNIX_LISTEN, "unix-listen:", "unix-listen:PATH", parse_socket },
  { GW_ADDRESS_TCP, "tcp:", "tcp:HOST:PORT", parse_tcp },
  { GW_ADDRESS_TCP_LISTEN, "tcp-listen:", "tcp-listen:HOST:PORT", parse_tcp_listen },
  { GW_ADDRESS_TELNET, "telnet:", "telnet:HOST:PORT", parse_tcp },
  { GW_ADDRESS_TELNET_LISTEN, "telnet-listen:", "telnet-listen:HOST:PORT", parse_tcp_listen },
  { GW_ADDRESS_UDP, "udp:", "udp:HOST:PORT@HOST:PORT", parse_udp },
  { GW_ADDRESS_PIPE, "pipe:", "pipe:PATH", parse_pipe },
  { GW_ADDRESS_SERIAL, "serial:", "serial:PATH[,SPEED]", parse_serial },
  { GW_ADDRESS_STDIO, "stdio:", "stdio:", parse_stdio },
  { GW_ADDRESS_VSOCK, "vsock:", "vsock:CID:PORT", parse_vsock },
  { GW_ADDRESS_XEN, "xen:", "xen:DOMAIN/NAME", parse_xen },
  { GW_ADDRESS_LIBVIRT, "libvirt:", "libvirt:[URI#]DOMAIN", parse_libvirt },
};

static const Kind *
find_kind (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (text, kinds[i].prefix))
      return &kinds[i];
  return NULL;
}

/**
 * gw_address_looks_like_one:
 *
 * Whether @text is meant as an address, right or wrong, and not as a domain's
 * name, which has no slash.
 */
gboolean
gw_address_looks_like_one (const char *text)
{
  return strchr (text, '/') != NULL || find_kind (text) != NULL;
}

static void
set_unknown_form (const char *text, GError **error)
{
  g_autoptr (GString) forms = g_string_new (NULL);
  g_autofree char *shown = g_filename_display_name (text);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_string_append_printf (forms, "%s%s", i == 0 ? "" : i + 1 < G_N_ELEMENTS (kinds) ? ", " : " or ", kinds[i].form);
  if (text[0] == '/')
    g_string_append_printf (forms, "; did you mean %s%s?",
                            g_str_has_prefix (text, "/dev/tty") ? "serial:"
                            : g_str_has_prefix (text, "/dev/")  ? "pty:"
                                                                : "unix:",
                            shown);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "'%s' is no address: an address is %s", shown, forms->str);
}

/* --- One parser for each kind ------------------------------------------- */

static const char *
form_of (GwAddress *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].kind == self->kind)
      return kinds[i].form;
  g_assert_not_reached ();
}

static gboolean
parse_path (GwAddress *self, const char *path, gsize path_max, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (path[0] != '/')
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "%s needs an absolute path, not '%s'", form_of (self),
                   shown);
      return FALSE;
    }
  if (strlen (path) > path_max)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
                   "%s can hold a path of at most %" G_GSIZE_FORMAT " bytes, and this one has %" G_GSIZE_FORMAT,
                   form_of (self), path_max, strlen (path));
      return FALSE;
    }
  self->path = path;
  return TRUE;
}

static gboolean
parse_socket (GwAddress *self, const char *rest, GError **error)
{
  return parse_path (self, rest, sizeof ((struct sockaddr_un *) NULL)->sun_path - 1, error);
}

static gboolean
parse_terminal (GwAddress *self, const char *rest, GError **error)
{
  return parse_path (self, rest, PATH_MAX - 1, error);
}

static gboolean
parse_number (GwAddress *self, const char *what, const char *text, guint64 least, guint64 most, guint32 *number,
              GError **error)
{
  g_autofree char *shown = g_filename_display_name (text);
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, least, most, &value, NULL))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
                   "%s: the %s is a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", not '%s'",
                   form_of (self), what, least, most, shown);
      return FALSE;
    }
  *number = (guint32) value;
  return TRUE;
}

/* An IPv6 address holds colons, and so stands in brackets. Returns FALSE where
 * there is no host in front of @end, or none that can be one. */
static gboolean
take_host (const char *text, const char *end, char **host)
{
  gsize length = end - text;

  if (length > 2 && text[0] == '[' && text[length - 1] == ']')
    *host = g_strndup (text + 1, length - 2);
  else if (length > 0 && memchr (text, ':', length) == NULL && text[0] != '[')
    *host = g_strndup (text, length);
  if (*host != NULL && g_utf8_validate (*host, -1, NULL) && strlen (*host) <= GW_ENDPOINT_HOST_MAX)
    return TRUE;
  g_clear_pointer (host, g_free);
  return FALSE;
}

static gboolean
fail_host (GwAddress *self, GError **error)
{
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
               "%s needs a host and a port; an IPv6 address stands in brackets, as in tcp:[::1]:4321", form_of (self));
  return FALSE;
}

static gboolean
parse_tcp (GwAddress *self, const char *rest, GError **error)
{
  const char *colon = strrchr (rest, ':');

  if (colon == NULL || !take_host (rest, colon, &self->host))
    return fail_host (self, error);
  return parse_number (self, "port", colon + 1, 1, G_MAXUINT16, &self->port, error);
}

/* To be reached at all addresses, as sockets have it. */
static gboolean
takes_all (const char *text, const char *end)
{
  return end == text || (end - text == 1 && text[0] == '*');
}

static gboolean
parse_tcp_listen (GwAddress *self, const char *rest, GError **error)
{
  const char *colon = strrchr (rest, ':');

  if (colon == NULL || (!takes_all (rest, colon) && !take_host (rest, colon, &self->host)))
    return fail_host (self, error);
  return parse_number (self, "port", colon + 1, 1, G_MAXUINT16, &self->port, error);
}

/* A peer in front of the sign, and behind it where he says what he says. */
static gboolean
parse_udp (GwAddress *self, const char *rest, GError **error)
{
  const char *sign = strrchr (rest, '@');
  g_autofree char *peer = sign != NULL ? g_strndup (rest, sign - rest) : NULL;
  const char *colon = peer != NULL ? strrchr (peer, ':') : NULL;
  const char *bind_colon = sign != NULL ? strrchr (sign, ':') : NULL;

  if (colon == NULL || bind_colon == NULL || !take_host (peer, colon, &self->host)
      || (!takes_all (sign + 1, bind_colon) && !take_host (sign + 1, bind_colon, &self->bind_host)))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
                   "%s needs the hypervisor's host and port, and behind the @ those that it sends to, as in "
                   "udp:127.0.0.1:4555@127.0.0.1:4556",
                   form_of (self));
      return FALSE;
    }
  return parse_number (self, "port", colon + 1, 1, G_MAXUINT16, &self->port, error)
         && parse_number (self, "port", bind_colon + 1, 1, G_MAXUINT16, &self->bind_port, error);
}

/* PATH.in and PATH.out are what is opened. */
static gboolean
parse_pipe (GwAddress *self, const char *rest, GError **error)
{
  return parse_path (self, rest, PATH_MAX - sizeof ".out", error);
}

/* A path may hold a comma too: what is behind the last one is a speed if it has
 * no slash. */
static gboolean
parse_serial (GwAddress *self, const char *rest, GError **error)
{
  const char *comma = strrchr (rest, ',');

  self->speed = GW_SPEED_DEFAULT;
  if (comma == NULL || strchr (comma, '/') != NULL)
    return parse_path (self, rest, PATH_MAX - 1, error);
  self->path_copy = g_strndup (rest, comma - rest);
  return parse_path (self, self->path_copy, PATH_MAX - 1, error) && gw_speed_parse (comma + 1, &self->speed, error);
}

static gboolean
parse_stdio (GwAddress *self, const char *rest, GError **error)
{
  if (*rest == '\0')
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "nothing stands behind stdio:");
  return FALSE;
}

/* 0xFFFFFFFF stands for any (linux/vm_sockets.h), and so is nobody's. */
static gboolean
parse_vsock (GwAddress *self, const char *rest, GError **error)
{
  const char *colon = strchr (rest, ':');
  g_autofree char *cid = NULL;

  if (colon == NULL)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "%s needs two numbers", form_of (self));
      return FALSE;
    }
  cid = g_strndup (rest, colon - rest);
  return parse_number (self, "context id", cid, 0, G_MAXUINT32 - 1, &self->cid, error)
         && parse_number (self, "port", colon + 1, 0, G_MAXUINT32 - 1, &self->port, error);
}

/* A domain's name may hold a '#' too. What stands before one is a URI only if
 * it looks like one; libvirt's URIs have no fragment. */
static gboolean
parse_libvirt (GwAddress *self, const char *rest, GError **error)
{
  const char *hash = strchr (rest, '#');
  const char *scheme = strstr (rest, "://");

  self->domain = rest;
  if (hash != NULL && scheme != NULL && scheme < hash)
    {
      self->uri = g_strndup (rest, hash - rest);
      self->domain = hash + 1;
    }
  if (*self->domain != '\0' && g_utf8_validate (rest, -1, NULL))
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
               "%s needs a domain's name, UUID or id, as in libvirt:qemu:///system#vm1", form_of (self));
  return FALSE;
}

/* A channel's name may hold a slash, and a domain's does not. */
static gboolean
parse_xen (GwAddress *self, const char *rest, GError **error)
{
  const char *slash = strchr (rest, '/');

  if (slash != NULL && slash > rest && slash[1] != '\0' && g_utf8_validate (rest, -1, NULL))
    {
      self->domain = self->domain_copy = g_strndup (rest, slash - rest);
      self->channel = slash + 1;
      return TRUE;
    }
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
               "%s needs a domain's name, UUID or id and the name of a channel, as in xen:vm1/org.guestwire.agent.0",
               form_of (self));
  return FALSE;
}

/**
 * gw_address_parse:
 * @self: a new one, which gets its text and what that says
 */
gboolean
gw_address_parse (GwAddress *self, const char *text, GError **error)
{
  const Kind *kind = find_kind (text);

  if (kind == NULL)
    {
      set_unknown_form (text, error);
      return FALSE;
    }
  self->kind = kind->kind;
  self->text = g_strdup (text);
  return kind->parse (self, self->text + strlen (kind->prefix), error);
}
