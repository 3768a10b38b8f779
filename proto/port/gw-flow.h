/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-output.h"

G_BEGIN_DECLS

/* One step of bytes on their way between a descriptor that does not block and a
 * stream. */
typedef enum
{
  GW_FLOW_MOVED,
  GW_FLOW_WAITS, /* until the descriptor is ready again */
  GW_FLOW_ENDED, /* there is no more to read */
  GW_FLOW_FAILED, /* with errno */
} GwFlowResult;

GwFlowResult gw_flow_read (int fd, gsize room, GBytes **bytes);
GwFlowResult gw_flow_write (int fd, GwOutput *waiting, gsize *written, guint8 *last);
GwFlowResult gw_flow_send (int fd, GwOutput *waiting, gsize *written);

G_END_DECLS
