/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What QEMU itself says of its guest and of one channel. */
typedef struct
{
  char *status;     /* "running", "paused", … (QEMU: qapi/run-state.json) */
  gboolean running;
  int guest_open;   /* whether somebody in the guest has the channel open; -1: not told */
} GwQmpProbe;

void gw_qmp_probe_clear (GwQmpProbe *probe);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwQmpProbe, gw_qmp_probe_clear)

char *gw_qmp_probe_find_socket (const char *command_line, gsize length);
gboolean gw_qmp_probe_ask (const char *qmp_path, const char *channel_path, GwQmpProbe *probe, GError **error);

G_END_DECLS
