/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a device as libvirt writes it today (libvirt: docs/formatdomain.rst,
 * "Consoles, serial, parallel & channel devices"). What it does not know, as
 * libvirt grows, is kept as text, for writers to complain about. */

#include "gw-chardev-check.h"
#include "gw-chardev-read.h"

#include "gw-limits.h"

/* --- <source> ----------------------------------------------------------- */

static gboolean
need_source (const GwChardevElement *element, const GwChardevElement *source, GError **error)
{
  return source != NULL || gw_chardev_element_fail (element, NULL, error, "it needs a <source>");
}

static gboolean
read_mode (GwChardevElement *source, GwChardevMode *mode, GError **error)
{
  GwChardevSwitch binds = GW_CHARDEV_SWITCH_OFF;

  if (!gw_chardev_take_switch (source, "mode", "bind", "connect", &binds, error))
    return FALSE;
  *mode = binds == GW_CHARDEV_SWITCH_ON ? GW_CHARDEV_MODE_BIND : GW_CHARDEV_MODE_CONNECT;
  return TRUE;
}

static gboolean
read_reconnect (GwChardev *self, GwChardevElement *source, GError **error)
{
  GwChardevElement *reconnect = gw_chardev_element_take_child (source, "reconnect");
  GwChardevSwitch enabled = GW_CHARDEV_SWITCH_UNSET;

  if (reconnect == NULL)
    return TRUE;
  if (!gw_chardev_take_switch (reconnect, "enabled", "yes", "no", &enabled, error))
    return FALSE;
  if (enabled == GW_CHARDEV_SWITCH_UNSET)
    return gw_chardev_element_fail (reconnect, "enabled", error, "it is 'yes' or 'no'");
  if (self->mode == GW_CHARDEV_MODE_BIND)
    return gw_chardev_element_fail (reconnect, NULL, error, "only mode='connect' connects again");
  if (enabled == GW_CHARDEV_SWITCH_ON)
    return gw_chardev_take_number (reconnect, "timeout", GW_CHARDEV_HAS_TO_BE, 1, GW_CHARDEV_RECONNECT_MAX_S, &self->reconnect, error);
  gw_chardev_element_take (reconnect, "timeout");
  self->reconnect = 0;
  return TRUE;
}

static gboolean
read_unix (GwChardev *self, GwChardevElement *element, GwChardevElement *source, GError **error)
{
  gboolean is_channel = self->device == GW_CHARDEV_DEVICE_CHANNEL;

  /* libvirt makes up the socket of a channel. */
  if (is_channel && (source == NULL || gw_chardev_element_look (source, "path") == NULL))
    self->mode = GW_CHARDEV_MODE_BIND;
  if (source == NULL)
    return is_channel || need_source (element, source, error);
  if (gw_chardev_element_look (source, "path") == NULL && is_channel)
    {
      GwChardevMode none;

      return read_mode (source, &none, error) && read_reconnect (self, source, error);
    }
  return read_mode (source, &self->mode, error)
         && gw_chardev_take_path (source, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_SOCKET_PATH_MAX, &self->path, error)
         && read_reconnect (self, source, error);
}

static gboolean
read_protocol (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *protocol = gw_chardev_element_take_child (element, "protocol");
  GwChardevSwitch telnet = GW_CHARDEV_SWITCH_UNSET;

  /* libvirt has telnets and tls, too, and does nothing about them: what seems encrypted is not. */
  if (protocol != NULL && !gw_chardev_take_switch (protocol, "type", "telnet", "raw", &telnet, error))
    return FALSE;
  self->telnet = telnet == GW_CHARDEV_SWITCH_ON;
  return TRUE;
}

static gboolean
read_tcp (GwChardev *self, GwChardevElement *element, GwChardevElement *source, GError **error)
{
  return need_source (element, source, error) && read_mode (source, &self->mode, error)
         && gw_chardev_take_host (source, "host", GW_CHARDEV_HAS_TO_BE, &self->host, error)
         && gw_chardev_take_service (source, "service", GW_CHARDEV_HAS_TO_BE, self->mode == GW_CHARDEV_MODE_BIND ? 0 : 1,
                                     &self->service, error)
         && gw_chardev_take_switch (source, "tls", "yes", "no", &self->tls, error) && read_reconnect (self, source, error)
         && read_protocol (self, element, error);
}

static gboolean
read_udp_end (GwChardev *self, GwChardevElement *source, GError **error)
{
  GwChardevMode mode;

  if (!read_mode (source, &mode, error))
    return FALSE;
  if (mode == GW_CHARDEV_MODE_BIND ? self->bind_host != NULL || self->bind_service != NULL : self->service != NULL)
    return gw_chardev_element_fail (source, NULL, error, "a second one of that mode");
  if (mode == GW_CHARDEV_MODE_BIND)
    return gw_chardev_take_host (source, "host", GW_CHARDEV_MAY_BE_MISSING, &self->bind_host, error)
           && gw_chardev_take_service (source, "service", GW_CHARDEV_MAY_BE_MISSING, 0, &self->bind_service, error);
  return gw_chardev_take_host (source, "host", GW_CHARDEV_MAY_BE_MISSING, &self->host, error)
         && gw_chardev_take_service (source, "service", GW_CHARDEV_HAS_TO_BE, 1, &self->service, error);
}

/* One <source> to send to, and perhaps one to receive on. */
static gboolean
read_udp (GwChardev *self, GwChardevElement *element, GwChardevElement *source, GError **error)
{
  GwChardevElement *second = gw_chardev_element_take_child (element, "source");

  if (!need_source (element, source, error) || !read_udp_end (self, source, error)
      || (second != NULL && !read_udp_end (self, second, error)))
    return FALSE;
  return self->service != NULL
         || gw_chardev_element_fail (element, NULL, error, "udp needs a <source mode='connect'> with a service to send to");
}

static gboolean
read_file (GwChardev *self, GwChardevElement *element, GwChardevElement *source, GError **error)
{
  return need_source (element, source, error)
         && gw_chardev_take_path (source, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, &self->path, error)
         && gw_chardev_take_switch (source, "append", "on", "off", &self->append, error);
}

/* What the hypervisor has made of it, in the XML of one that runs. */
static gboolean
read_pty (GwChardev *self, GwChardevElement *element, GwChardevElement *source, GError **error)
{
  return (source == NULL
          || gw_chardev_take_path (source, "path", GW_CHARDEV_MAY_BE_MISSING, GW_CHARDEV_PATH_MAX, &self->path, error))
         && (self->path != NULL
             || gw_chardev_take_path (element, "tty", GW_CHARDEV_MAY_BE_MISSING, GW_CHARDEV_PATH_MAX, &self->path, error));
}

static gboolean
read_vdagent (GwChardev *self, GwChardevElement *source, GError **error)
{
  GwChardevElement *clipboard = source != NULL ? gw_chardev_element_take_child (source, "clipboard") : NULL;
  GwChardevElement *mouse = source != NULL ? gw_chardev_element_take_child (source, "mouse") : NULL;

  return (clipboard == NULL || gw_chardev_take_switch (clipboard, "copypaste", "yes", "no", &self->clipboard, error))
         && (mouse == NULL || gw_chardev_take_switch (mouse, "mode", "client", "server", &self->mouse, error));
}

static gboolean
read_source (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *source = gw_chardev_element_take_child (element, "source");

  switch (self->kind)
    {
    case GW_CHARDEV_KIND_NULL:
    case GW_CHARDEV_KIND_VC:
    case GW_CHARDEV_KIND_STDIO:
    case GW_CHARDEV_KIND_SPICEVMC:
      return TRUE;
    case GW_CHARDEV_KIND_PTY:
      return read_pty (self, element, source, error);
    case GW_CHARDEV_KIND_DEV:
      return need_source (element, source, error) && gw_chardev_take_port_of_host (source, "path", &self->path, error);
    case GW_CHARDEV_KIND_FILE:
      return read_file (self, element, source, error);
    case GW_CHARDEV_KIND_PIPE:
      return need_source (element, source, error)
             && gw_chardev_take_path (source, "path", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PIPE_PATH_MAX, &self->path, error);
    case GW_CHARDEV_KIND_UNIX:
      return read_unix (self, element, source, error);
    case GW_CHARDEV_KIND_TCP:
      return read_tcp (self, element, source, error);
    case GW_CHARDEV_KIND_UDP:
      return read_udp (self, element, source, error);
    case GW_CHARDEV_KIND_SPICEPORT:
    case GW_CHARDEV_KIND_DBUS:
      return need_source (element, source, error)
             && gw_chardev_take_text (source, "channel", GW_CHARDEV_HAS_TO_BE, &self->source_channel, error);
    case GW_CHARDEV_KIND_QEMU_VDAGENT:
      return read_vdagent (self, source, error);
    case GW_CHARDEV_KIND_NMDM:
      return need_source (element, source, error)
             && gw_chardev_take_path (source, "master", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, &self->master, error)
             && gw_chardev_take_path (source, "slave", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, &self->slave, error);
    }
  g_assert_not_reached ();
}

/* --- What all kinds have ------------------------------------------------ */

static gboolean
read_log (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *log = gw_chardev_element_take_child (element, "log");

  return log == NULL
         || (gw_chardev_take_path (log, "file", GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, &self->log_path, error)
             && gw_chardev_take_switch (log, "append", "on", "off", &self->log_append, error));
}

static gboolean
read_guestfwd (GwChardev *self, GwChardevElement *target, GError **error)
{
  return gw_chardev_take_host (target, "address", GW_CHARDEV_HAS_TO_BE, &self->target_host, error)
         && gw_chardev_take_number (target, "port", GW_CHARDEV_HAS_TO_BE, 1, 65535, &self->target_port, error);
}

static gboolean
read_target (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *target = gw_chardev_element_take_child (element, "target");
  GwChardevElement *model = target != NULL ? gw_chardev_element_take_child (target, "model") : NULL;
  GwChardevNeed need = self->device == GW_CHARDEV_DEVICE_CHANNEL ? GW_CHARDEV_HAS_TO_BE : GW_CHARDEV_MAY_BE_MISSING;
  const char *state;

  if (target == NULL)
    return need == GW_CHARDEV_MAY_BE_MISSING
           || gw_chardev_element_fail (element, NULL, error, "it needs a <target>, as <target type='virtio' name='…'/>");
  if (!gw_chardev_take_text (target, "type", need, &self->target_type, error))
    return FALSE;
  /* libvirt takes no notice of any: the guest gets ISA's port, whatever was wanted. */
  if (self->device == GW_CHARDEV_DEVICE_PARALLEL && self->target_type != NULL)
    return gw_chardev_element_fail (target, "type", error, "parallel ports are of one type, that of ISA: leave the attribute out");
  if (g_strcmp0 (self->target_type, "guestfwd") == 0)
    return read_guestfwd (self, target, error);
  /* Of a machine that runs. */
  state = gw_chardev_element_take (target, "state");
  if (state != NULL)
    gw_chardev_set_open (self, g_str_equal (state, "connected"));
  return gw_chardev_take_text (target, "name", GW_CHARDEV_MAY_BE_MISSING, &self->target_name, error)
         && gw_chardev_take_number (target, "port", GW_CHARDEV_MAY_BE_MISSING, 0, GW_CHARDEV_TARGET_PORT_MAX, &self->target_port, error)
         && (model == NULL || gw_chardev_take_text (model, "name", GW_CHARDEV_HAS_TO_BE, &self->target_model, error));
}

/* As QEMU takes an id: a letter, then letters, digits and "-._". */
static gboolean
read_alias (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *alias = gw_chardev_element_take_child (element, "alias");

  if (alias == NULL)
    return TRUE;
  if (!gw_chardev_take_text (alias, "name", GW_CHARDEV_HAS_TO_BE, &self->alias, error))
    return FALSE;
  for (const char *at = self->alias; *at != '\0'; at++)
    if (!g_ascii_isalpha (*at) && (at == self->alias || (!g_ascii_isdigit (*at) && *at != '-' && *at != '.' && *at != '_')))
      return gw_chardev_element_fail (alias, "name", error, "an alias is a letter, then letters, digits, '-', '.' and '_'");
  return TRUE;
}

static gboolean
read_virtio_address (GwChardev *self, GwChardevElement *address, GError **error)
{
  self->controller = self->bus = 0;
  return gw_chardev_take_number (address, "controller", GW_CHARDEV_MAY_BE_MISSING, 0, GW_CHARDEV_CONTROLLER_MAX, &self->controller, error)
         && gw_chardev_take_number (address, "bus", GW_CHARDEV_MAY_BE_MISSING, 0, GW_CHARDEV_CONTROLLER_MAX, &self->bus, error)
         && gw_chardev_take_number (address, "port", GW_CHARDEV_MAY_BE_MISSING, 0, GW_CHARDEV_VIRTIO_PORT_MAX, &self->port, error);
}

/* Numbers of these go to QEMU; others are for who knows the machine's buses, and are kept as they are. */
static gboolean
read_part_of_address (const GwChardev *self, GwChardevElement *address, const char *name, char **value, GError **error)
{
  gboolean is_isa = g_str_equal (self->address_type, "isa");

  if (is_isa && g_str_equal (name, "iobase"))
    return gw_chardev_take_hex (address, name, GW_CHARDEV_ISA_IOBASE_MAX, value, error);
  if (is_isa && g_str_equal (name, "irq"))
    return gw_chardev_take_hex (address, name, GW_CHARDEV_ISA_IRQ_MAX, value, error);
  if (g_str_equal (self->address_type, "spapr-vio") && g_str_equal (name, "reg"))
    return gw_chardev_take_hex (address, name, GW_CHARDEV_SPAPR_REG_MAX, value, error);
  return gw_chardev_take_text (address, name, GW_CHARDEV_HAS_TO_BE, value, error);
}

static gboolean
read_address (GwChardev *self, GwChardevElement *element, GError **error)
{
  GwChardevElement *address = gw_chardev_element_take_child (element, "address");

  if (address == NULL)
    return TRUE;
  if (!gw_chardev_take_text (address, "type", GW_CHARDEV_HAS_TO_BE, &self->address_type, error))
    return FALSE;
  if (g_str_equal (self->address_type, "virtio-serial"))
    return read_virtio_address (self, address, error);
  for (guint i = 0; i < address->attributes->len; i++)
    {
      GwChardevTreeAttribute *found = g_ptr_array_index (address->attributes, i);
      GwChardevAttribute *kept;

      if (found->is_taken)
        continue;
      kept = g_new0 (GwChardevAttribute, 1);
      kept->name = g_strdup (found->name);
      g_ptr_array_add (self->address, kept);
      if (!read_part_of_address (self, address, found->name, &kept->value, error))
        return FALSE;
    }
  return TRUE;
}

/* --- The element -------------------------------------------------------- */

/**
 * gw_chardev_libvirt_claims:
 *
 * Whether @element has something that only libvirt's form has.
 */
gboolean
gw_chardev_libvirt_claims (const GwChardevElement *element)
{
  static const char *const children[] = { "source", "protocol", "target", "log", "alias", "address" };
  const char *type = gw_chardev_element_look (element, "type");
  GwChardevKind kind;

  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    if (gw_chardev_element_has_child (element, children[i]))
      return TRUE;
  if (gw_chardev_element_look (element, "tty") != NULL)
    return TRUE;
  if (type == NULL || !gw_chardev_kind_from_string (type, &kind))
    return FALSE;
  return kind == GW_CHARDEV_KIND_STDIO || kind == GW_CHARDEV_KIND_DEV || kind >= GW_CHARDEV_KIND_SPICEVMC;
}

GwChardev *
gw_chardev_libvirt_read (GwChardevElement *element, GError **error)
{
  const char *type = gw_chardev_element_take (element, "type");
  GwChardevKind kind = GW_CHARDEV_KIND_PTY;
  g_autoptr (GwChardev) self = NULL;

  if (type != NULL && !gw_chardev_kind_from_string (type, &kind))
    {
      gw_chardev_element_fail (element, "type", error,
                               "libvirt's types are null, vc, pty, stdio, dev, file, pipe, unix, tcp, udp, spicevmc, "
                               "spiceport, qemu-vdagent, dbus and nmdm");
      return NULL;
    }
  self = gw_chardev_new (gw_chardev_device_of (element), kind, GW_CHARDEV_FORM_LIBVIRT, element->line);
  if (!read_source (self, element, error) || !read_log (self, element, error) || !read_target (self, element, error)
      || !read_alias (self, element, error) || !read_address (self, element, error))
    return NULL;
  /* An old name of the path. */
  gw_chardev_element_take (element, "tty");
  gw_chardev_element_list_rest (element, self->unknown);
  return g_steal_pointer (&self);
}
