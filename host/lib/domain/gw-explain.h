/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-address.h"

G_BEGIN_DECLS

/* Says why nobody answers at an address: another process of this host holds
 * the channel; the guest is paused; nobody in the guest has opened the port;
 * or nothing more is known. Blocks, so gw_explain_async() does it in a
 * thread. */

typedef enum
{
  GW_SILENCE_UNEXPLAINED,
  GW_SILENCE_HELD,     /* by another process of this host */
  GW_SILENCE_PAUSED,   /* the guest is */
  GW_SILENCE_NO_AGENT, /* nobody in the guest has opened the port */
  GW_SILENCE_DEAF,     /* somebody in the guest has opened it, and does not answer */
} GwSilence;

void gw_explain_async (GwAddress *address, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
char *gw_explain_finish (GAsyncResult *result, GwSilence *silence);

G_END_DECLS
