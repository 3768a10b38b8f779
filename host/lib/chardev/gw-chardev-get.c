/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a character device says of itself. */

#include "gw-chardev-private.h"

/**
 * gw_chardev_get_device:
 *
 * Returns: what the guest has
 *
 * Since: 0.1
 */
GwChardevDevice
gw_chardev_get_device (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_DEVICE_SERIAL);
  return chardev->device;
}

/**
 * gw_chardev_get_device_name:
 *
 * Returns: libvirt's word for it: `serial`, `parallel`, `console`, `channel`
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_device_name (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return gw_chardev_device_to_string (chardev->device);
}

/**
 * gw_chardev_get_kind:
 *
 * Returns: what is at the host's end
 *
 * Since: 0.1
 */
GwChardevKind
gw_chardev_get_kind (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_KIND_NULL);
  return chardev->kind;
}

/**
 * gw_chardev_get_kind_name:
 *
 * Returns: libvirt's word for it, as `pty` or `tcp`
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_kind_name (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return gw_chardev_kind_to_string (chardev->kind);
}

/**
 * gw_chardev_get_form:
 *
 * Returns: how it was written
 *
 * Since: 0.1
 */
GwChardevForm
gw_chardev_get_form (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_FORM_ANY);
  return chardev->form;
}

/**
 * gw_chardev_get_line:
 *
 * Returns: the line of the XML where it began, from 1
 *
 * Since: 0.1
 */
guint
gw_chardev_get_line (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), 0);
  return chardev->line;
}

/**
 * gw_chardev_get_mode:
 *
 * Returns: who connects, of a unix socket or TCP
 *
 * Since: 0.1
 */
GwChardevMode
gw_chardev_get_mode (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_MODE_CONNECT);
  return chardev->mode;
}

/**
 * gw_chardev_get_path:
 *
 * Returns: (nullable): the path of a file, pipe, socket, port or terminal. That of a
 *   terminal is what the hypervisor has given, in the XML of one that runs
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_path (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->path;
}

/**
 * gw_chardev_get_host_port:
 *
 * Returns: the number of a port of the host that the RFC's form gave, or -1; its
 *   path is that of Linux
 *
 * Since: 0.1
 */
int
gw_chardev_get_host_port (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), -1);
  return chardev->host_port;
}

/**
 * gw_chardev_get_host:
 *
 * Returns: (nullable): the name or address that the hypervisor connects or sends
 *   to or, with %GW_CHARDEV_MODE_BIND, listens on. Empty is any
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_host (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->host;
}

/**
 * gw_chardev_get_service:
 *
 * Returns: (nullable): the port of that, a number or the name of a service
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_service (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->service;
}

/**
 * gw_chardev_get_bind_host:
 *
 * Returns: (nullable): where a hypervisor receives UDP
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_bind_host (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->bind_host;
}

/**
 * gw_chardev_get_bind_service:
 *
 * Returns: (nullable): the port of that, a number or the name of a service
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_bind_service (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->bind_service;
}

/**
 * gw_chardev_get_source_channel:
 *
 * Returns: (nullable): what a port of SPICE or D-Bus is called there
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_source_channel (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->source_channel;
}

/**
 * gw_chardev_get_telnet:
 *
 * Returns: whether telnet is spoken over TCP
 *
 * Since: 0.1
 */
gboolean
gw_chardev_get_telnet (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), FALSE);
  return chardev->telnet;
}

/**
 * gw_chardev_get_wait:
 *
 * Returns: whether a hypervisor that listens starts the guest only when somebody
 *   is connected
 *
 * Since: 0.1
 */
gboolean
gw_chardev_get_wait (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), FALSE);
  return chardev->wait;
}

/**
 * gw_chardev_get_nodelay:
 *
 * Returns: whether small pieces are sent at once
 *
 * Since: 0.1
 */
gboolean
gw_chardev_get_nodelay (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), FALSE);
  return chardev->nodelay;
}

/**
 * gw_chardev_get_tls:
 *
 * Returns: whether TCP is encrypted
 *
 * Since: 0.1
 */
GwChardevSwitch
gw_chardev_get_tls (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_SWITCH_UNSET);
  return chardev->tls;
}

/**
 * gw_chardev_get_reconnect:
 *
 * Returns: after how many seconds a lost connection is made again; 0 for never, -1
 *   where nothing is said
 *
 * Since: 0.1
 */
int
gw_chardev_get_reconnect (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), -1);
  return chardev->reconnect;
}

/**
 * gw_chardev_get_append:
 *
 * Returns: whether a file is appended to, rather than begun anew
 *
 * Since: 0.1
 */
GwChardevSwitch
gw_chardev_get_append (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_SWITCH_UNSET);
  return chardev->append;
}

/**
 * gw_chardev_get_log_path:
 *
 * Returns: (nullable): a file that gets a copy of all output
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_log_path (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->log_path;
}

/**
 * gw_chardev_get_log_append:
 *
 * Returns: whether that one is appended to
 *
 * Since: 0.1
 */
GwChardevSwitch
gw_chardev_get_log_append (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), GW_CHARDEV_SWITCH_UNSET);
  return chardev->log_append;
}

/**
 * gw_chardev_get_target_type:
 *
 * Returns: (nullable): what bears the device: `isa-serial`, `virtio`, `xen`, …
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_target_type (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->target_type;
}

/**
 * gw_chardev_get_target_model:
 *
 * Returns: (nullable): the model of a serial port
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_target_model (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->target_model;
}

/**
 * gw_chardev_get_target_name:
 *
 * Returns: (nullable): a channel's name in the guest
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_target_name (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->target_name;
}

/**
 * gw_chardev_get_target_host:
 *
 * Returns: (nullable): the address in the guest's network of a channel of guestfwd
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_target_host (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->target_host;
}

/**
 * gw_chardev_get_target_port:
 *
 * Returns: the number of a port or console, from 0; of guestfwd that of TCP; -1
 *   where nothing is said
 *
 * Since: 0.1
 */
int
gw_chardev_get_target_port (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), -1);
  return chardev->target_port;
}

/**
 * gw_chardev_get_virtio_address:
 * @controller: (out) (optional): the controller's number
 * @bus: (out) (optional): the number of its bus
 * @port: (out) (optional): the number of the port on it
 *
 * Tells where on virtio-serial a channel or console is.
 *
 * Returns: whether that was said
 *
 * Since: 0.1
 */
gboolean
gw_chardev_get_virtio_address (GwChardev *chardev, guint *controller, guint *bus, guint *port)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), FALSE);
  if (chardev->port < 0)
    return FALSE;
  if (controller != NULL)
    *controller = (guint) MAX (chardev->controller, 0);
  if (bus != NULL)
    *bus = (guint) MAX (chardev->bus, 0);
  if (port != NULL)
    *port = (guint) chardev->port;
  return TRUE;
}

/**
 * gw_chardev_get_alias:
 *
 * Returns: (nullable): libvirt's id of it
 *
 * Since: 0.1
 */
const char *
gw_chardev_get_alias (GwChardev *chardev)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  return chardev->alias;
}
