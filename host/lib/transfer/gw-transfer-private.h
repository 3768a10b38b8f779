/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-transfer.h"

G_BEGIN_DECLS

struct _GwTransfer
{
  GObject parent_instance;

  GwClient *client;
  GwTransferDirection direction;
  char *host_path;
  char *guest_path;
  GwTransferFlags flags;
  char *owner;
  int host_fd; /* -1: none */

  gboolean started; /* it can be run once */
  guint64 bytes_done;
  gint64 bytes_total; /* -1: not known */
  guint64 files_done;
  guint64 files_failed;
  char *digest;
  gboolean resumable;
  gboolean going_on; /* it was interrupted, and has begun again */
  gboolean in_place;
};

void gw_transfer_take_host_path (GwTransfer *transfer, const char *path);
void gw_transfer_take_guest_path (GwTransfer *transfer, const char *path);
void gw_transfer_take_done (GwTransfer *transfer, guint64 bytes);
void gw_transfer_take_files (GwTransfer *transfer, guint64 files);
void gw_transfer_take_digest (GwTransfer *transfer, const char *digest);
void gw_transfer_add_failed (GwTransfer *transfer, guint64 count);
void gw_transfer_tell_failed (GwTransfer *transfer, const char *untrusted_message);
void gw_transfer_take_total (GwTransfer *transfer, gint64 bytes);
void gw_transfer_take_in_place (GwTransfer *transfer);

G_END_DECLS
