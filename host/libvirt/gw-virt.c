/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way to libvirtd. */

#include "gw-virt.h"

#include <libvirt/virterror.h>
#include <unistd.h>

/* It would print each of them. */
static void
ignore_error (void *data, virErrorPtr error)
{
}

void
gw_virt_init (void)
{
  virSetErrorFunc (NULL, ignore_error);
}

/* libvirt keeps the last error of each thread. */
void
gw_virt_take_fault (GwVirtFault *fault, GwVirtStep step)
{
  virErrorPtr error = virGetLastError ();

  gw_virt_fault_clear (fault);
  fault->step = step;
  fault->code = error != NULL ? error->code : VIR_ERR_OK;
  fault->number = error != NULL && error->code == VIR_ERR_SYSTEM_ERROR ? error->int1 : 0;
  fault->text = g_strdup (error != NULL && error->message != NULL ? error->message : "libvirt does not say why");
  virResetLastError ();
}

static virConnectPtr
try_open (const char *uri, gboolean read_only, GwVirtFault *fault)
{
  virConnectPtr connection = read_only ? virConnectOpenReadOnly (uri) : virConnectOpen (uri);

  if (connection == NULL)
    gw_virt_take_fault (fault, GW_VIRT_CONNECTING);
  return connection;
}

/**
 * gw_virt_open:
 * @uri: (nullable): %NULL for libvirt's default, which root can set and which
 *   is a guess where nobody did
 */
virConnectPtr
gw_virt_open (const char *uri, gboolean read_only, GwVirtFault *fault)
{
  virConnectPtr connection = try_open (uri, read_only, fault);

  if (connection == NULL && uri == NULL && geteuid () == 0)
    connection = try_open ("qemu:///system", read_only, fault);
  return connection;
}
