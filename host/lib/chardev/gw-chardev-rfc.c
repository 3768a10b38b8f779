/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a device as the RFC of 2007 wrote it ("Supporting serial & parallel
 * ports for QEMU (and improving Xen)"): <console> and <parallel>, of the same
 * content. What is not in the RFC is an error, as nobody adds to it. */

#include "gw-chardev-check.h"
#include "gw-chardev-read.h"

#include "gw-limits.h"

typedef gboolean (*ReadType) (GwChardev *self, GwChardevElement *element, GError **error);

typedef struct
{
  const char *type;
  GwChardevKind kind;
  ReadType read;
} Type;

/* --- One reader for each type ------------------------------------------- */

static gboolean
read_nothing (GwChardev *self G_GNUC_UNUSED, GwChardevElement *element G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}

static gboolean
read_pty (GwChardev *self, GwChardevElement *element, GError **error)
{
  return gw_chardev_take_path (element, "pty", GW_CHARDEV_MAY_BE_MISSING, GW_CHARDEV_PATH_MAX, &self->path, error);
}

static gboolean
read_host (GwChardev *self, GwChardevElement *element, GError **error)
{
  if (!gw_chardev_take_number (element, "port", GW_CHARDEV_HAS_TO_BE, 0, GW_CHARDEV_HOST_PORT_MAX, &self->host_port, error))
    return FALSE;
  self->path = g_strdup_printf (self->device == GW_CHARDEV_DEVICE_PARALLEL ? "/dev/parport%d" : "/dev/ttyS%d", self->host_port);
  return TRUE;
}

static gboolean
read_file (GwChardev *self, GwChardevElement *element, GError **error)
{
  return gw_chardev_take_path (element, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, &self->path, error);
}

static gboolean
read_pipe (GwChardev *self, GwChardevElement *element, GError **error)
{
  return gw_chardev_take_path (element, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PIPE_PATH_MAX, &self->path, error);
}

static gboolean
read_udp (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *to = gw_chardev_element_take_child (element, "sendto");
  GwChardevElement *bind = gw_chardev_element_take_child (element, "bind");

  if (to == NULL)
    return gw_chardev_element_fail (element, NULL, error, "udp needs <sendto addr='…' port='…'/>");
  if (!gw_chardev_take_host (to, "addr", GW_CHARDEV_MAY_BE_MISSING, &self->host, error)
      || !gw_chardev_take_service (to, "port", GW_CHARDEV_HAS_TO_BE, 1, &self->service, error))
    return FALSE;
  return bind == NULL
         || (gw_chardev_take_host (bind, "addr", GW_CHARDEV_MAY_BE_MISSING, &self->bind_host, error)
             && gw_chardev_take_service (bind, "port", GW_CHARDEV_HAS_TO_BE, 0, &self->bind_service, error));
}

/* A unix socket may stand where one of TCP does. */
static gboolean
read_end (GwChardev *self, GwChardevElement *end, GError **error)
{
  if (gw_chardev_element_look (end, "path") != NULL && !self->telnet)
    {
      self->kind = GW_CHARDEV_KIND_UNIX;
      return gw_chardev_take_path (end, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_SOCKET_PATH_MAX, &self->path, error);
    }
  if (self->kind == GW_CHARDEV_KIND_UNIX)
    return gw_chardev_element_fail (end, "path", error, "it has to be there");
  return gw_chardev_take_host (end, "addr", GW_CHARDEV_MAY_BE_MISSING, &self->host, error)
         && gw_chardev_take_service (end, "port", GW_CHARDEV_HAS_TO_BE, self->mode == GW_CHARDEV_MODE_BIND ? 0 : 1,
                                     &self->service, error);
}

static gboolean
read_tcp (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *listen = gw_chardev_element_take_child (element, "listen");
  GwChardevElement *connect = gw_chardev_element_take_child (element, "connect");
  GwChardevElement *end = listen != NULL ? listen : connect;

  if (end == NULL || (listen != NULL && connect != NULL))
    return gw_chardev_element_fail (element, NULL, error, "it needs one of <listen> and <connect>");
  self->mode = listen != NULL ? GW_CHARDEV_MODE_BIND : GW_CHARDEV_MODE_CONNECT;
  if (!read_end (self, end, error))
    return FALSE;
  if (listen != NULL)
    self->wait = gw_chardev_element_take_child (end, "nowait") == NULL;
  if (self->kind == GW_CHARDEV_KIND_TCP)
    self->nodelay = gw_chardev_element_take_child (end, "nodelay") != NULL;
  return TRUE;
}

static gboolean
read_telnet (GwChardev *self, GwChardevElement *element, GError **error)
{
  self->telnet = TRUE;
  return read_tcp (self, element, error);
}

static const Type types[] = {
  { "vc", GW_CHARDEV_KIND_VC, read_nothing },
  { "pty", GW_CHARDEV_KIND_PTY, read_pty },
  { "null", GW_CHARDEV_KIND_NULL, read_nothing },
  { "host", GW_CHARDEV_KIND_DEV, read_host },
  { "file", GW_CHARDEV_KIND_FILE, read_file },
  { "pipe", GW_CHARDEV_KIND_PIPE, read_pipe },
  { "udp", GW_CHARDEV_KIND_UDP, read_udp },
  { "tcp", GW_CHARDEV_KIND_TCP, read_tcp },
  { "telnet", GW_CHARDEV_KIND_TCP, read_telnet },
  { "unix", GW_CHARDEV_KIND_UNIX, read_tcp },
};

/* --- The element -------------------------------------------------------- */

/**
 * gw_chardev_rfc_claims:
 *
 * Whether @element has something that only the RFC's form has.
 */
gboolean
gw_chardev_rfc_claims (const GwChardevElement *element)
{
  static const char *const attributes[] = { "pty", "port", "path" };
  static const char *const children[] = { "listen", "connect", "sendto", "bind" };
  const char *type = gw_chardev_element_look (element, "type");

  for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
    if (gw_chardev_element_look (element, attributes[i]) != NULL)
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    if (gw_chardev_element_has_child (element, children[i]))
      return TRUE;
  return g_strcmp0 (type, "host") == 0 || g_strcmp0 (type, "telnet") == 0;
}

static const Type *
find_type (GwChardevElement *element, GError **error)
{
  const char *type = gw_chardev_element_take (element, "type");

  if (type == NULL)
    type = "pty";
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (type, types[i].type))
      return &types[i];
  gw_chardev_element_fail (element, "type", error,
                           "the RFC's types are vc, pty, null, host, file, pipe, udp, tcp, telnet and unix");
  return NULL;
}

GwChardev *
gw_chardev_rfc_read (GwChardevElement *element, GError **error)
{
  GwChardevDevice device = gw_chardev_device_of (element);
  const Type *type = find_type (element, error);
  g_autofree char *rest = NULL;
  g_autoptr (GwChardev) self = NULL;

  if (type == NULL)
    return NULL;
  if (device == GW_CHARDEV_DEVICE_CHANNEL)
    {
      gw_chardev_element_fail (element, NULL, error, "the RFC has no channels: its <console> and <parallel> are ports");
      return NULL;
    }
  /* Its console is a serial port. */
  self = gw_chardev_new (device == GW_CHARDEV_DEVICE_PARALLEL ? device : GW_CHARDEV_DEVICE_SERIAL, type->kind,
                         GW_CHARDEV_FORM_RFC, element->line);
  if (!type->read (self, element, error))
    return NULL;
  rest = gw_chardev_element_describe_rest (element);
  if (rest != NULL)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "%s: type '%s' of the RFC's form has no such thing", rest, type->type);
      return NULL;
    }
  return g_steal_pointer (&self);
}
