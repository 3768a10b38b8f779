/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to reach the host's end of a channel, as text that people type. Only
 * understands the text: opening is gw-connect's business. */

#include "gw-address-private.h"

#include <limits.h>
#include <string.h>
#include <sys/un.h>

/**
 * GwAddress:
 *
 * How to reach the host's end of a channel. Never changes once made, so any
 * number of threads may share one.
 *
 * Since: 0.1
 */
struct _GwAddress
{
  GObject parent_instance;

  GwAddressKind kind;
  char *text;
  const char *path; /* inside of text */
  char *host;
  char *uri;
  const char *domain; /* inside of text, or domain_copy */
  char *domain_copy;
  const char *channel; /* inside of text */
  guint32 cid;
  guint32 port;
};

G_DEFINE_TYPE (GwAddress, gw_address, G_TYPE_OBJECT)

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

static const Kind kinds[] = {
  { GW_ADDRESS_UNIX, "unix:", "unix:PATH", parse_socket },
  { GW_ADDRESS_PTY, "pty:", "pty:PATH", parse_terminal },
  { GW_ADDRESS_UNIX_LISTEN, "unix-listen:", "unix-listen:PATH", parse_socket },
  { GW_ADDRESS_TCP, "tcp:", "tcp:HOST:PORT", parse_tcp },
  { GW_ADDRESS_VSOCK, "vsock:", "vsock:CID:PORT", parse_vsock },
  { GW_ADDRESS_XEN, "xen:", "xen:DOMAIN/NAME", parse_xen },
  { GW_ADDRESS_LIBVIRT, "libvirt:", "libvirt:[URI#]DOMAIN", parse_libvirt },
};

static void
gw_address_finalize (GObject *object)
{
  GwAddress *self = GW_ADDRESS (object);

  g_free (self->domain_copy);
  g_free (self->uri);
  g_free (self->host);
  g_free (self->text);
  G_OBJECT_CLASS (gw_address_parent_class)->finalize (object);
}

static void
gw_address_class_init (GwAddressClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_address_finalize;
}

static void
gw_address_init (GwAddress *self G_GNUC_UNUSED)
{
}

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
    g_string_append_printf (forms, "; did you mean %s%s?", g_str_has_prefix (text, "/dev/") ? "pty:" : "unix:", shown);
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

/* An IPv6 address holds colons, and so stands in brackets. */
static gboolean
parse_tcp (GwAddress *self, const char *rest, GError **error)
{
  const char *colon = strrchr (rest, ':');
  gsize length = colon != NULL ? (gsize) (colon - rest) : 0;

  if (length > 2 && rest[0] == '[' && rest[length - 1] == ']')
    self->host = g_strndup (rest + 1, length - 2);
  else if (length > 0 && memchr (rest, ':', length) == NULL && rest[0] != '[' && g_utf8_validate (rest, length, NULL))
    self->host = g_strndup (rest, length);
  else
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
                   "%s needs a host and a port; an IPv6 address stands in brackets, as in tcp:[::1]:4321",
                   form_of (self));
      return FALSE;
    }
  return parse_number (self, "port", colon + 1, 1, 65535, &self->port, error);
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

/* --- The object --------------------------------------------------------- */

/**
 * gw_address_new:
 * @text: (type filename): the address, in one of the forms of #GwAddressKind;
 *   paths are absolute
 * @error: return location for a #GError
 *
 * Understands an address. Whether anything is there shows when it is opened.
 * What a person types may also be a domain's name: see gw_domain_resolve().
 *
 * Returns: (transfer full): a new #GwAddress, or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS set, whose message says what forms there are
 *
 * Since: 0.1
 */
GwAddress *
gw_address_new (const char *text, GError **error)
{
  g_autoptr (GwAddress) self = NULL;
  const Kind *kind;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  kind = find_kind (text);
  if (kind == NULL)
    {
      set_unknown_form (text, error);
      return NULL;
    }
  self = g_object_new (GW_TYPE_ADDRESS, NULL);
  self->kind = kind->kind;
  self->text = g_strdup (text);
  if (!kind->parse (self, self->text + strlen (kind->prefix), error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * gw_address_get_kind:
 * @address: a #GwAddress
 *
 * Returns: how the address is reached
 *
 * Since: 0.1
 */
GwAddressKind
gw_address_get_kind (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), GW_ADDRESS_UNIX);
  return address->kind;
}

/**
 * gw_address_get_path:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable) (type filename): the absolute path of
 *   the socket or terminal; %NULL for kinds that have none
 *
 * Since: 0.1
 */
const char *
gw_address_get_path (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->path;
}

/**
 * gw_address_get_host:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the host of a `tcp:` address, a name or a number
 *   without brackets; %NULL for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_host (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->host;
}

/**
 * gw_address_get_cid:
 * @address: a #GwAddress
 *
 * Returns: the context id of a `vsock:` address; 0 for other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_cid (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->cid;
}

/**
 * gw_address_get_port:
 * @address: a #GwAddress
 *
 * Returns: the port of a `tcp:` or `vsock:` address; 0 for other kinds
 *
 * Since: 0.1
 */
guint32
gw_address_get_port (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), 0);
  return address->port;
}

/**
 * gw_address_get_uri:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): libvirt's connection URI of a `libvirt:`
 *   address; %NULL where libvirt's default is meant, and for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_uri (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->uri;
}

/**
 * gw_address_get_domain:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the name, UUID or id of the domain of a
 *   `libvirt:` or `xen:` address; %NULL for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_domain (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->domain;
}

/**
 * gw_address_get_channel:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable): the name of the channel of a `xen:`
 *   address; %NULL for other kinds
 *
 * Since: 0.1
 */
const char *
gw_address_get_channel (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->channel;
}

/**
 * gw_address_to_string:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (type filename): the address as text, which
 *   gw_address_new() understands
 *
 * Since: 0.1
 */
const char *
gw_address_to_string (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->text;
}
