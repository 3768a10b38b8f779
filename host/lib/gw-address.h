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
 *
 * How an address is reached. More kinds will come.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_ADDRESS_UNIX,
  GW_ADDRESS_PTY,
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
const char *gw_address_to_string (GwAddress *address);

G_END_DECLS
