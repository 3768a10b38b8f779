/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "gw-error.h"
#include "gw-export.h"

G_BEGIN_DECLS

/**
 * GwAddressKind:
 * @GW_ADDRESS_UNIX: `unix:PATH`, a unix socket that somebody listens on
 * @GW_ADDRESS_PTY: `pty:PATH`, a pseudo-terminal or another terminal device
 * @GW_ADDRESS_UNIX_LISTEN: `unix-listen:PATH`, a unix socket that the
 *   hypervisor connects to
 * @GW_ADDRESS_TCP: `tcp:HOST:PORT`
 * @GW_ADDRESS_VSOCK: `vsock:CID:PORT`, a socket of the vsock family
 * @GW_ADDRESS_LIBVIRT: `libvirt:[URI#]DOMAIN`, the agent's channel that
 *   libvirtd itself holds
 * @GW_ADDRESS_XEN: `xen:DOMAIN/NAME`, a channel of a domain of Xen's, wherever
 *   its socket or terminal is
 * @GW_ADDRESS_TCP_LISTEN: `tcp-listen:HOST:PORT`, which the hypervisor connects
 *   to; without HOST, or with `*`, at all addresses of this host
 * @GW_ADDRESS_TELNET: `telnet:HOST:PORT`, TCP with telnet around what is said
 * @GW_ADDRESS_TELNET_LISTEN: `telnet-listen:HOST:PORT`, the same where the
 *   hypervisor connects
 * @GW_ADDRESS_UDP: `udp:HOST:PORT@HOST:PORT`, datagrams to the first, and from
 *   it to the second; there without HOST at all addresses of this host
 * @GW_ADDRESS_PIPE: `pipe:PATH`, a pair of FIFOs: `PATH.in` is written, and
 *   `PATH.out` is read
 * @GW_ADDRESS_SERIAL: `serial:PATH[,SPEED]`, a serial line of this host, held by
 *   this process alone; 115200 bits a second if not said
 * @GW_ADDRESS_STDIO: `stdio:`, standard input and output of this process. From
 *   when it is opened first nothing else reads or writes them: what the program
 *   prints goes to standard error, and it reads nothing
 *
 * How an address is reached. More kinds may come.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_ADDRESS_UNIX,
  GW_ADDRESS_PTY,
  GW_ADDRESS_UNIX_LISTEN,
  GW_ADDRESS_TCP,
  GW_ADDRESS_VSOCK,
  GW_ADDRESS_LIBVIRT,
  GW_ADDRESS_XEN,
  GW_ADDRESS_TCP_LISTEN,
  GW_ADDRESS_TELNET,
  GW_ADDRESS_TELNET_LISTEN,
  GW_ADDRESS_UDP,
  GW_ADDRESS_PIPE,
  GW_ADDRESS_SERIAL,
  GW_ADDRESS_STDIO,
} GwAddressKind;

#define GW_TYPE_ADDRESS (gw_address_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwAddress, gw_address, GW, ADDRESS, GObject)

GW_PUBLIC
GwAddress *gw_address_new (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwAddressKind gw_address_get_kind (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_path (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_host (GwAddress *address);
GW_PUBLIC
guint32 gw_address_get_cid (GwAddress *address);
GW_PUBLIC
guint32 gw_address_get_port (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_bind_host (GwAddress *address);
GW_PUBLIC
guint32 gw_address_get_bind_port (GwAddress *address);
GW_PUBLIC
guint32 gw_address_get_speed (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_uri (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_domain (GwAddress *address);
GW_PUBLIC
const char *gw_address_get_channel (GwAddress *address);
GW_PUBLIC
const char *gw_address_to_string (GwAddress *address);

G_END_DECLS
