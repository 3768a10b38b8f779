/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-address.h"

G_BEGIN_DECLS

/**
 * GwChardevDevice:
 * @GW_CHARDEV_DEVICE_SERIAL: a serial port
 * @GW_CHARDEV_DEVICE_PARALLEL: a parallel port
 * @GW_CHARDEV_DEVICE_CONSOLE: a console that is no serial port: virtio's, Xen's
 * @GW_CHARDEV_DEVICE_CHANNEL: a channel, of virtio-serial, Xen or guestfwd
 *
 * What the guest has.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_DEVICE_SERIAL,
  GW_CHARDEV_DEVICE_PARALLEL,
  GW_CHARDEV_DEVICE_CONSOLE,
  GW_CHARDEV_DEVICE_CHANNEL,
} GwChardevDevice;

/**
 * GwChardevKind:
 * @GW_CHARDEV_KIND_NULL: nothing is there
 * @GW_CHARDEV_KIND_VC: a virtual console in the hypervisor's window
 * @GW_CHARDEV_KIND_PTY: a pseudo terminal that the hypervisor makes
 * @GW_CHARDEV_KIND_STDIO: standard input and output of the hypervisor
 * @GW_CHARDEV_KIND_DEV: a port of the host; the RFC's `host`, libvirt's `dev`
 * @GW_CHARDEV_KIND_FILE: a file that output goes to
 * @GW_CHARDEV_KIND_PIPE: a pair of FIFOs, or one
 * @GW_CHARDEV_KIND_UNIX: a unix socket
 * @GW_CHARDEV_KIND_TCP: TCP; see gw_chardev_get_telnet()
 * @GW_CHARDEV_KIND_UDP: UDP
 * @GW_CHARDEV_KIND_SPICEVMC: SPICE's agent
 * @GW_CHARDEV_KIND_SPICEPORT: a port of SPICE
 * @GW_CHARDEV_KIND_QEMU_VDAGENT: QEMU's own end of SPICE's agent
 * @GW_CHARDEV_KIND_DBUS: a port on D-Bus
 * @GW_CHARDEV_KIND_NMDM: a null modem device of FreeBSD
 *
 * What is at the host's end.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_KIND_NULL,
  GW_CHARDEV_KIND_VC,
  GW_CHARDEV_KIND_PTY,
  GW_CHARDEV_KIND_STDIO,
  GW_CHARDEV_KIND_DEV,
  GW_CHARDEV_KIND_FILE,
  GW_CHARDEV_KIND_PIPE,
  GW_CHARDEV_KIND_UNIX,
  GW_CHARDEV_KIND_TCP,
  GW_CHARDEV_KIND_UDP,
  GW_CHARDEV_KIND_SPICEVMC,
  GW_CHARDEV_KIND_SPICEPORT,
  GW_CHARDEV_KIND_QEMU_VDAGENT,
  GW_CHARDEV_KIND_DBUS,
  GW_CHARDEV_KIND_NMDM,
} GwChardevKind;

/**
 * GwChardevMode:
 * @GW_CHARDEV_MODE_CONNECT: the hypervisor connects
 * @GW_CHARDEV_MODE_BIND: the hypervisor listens
 *
 * Who connects to whom, where there is a socket of a unix or TCP kind.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_MODE_CONNECT,
  GW_CHARDEV_MODE_BIND,
} GwChardevMode;

/**
 * GwChardevSwitch:
 * @GW_CHARDEV_SWITCH_UNSET: nothing is said of it
 * @GW_CHARDEV_SWITCH_OFF: off
 * @GW_CHARDEV_SWITCH_ON: on
 *
 * What may be left to the hypervisor.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_SWITCH_UNSET,
  GW_CHARDEV_SWITCH_OFF,
  GW_CHARDEV_SWITCH_ON,
} GwChardevSwitch;

/**
 * GwChardevForm:
 * @GW_CHARDEV_FORM_ANY: what the text looks like
 * @GW_CHARDEV_FORM_RFC: that of the 2007 RFC "Supporting serial & parallel
 *   ports for QEMU", where a `<console>` is a serial port
 * @GW_CHARDEV_FORM_LIBVIRT: that of libvirt today
 *
 * How devices are written in XML.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_FORM_ANY,
  GW_CHARDEV_FORM_RFC,
  GW_CHARDEV_FORM_LIBVIRT,
} GwChardevForm;

/**
 * GwChardevWriteFlags:
 * @GW_CHARDEV_WRITE_DEFAULT: none of these
 * @GW_CHARDEV_WRITE_OLD_STYLE: QEMU's `-serial` and `-parallel` instead of
 *   `-chardev` and `-device`
 * @GW_CHARDEV_WRITE_LOSSY: what the other form has no place for is left out,
 *   and told in the notes; without it that is an error
 * @GW_CHARDEV_WRITE_WINDOWS: the host is one with Windows: port n of the host
 *   is COMn
 *
 * How devices are written.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_CHARDEV_WRITE_DEFAULT = 0,
  GW_CHARDEV_WRITE_OLD_STYLE = 1 << 0,
  GW_CHARDEV_WRITE_LOSSY = 1 << 1,
  GW_CHARDEV_WRITE_WINDOWS = 1 << 2,
} GwChardevWriteFlags;

#define GW_TYPE_CHARDEV (gw_chardev_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwChardev, gw_chardev, GW, CHARDEV, GObject)

GW_PUBLIC
GPtrArray *gw_chardev_read_xml (const char *xml, gssize length, GwChardevForm form,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
char *gw_chardev_write_xml (GPtrArray *devices, GwChardevWriteFlags flags, char ***notes,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
char **gw_chardev_write_qemu (GPtrArray *devices, const char *version, GwChardevWriteFlags flags, char ***notes,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
char *gw_chardev_write_xl (GPtrArray *devices, const char *version, GwChardevWriteFlags flags, char ***notes,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
GwChardevDevice gw_chardev_get_device (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_device_name (GwChardev *chardev);
GW_PUBLIC
GwChardevKind gw_chardev_get_kind (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_kind_name (GwChardev *chardev);
GW_PUBLIC
GwChardevForm gw_chardev_get_form (GwChardev *chardev);
GW_PUBLIC
guint gw_chardev_get_line (GwChardev *chardev);

GW_PUBLIC
GwChardevMode gw_chardev_get_mode (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_path (GwChardev *chardev);
GW_PUBLIC
int gw_chardev_get_host_port (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_host (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_service (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_bind_host (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_bind_service (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_source_channel (GwChardev *chardev);
GW_PUBLIC
gboolean gw_chardev_get_telnet (GwChardev *chardev);
GW_PUBLIC
gboolean gw_chardev_get_wait (GwChardev *chardev);
GW_PUBLIC
gboolean gw_chardev_get_nodelay (GwChardev *chardev);
GW_PUBLIC
GwChardevSwitch gw_chardev_get_tls (GwChardev *chardev);
GW_PUBLIC
int gw_chardev_get_reconnect (GwChardev *chardev);
GW_PUBLIC
GwChardevSwitch gw_chardev_get_append (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_log_path (GwChardev *chardev);
GW_PUBLIC
GwChardevSwitch gw_chardev_get_log_append (GwChardev *chardev);

GW_PUBLIC
const char *gw_chardev_get_target_type (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_target_model (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_target_name (GwChardev *chardev);
GW_PUBLIC
const char *gw_chardev_get_target_host (GwChardev *chardev);
GW_PUBLIC
int gw_chardev_get_target_port (GwChardev *chardev);
GW_PUBLIC
gboolean gw_chardev_get_virtio_address (GwChardev *chardev, guint *controller, guint *bus, guint *port);
GW_PUBLIC
GwAddress *gw_chardev_to_address (GwChardev *chardev, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
const char *gw_chardev_get_state (GwChardev *chardev);

GW_PUBLIC
void gw_chardev_find_async (const char *domain, const char *qmp_path, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
GPtrArray *gw_chardev_find_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GPtrArray *gw_chardev_find (const char *domain, const char *qmp_path, GCancellable *cancellable,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
const char *gw_chardev_get_alias (GwChardev *chardev);

G_END_DECLS
