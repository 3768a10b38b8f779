/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-virt-fault.h"

G_BEGIN_DECLS

/* Passes one request to the agent, and blocks. Returns the reply, to be freed
 * by g_free(), or NULL with @fault filled in. */
typedef char *(*GwVirtCallFunc) (const char *request, int timeout_s, GwVirtFault *fault, gpointer data);

#define GW_VIRT_PING "{\"execute\":\"guest-ping\"}"

/* A request on its way, in a thread of its own. */
typedef struct
{
  GwVirtCallFunc call;
  gpointer data;
  GStrv requests; /* more than one: pieces of a write */
  int timeout_s;
  gboolean silent; /* the agent answers only when it fails */

  gboolean pinged; /* the agent was there a moment before */
  char *reply;
  GwVirtFault fault;
} GwVirtErrand;

GwVirtErrand *gw_virt_errand_new (GwVirtCallFunc call, gpointer data, GStrv requests, int timeout_s, gboolean silent);
void gw_virt_errand_send (GwVirtErrand *errand, GCancellable *gone, GAsyncReadyCallback done, gpointer user_data);
const GwVirtErrand *gw_virt_errand_finish (GAsyncResult *result);

G_END_DECLS
