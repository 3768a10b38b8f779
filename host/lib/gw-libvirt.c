/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gw-libvirt.h"

int
gw_libvirt_connect (const char *uri, const char *domain, GError **error)
{
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, "no module for libvirt");
  return -1;
}
