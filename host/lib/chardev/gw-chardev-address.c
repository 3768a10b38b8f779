/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a device to how its host's end is reached. Opens nothing. */

#include "gw-chardev-private.h"

#include <string.h>

static GwAddress *
refuse (GwChardev *chardev, GError **error, const char *why)
{
  g_set_error (error, GW_ERROR, GW_ERROR_UNSUPPORTED, "%s of type %s: %s", gw_chardev_get_device_name (chardev),
               gw_chardev_get_kind_name (chardev), why);
  return NULL;
}

/* What is bound at all addresses is reached at the one that every host has. */
static char *
to_connect (const char *host)
{
  if (host == NULL || *host == '\0' || g_str_equal (host, "0.0.0.0") || g_str_equal (host, "*"))
    return g_strdup ("127.0.0.1");
  if (g_str_equal (host, "::"))
    return g_strdup ("[::1]");
  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", host) : g_strdup (host);
}

static char *
to_bind (const char *host)
{
  if (host == NULL || *host == '\0' || g_str_equal (host, "*"))
    return g_strdup ("");
  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", host) : g_strdup (host);
}

static GwAddress *
path_address (GwChardev *chardev, const char *scheme, GError **error)
{
  g_autofree char *text = NULL;

  if (chardev->path == NULL)
    return refuse (chardev, error,
                   "the hypervisor chooses its path when the machine starts: 'guestwire chardev show' tells which");
  text = g_strconcat (scheme, chardev->path, NULL);
  return gw_address_new (text, error);
}

static GwAddress *
tcp_address (GwChardev *chardev, GError **error)
{
  gboolean binds = chardev->mode == GW_CHARDEV_MODE_BIND;
  g_autofree char *host = binds ? to_connect (chardev->host) : to_bind (chardev->host);
  g_autofree char *text = NULL;

  if (chardev->tls == GW_CHARDEV_SWITCH_ON)
    return refuse (chardev, error, "what it says is in TLS, which is not spoken here: let it listen without, on 127.0.0.1");
  text = g_strdup_printf ("%s%s:%s:%s", chardev->telnet ? "telnet" : "tcp", binds ? "" : "-listen", host,
                          chardev->service != NULL ? chardev->service : "");
  return gw_address_new (text, error);
}

/* QEMU reports no connection on UDP, and a port of virtio-serial waits for one
 * (QEMU: hw/char/virtio-console.c). */
static GwAddress *
udp_address (GwChardev *chardev, GError **error)
{
  g_autofree char *peer = to_connect (chardev->bind_host);
  g_autofree char *host = to_bind (chardev->host);
  g_autofree char *text = NULL;

  if (chardev->device == GW_CHARDEV_DEVICE_CHANNEL)
    return refuse (chardev, error, "QEMU never opens a channel on UDP, so that nothing passes: make it a <serial>");
  if (chardev->bind_service == NULL || g_str_equal (chardev->bind_service, "0"))
    return refuse (chardev, error,
                   "it has no port of its own that is known, so that nothing can be sent to it: give it one, with "
                   "<source mode='bind' service='PORT'/>");
  text = g_strdup_printf ("udp:%s:%s@%s:%s", peer, chardev->bind_service, host,
                          chardev->service != NULL ? chardev->service : "");
  return gw_address_new (text, error);
}

/**
 * gw_chardev_to_address:
 * @chardev: a #GwChardev
 * @error: return location for a #GError
 *
 * How this host reaches what the guest's device is tied to. Who listens on one
 * side connects on the other one: of a device in mode `connect` it is a
 * `unix-listen:` or `tcp-listen:` address. A host's port (of type `dev`) has no
 * end here: that is the other end of its cable.
 *
 * Returns: (transfer full): the address; or %NULL with %GW_ERROR_UNSUPPORTED set
 *   where nothing passes both ways, or where it is not known, whose message says
 *   what to do; or with %GW_ERROR_INVALID_ADDRESS where it cannot be one, as with
 *   a port that has a name
 *
 * Since: 0.1
 */
GwAddress *
gw_chardev_to_address (GwChardev *chardev, GError **error)
{
  g_return_val_if_fail (GW_IS_CHARDEV (chardev), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  switch (chardev->kind)
    {
    case GW_CHARDEV_KIND_PTY:
      return path_address (chardev, "pty:", error);
    case GW_CHARDEV_KIND_UNIX:
      return path_address (chardev, chardev->mode == GW_CHARDEV_MODE_BIND ? "unix:" : "unix-listen:", error);
    case GW_CHARDEV_KIND_PIPE:
      return path_address (chardev, "pipe:", error);
    case GW_CHARDEV_KIND_TCP:
      return tcp_address (chardev, error);
    case GW_CHARDEV_KIND_UDP:
      return udp_address (chardev, error);
    case GW_CHARDEV_KIND_STDIO:
      return gw_address_new ("stdio:", error);
    case GW_CHARDEV_KIND_DEV:
      return refuse (chardev, error, "the machine itself has this host's port: open the other end of its cable, with serial:");
    case GW_CHARDEV_KIND_FILE:
      return refuse (chardev, error, "a file takes output only: make it unix, tcp or pty");
    case GW_CHARDEV_KIND_NULL:
      return refuse (chardev, error, "it is tied to nothing: make it unix, tcp or pty");
    case GW_CHARDEV_KIND_VC:
      return refuse (chardev, error, "it is shown in the hypervisor's window alone: make it unix, tcp or pty");
    case GW_CHARDEV_KIND_SPICEVMC:
    case GW_CHARDEV_KIND_SPICEPORT:
      return refuse (chardev, error, "a client of SPICE has its other end: make it unix, tcp or pty");
    case GW_CHARDEV_KIND_QEMU_VDAGENT:
    case GW_CHARDEV_KIND_DBUS:
      return refuse (chardev, error, "the hypervisor keeps its other end: make it unix, tcp or pty");
    case GW_CHARDEV_KIND_NMDM:
    default:
      return refuse (chardev, error, "Linux has none: make it unix, tcp or pty");
    }
}
