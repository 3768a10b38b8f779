/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Why a read gave no more; neither, when the buffer is full. */
typedef struct
{
  gboolean said; /* it was the end */
  int error;     /* an errno, EAGAIN where there is nothing more yet, or 0 */
} GwInputEnd;

gsize gw_input_read (int fd, guint8 *buffer, gsize size, GwInputEnd *end);
gsize gw_input_read_datagram (int fd, guint8 *buffer, gsize size, GwInputEnd *end);

G_END_DECLS
