/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libvirt/libvirt.h>

#include "gw-virt-fault.h"

G_BEGIN_DECLS

/* All of these block. */

void gw_virt_init (void);
virConnectPtr gw_virt_open (const char *uri, gboolean read_only, GwVirtFault *fault);
void gw_virt_take_fault (GwVirtFault *fault, GwVirtStep step);

char *gw_virt_list (virConnectPtr connection, GwVirtFault *fault);

/* One domain's agent. */
typedef struct _GwVirtAgent GwVirtAgent;

GwVirtAgent *gw_virt_agent_new (const char *uri, const char *domain);
char *gw_virt_agent_call (const char *request, int timeout_s, GwVirtFault *fault, gpointer agent);

G_END_DECLS
