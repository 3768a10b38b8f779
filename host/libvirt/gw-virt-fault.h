/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

typedef enum
{
  GW_VIRT_CONNECTING, /* to libvirtd, or looking for the domain */
  GW_VIRT_CALLING,    /* the agent */
} GwVirtStep;

/* What libvirt said instead of doing what it was asked. Zeroed means nothing. */
typedef struct
{
  GwVirtStep step;
  int code;   /* a virErrorNumber */
  int number; /* an errno, or 0 */
  char *text;
} GwVirtFault;

/* Why the channel cannot be served, as GUESTWIRE_REFUSED tells it. */
typedef struct
{
  const char *reason; /* "connect", "no-answer", "busy", "no-agent" */
  char *desc;
  gboolean final; /* waiting does not mend it */
} GwVirtRefusal;

void gw_virt_fault_clear (GwVirtFault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwVirtFault, gw_virt_fault_clear)

GError *gw_virt_fault_to_agent_error (const GwVirtFault *fault, const char *command) G_GNUC_WARN_UNUSED_RESULT;
GError *gw_virt_fault_to_size_error (const GwVirtFault *fault, const char *command) G_GNUC_WARN_UNUSED_RESULT;
gboolean gw_virt_fault_is_silence (const GwVirtFault *fault);
gboolean gw_virt_fault_is_gone (const GwVirtFault *fault);
void gw_virt_fault_to_refusal (const GwVirtFault *fault, const char *domain, GwVirtRefusal *refusal);

void gw_virt_refusal_clear (GwVirtRefusal *refusal);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwVirtRefusal, gw_virt_refusal_clear)
GBytes *gw_virt_refusal_to_line (const GwVirtRefusal *refusal) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
