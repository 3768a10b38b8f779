/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens addresses. Tries once and never waits; whether to try again is the
 * caller's business. Speaks no byte. */

#include "gw-connect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-connect-pipes.h"
#include "gw-ends.h"
#include "gw-libvirt.h"
#include "gw-speed.h"

static gboolean
fail (GError **error, GwError code, const char *why)
{
  g_set_error_literal (error, GW_ERROR, code, why);
  return FALSE;
}

/* AF_UNIX knows no connect in progress: it is there, or it is not, or its
 * backlog is full (EAGAIN). */
static gboolean
connect_unix (const char *path, GwEnds *ends, gboolean *may_pass, GError **error)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int number;

  ends->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (ends->fd < 0)
    return fail (error, GW_ERROR_CONNECT, g_strerror (errno));
  /* gw_address_new() has seen that it fits with its NUL. */
  strncpy (name.sun_path, path, sizeof name.sun_path - 1);
  if (connect (ends->fd, (struct sockaddr *) &name, sizeof name) == 0)
    return TRUE;
  number = errno;
  *may_pass = number == ENOENT || number == ECONNREFUSED || number == EAGAIN || number == EINTR;
  /* QEMU serves one client and lets one wait. */
  if (number == EAGAIN)
    return fail (error, GW_ERROR_BUSY, "more clients wait for the socket than it takes");
  return fail (error, GW_ERROR_CONNECT, g_strerror (number));
}

static gboolean
open_terminal (const char *path, GwEnds *ends, gboolean *may_pass, GError **error)
{
  struct stat status;

  ends->kind = GW_PORT_TTY;
  /* Opening the wrong thing may do harm: a tape rewinds. */
  if (stat (path, &status) == 0 && !S_ISCHR (status.st_mode))
    return fail (error, GW_ERROR_CONNECT, "not a terminal");
  ends->fd = open (path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (ends->fd < 0)
    {
      int number = errno;

      /* EIO: the hypervisor has closed its end and not yet opened it again. EBUSY:
       * somebody has it for himself alone. */
      *may_pass = number == ENOENT || number == EIO || number == EINTR || number == EBUSY;
      return number == EBUSY ? fail (error, GW_ERROR_BUSY, "another program holds the terminal")
                             : fail (error, GW_ERROR_CONNECT, g_strerror (number));
    }
  if (!isatty (ends->fd))
    return fail (error, GW_ERROR_CONNECT, "not a terminal");
  *may_pass = !gw_port_lock_tty (ends->fd, error);
  return !*may_pass;
}

static gboolean
connect_pty (const char *path, GwEnds *ends, gboolean *may_pass, GError **error)
{
  return open_terminal (path, ends, may_pass, error) && gw_port_prepare_tty (ends->fd, error);
}

static gboolean
connect_serial (const char *path, guint32 speed, GwEnds *ends, gboolean *may_pass, GError **error)
{
  return open_terminal (path, ends, may_pass, error) && gw_ends_hold_mode (ends, error)
         && gw_port_prepare_line (ends->fd, gw_speed_to_termios (speed), error);
}

/* What connect() to a virtual machine says (net/vmw_vsock/af_vsock.c and its
 * transports). */
void
gw_connect_vsock_failed (int number, gboolean *may_pass, GError **error)
{
  static const struct
  {
    int number;
    const char *why;
  } rows[] = {
    { ENODEV, "no machine has this context id, or it has no vsock device" },
    { ECONNRESET, "nobody listens on the port in the guest" },
    { EAFNOSUPPORT, "this host's kernel knows no vsock (is the module vhost_vsock loaded?)" },
  };
  const char *why = g_strerror (number);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].number == number)
      why = rows[i].why;
  *may_pass = number != EAFNOSUPPORT && number != EACCES && number != EPERM;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, why);
}

/**
 * gw_connect_vsock:
 * @waits: (out): whether it is on its way: done once it can be written to
 *
 * Returns: a non-blocking descriptor that the caller owns, or -1 with
 *   %GW_ERROR_CONNECT set
 */
int
gw_connect_vsock (GwAddress *address, gboolean *waits, gboolean *may_pass, GError **error)
{
  struct sockaddr_vm name = {
    .svm_family = AF_VSOCK,
    .svm_cid = gw_address_get_cid (address),
    .svm_port = gw_address_get_port (address),
  };
  int fd = socket (AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int number = errno;

  *waits = FALSE;
  if (fd >= 0 && connect (fd, (struct sockaddr *) &name, sizeof name) == 0)
    return fd;
  number = fd >= 0 ? errno : number;
  *waits = fd >= 0 && number == EINPROGRESS;
  if (*waits)
    return fd;
  if (fd >= 0)
    close (fd);
  gw_connect_vsock_failed (number, may_pass, error);
  return -1;
}

static gboolean
connect_libvirt (GwAddress *address, GwEnds *ends, GError **error)
{
  ends->fd = gw_libvirt_connect (gw_address_get_uri (address), gw_address_get_domain (address), error);
  return ends->fd >= 0;
}

static gboolean
open_kind (GwAddress *address, GwEnds *ends, gboolean *may_pass, GError **error)
{
  const char *path = gw_address_get_path (address);

  switch (gw_address_get_kind (address))
    {
    case GW_ADDRESS_UNIX:
      return connect_unix (path, ends, may_pass, error);
    case GW_ADDRESS_PTY:
      return connect_pty (path, ends, may_pass, error);
    case GW_ADDRESS_SERIAL:
      return connect_serial (path, gw_address_get_speed (address), ends, may_pass, error);
    case GW_ADDRESS_PIPE:
      return gw_connect_pipe (path, ends, may_pass, error);
    case GW_ADDRESS_STDIO:
      return gw_connect_stdio (ends, error);
    case GW_ADDRESS_LIBVIRT:
      return connect_libvirt (address, ends, error);
    case GW_ADDRESS_UNIX_LISTEN:
    case GW_ADDRESS_TCP:
    case GW_ADDRESS_TCP_LISTEN:
    case GW_ADDRESS_TELNET:
    case GW_ADDRESS_TELNET_LISTEN:
    case GW_ADDRESS_UDP:
    case GW_ADDRESS_VSOCK:
    case GW_ADDRESS_XEN:
    default:
      g_assert_not_reached (); /* gw-connector's */
    }
}

/**
 * gw_connect:
 * @ends: (out): what was opened, which the caller owns
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Opens an address that is there or not, without waiting.
 *
 * Returns: %FALSE with %GW_ERROR_CONNECT or %GW_ERROR_BUSY set
 */
gboolean
gw_connect (GwAddress *address, GwEnds *ends, gboolean *may_pass, GError **error)
{
  *may_pass = FALSE;
  *ends = (GwEnds) GW_ENDS_NONE;
  if (open_kind (address, ends, may_pass, error))
    return TRUE;
  gw_ends_clear (ends);
  return FALSE;
}
