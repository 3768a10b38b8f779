/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

/* A write that is too large for libvirt, as several that are not. */

GStrv gw_virt_pieces_of_write (JsonObject *untrusted_arguments) G_GNUC_WARN_UNUSED_RESULT;

/* What their replies come to. */
typedef struct
{
  gint64 written;
  gboolean is_short; /* the last one did not write all that it was given */
} GwVirtPieces;

gboolean gw_virt_pieces_add (GwVirtPieces *pieces, const char *request, const char *untrusted_reply);
char *gw_virt_pieces_to_reply (const GwVirtPieces *pieces) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
