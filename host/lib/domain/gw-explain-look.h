/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-domain.h"

G_BEGIN_DECLS

/* What can be seen, from this host, of a channel on which nobody answers.
 * Zeroed means nothing. */
typedef struct
{
  gboolean held;       /* by another program, or another connection of this one */
  GPid holder_pid;     /* 0: not told */
  char *holder_name;

  char *domain;        /* libvirt's name for it; NULL: not told */
  GwDomainState state;
  char *qemu_status;   /* what QEMU itself says, where it is not running; or NULL */
  int guest_open;      /* -1: not told */

  gboolean xen;        /* the channel is one of Xen's */
  gboolean half_blind; /* other users' processes were hidden */
} GwExplainLook;

void gw_explain_look (GwExplainLook *look, GwAddress *address, GCancellable *cancellable);
void gw_explain_look_clear (GwExplainLook *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwExplainLook, gw_explain_look_clear)

G_END_DECLS
