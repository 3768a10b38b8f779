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

/**
 * GwTransferFlags:
 * @GW_TRANSFER_RESUME: go on with what an interrupted transfer of the same
 *   file has left, if there is any and it is a beginning of that
 * @GW_TRANSFER_RECURSIVE: folders too, with all that is in them
 * @GW_TRANSFER_SHA256: check what has come with SHA-256, instead of XXH64,
 *   which finds accidents and not forgeries
 * @GW_TRANSFER_KEEP_OWNER: give what is written the owner and group that the
 *   source has, by their numbers, and its set-user-ID and like bits
 *
 * How a #GwTransfer is made. All but %GW_TRANSFER_RESUME take an agent that
 * speaks frames, and a client that does.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  GW_TRANSFER_RESUME = 1 << 0,
  GW_TRANSFER_RECURSIVE = 1 << 1,
  GW_TRANSFER_SHA256 = 1 << 2,
  GW_TRANSFER_KEEP_OWNER = 1 << 3,
} GwTransferFlags;

#define GW_TYPE_TRANSFER (gw_transfer_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwTransfer, gw_transfer, GW, TRANSFER, GObject)

GW_PUBLIC
GwTransfer *gw_transfer_new (GwClient *client, GwTransferDirection direction, const char *host_path,
                             const char *guest_path) G_GNUC_WARN_UNUSED_RESULT;

/* Before it is run. */
GW_PUBLIC
void gw_transfer_set_flags (GwTransfer *transfer, GwTransferFlags flags);
GW_PUBLIC
void gw_transfer_set_owner (GwTransfer *transfer, const char *owner);
GW_PUBLIC
void gw_transfer_set_host_fd (GwTransfer *transfer, int fd);

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
GwTransferFlags gw_transfer_get_flags (GwTransfer *transfer);
GW_PUBLIC
const char *gw_transfer_get_owner (GwTransfer *transfer);
GW_PUBLIC
guint64 gw_transfer_get_files_done (GwTransfer *transfer);
GW_PUBLIC
guint64 gw_transfer_get_files_failed (GwTransfer *transfer);
GW_PUBLIC
const char *gw_transfer_get_digest (GwTransfer *transfer);
GW_PUBLIC
gboolean gw_transfer_get_resumable (GwTransfer *transfer);
GW_PUBLIC
gboolean gw_transfer_get_in_place (GwTransfer *transfer);

G_END_DECLS
