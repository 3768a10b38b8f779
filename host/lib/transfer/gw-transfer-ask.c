/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program may say of a copy before it runs, and ask of it then. */

#include "gw-transfer-private.h"

/**
 * gw_transfer_get_client:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none): what it goes through
 *
 * Since: 0.1
 */
GwClient *
gw_transfer_get_client (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->client;
}

/**
 * gw_transfer_get_direction:
 * @transfer: a #GwTransfer
 *
 * Returns: which way it goes
 *
 * Since: 0.1
 */
GwTransferDirection
gw_transfer_get_direction (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), GW_TRANSFER_PUSH);
  return transfer->direction;
}

/**
 * gw_transfer_get_host_path:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none) (type filename): the file on this host. Once it is
 *   known that a directory was named, the file in that
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_host_path (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->host_path;
}

/**
 * gw_transfer_get_guest_path:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none): the file in the guest. Once it is known that a
 *   directory was named, the file in that
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_guest_path (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->guest_path;
}

/**
 * gw_transfer_get_bytes_done:
 * @transfer: a #GwTransfer
 *
 * Returns: how many bytes have arrived. It falls to 0 if the copy has to begin
 *   again
 *
 * Since: 0.1
 */
guint64
gw_transfer_get_bytes_done (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), 0);
  return transfer->bytes_done;
}

/**
 * gw_transfer_get_bytes_total:
 * @transfer: a #GwTransfer
 *
 * Returns: how many bytes there are, as far as is known; -1 if it is not
 *
 * Since: 0.1
 */
gint64
gw_transfer_get_bytes_total (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), -1);
  return transfer->bytes_total;
}

/**
 * gw_transfer_get_flags:
 * @transfer: a #GwTransfer
 *
 * Returns: how it is made
 *
 * Since: 0.1
 */
GwTransferFlags
gw_transfer_get_flags (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), 0);
  return transfer->flags;
}

/**
 * gw_transfer_set_flags:
 * @transfer: a #GwTransfer that was not run before
 * @flags: how it is made
 *
 * Since: 0.1
 */
void
gw_transfer_set_flags (GwTransfer *transfer, GwTransferFlags flags)
{
  g_return_if_fail (GW_IS_TRANSFER (transfer));
  g_return_if_fail (!transfer->started);
  g_object_set (transfer, "flags", flags, NULL);
}

/**
 * gw_transfer_get_owner:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none) (nullable): whom what is written will belong to
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_owner (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->owner;
}

/**
 * gw_transfer_set_owner:
 * @transfer: a #GwTransfer that was not run before
 * @owner: (nullable): `USER`, `USER:GROUP` or `:GROUP`: names of where it is
 *   written, or numbers; `+1000` is never a name
 *
 * Sets whom all that is written will belong to. Without that, and without
 * %GW_TRANSFER_KEEP_OWNER, it is who had the file that is replaced, or else
 * the agent's user, or this program's.
 *
 * Since: 0.1
 */
void
gw_transfer_set_owner (GwTransfer *transfer, const char *owner)
{
  g_return_if_fail (GW_IS_TRANSFER (transfer));
  g_return_if_fail (!transfer->started);
  g_object_set (transfer, "owner", owner, NULL);
}

/**
 * gw_transfer_set_host_fd:
 * @transfer: a #GwTransfer that was not run before
 * @fd: a descriptor, which stays open and the caller's until it has run; or -1
 *
 * Reads from it, or writes to it, in the place of a file of this host: a pipe,
 * say. What was written cannot be taken back: where the run fails, it is not
 * to be used. SIGPIPE has to be ignored.
 *
 * Since: 0.1
 */
void
gw_transfer_set_host_fd (GwTransfer *transfer, int fd)
{
  g_return_if_fail (GW_IS_TRANSFER (transfer));
  g_return_if_fail (!transfer->started);
  g_return_if_fail (fd >= -1);
  g_object_set (transfer, "host-fd", fd, NULL);
}

/**
 * gw_transfer_get_files_done:
 * @transfer: a #GwTransfer
 *
 * Returns: of a folder, how many files have arrived
 *
 * Since: 0.1
 */
guint64
gw_transfer_get_files_done (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), 0);
  return transfer->files_done;
}

/**
 * gw_transfer_get_files_failed:
 * @transfer: a #GwTransfer
 *
 * Returns: how much of what is in a folder was not copied
 *
 * Since: 0.1
 */
guint64
gw_transfer_get_files_failed (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), 0);
  return transfer->files_failed;
}

/**
 * gw_transfer_get_digest:
 * @transfer: a #GwTransfer
 *
 * Returns: (transfer none) (nullable): of a file that went over a stream, its
 *   XXH64 or SHA-256, as both sides have it
 *
 * Since: 0.1
 */
const char *
gw_transfer_get_digest (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), NULL);
  return transfer->digest;
}

/**
 * gw_transfer_get_resumable:
 * @transfer: a #GwTransfer that has failed
 *
 * Returns: whether it has left something that another one, with
 *   %GW_TRANSFER_RESUME, can go on with
 *
 * Since: 0.1
 */
gboolean
gw_transfer_get_resumable (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), FALSE);
  return transfer->resumable;
}

/**
 * gw_transfer_get_in_place:
 * @transfer: a #GwTransfer
 *
 * Returns: whether a file in the guest is, or was, written in place, since the
 *   agent runs no programs: one that fails then leaves a part
 *
 * Since: 0.1
 */
gboolean
gw_transfer_get_in_place (GwTransfer *transfer)
{
  g_return_val_if_fail (GW_IS_TRANSFER (transfer), FALSE);
  return transfer->in_place;
}
