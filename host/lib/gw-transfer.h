/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

/**
 * GwTransferDirection:
 * @GW_TRANSFER_PUSH: from this host to the guest
 * @GW_TRANSFER_PULL: from the guest to this host
 *
 * Which way a #GwTransfer goes.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_TRANSFER_PUSH,
  GW_TRANSFER_PULL,
} GwTransferDirection;

#define GW_TYPE_TRANSFER (gw_transfer_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwTransfer, gw_transfer, GW, TRANSFER, GObject)

GW_PUBLIC
GwTransfer *gw_transfer_new (GwClient *client, GwTransferDirection direction, const char *host_path,
                             const char *guest_path) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_transfer_run_async (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
gboolean gw_transfer_run_finish (GwTransfer *transfer, GAsyncResult *result, GError **error);
GW_PUBLIC
gboolean gw_transfer_run (GwTransfer *transfer, int timeout_ms, GCancellable *cancellable, GError **error);

/* Properties too, so that progress can be watched. */
GW_PUBLIC
GwClient *gw_transfer_get_client (GwTransfer *transfer);
GW_PUBLIC
GwTransferDirection gw_transfer_get_direction (GwTransfer *transfer);
GW_PUBLIC
const char *gw_transfer_get_host_path (GwTransfer *transfer);
GW_PUBLIC
const char *gw_transfer_get_guest_path (GwTransfer *transfer);
GW_PUBLIC
guint64 gw_transfer_get_bytes_done (GwTransfer *transfer);
GW_PUBLIC
gint64 gw_transfer_get_bytes_total (GwTransfer *transfer);
GW_PUBLIC
gboolean gw_transfer_get_in_place (GwTransfer *transfer);

G_END_DECLS
