/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls one domain's agent through libvirt, which holds its channel. Blocks;
 * knows no client. */

#include "gw-virt.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

struct _GwVirtAgent
{
  char *uri;
  char *name; /* or UUID, or id */
  virConnectPtr connection;
  virDomainPtr domain;
};

/* Lives as long as the process. */
GwVirtAgent *
gw_virt_agent_new (const char *uri, const char *domain)
{
  GwVirtAgent *agent = g_new0 (GwVirtAgent, 1);

  agent->uri = g_strdup (uri);
  agent->name = g_strdup (domain);
  return agent;
}

/* In virsh's order: what is a number is an id first. */
static virDomainPtr
look_up (virConnectPtr connection, const char *name)
{
  virDomainPtr domain = NULL;
  guint64 id;

  if (g_ascii_string_to_unsigned (name, 10, 0, G_MAXINT, &id, NULL))
    domain = virDomainLookupByID (connection, (int) id);
  if (domain == NULL && g_uuid_string_is_valid (name))
    domain = virDomainLookupByUUIDString (connection, name);
  return domain != NULL ? domain : virDomainLookupByName (connection, name);
}

static gboolean
find_domain (GwVirtAgent *agent, GwVirtFault *fault)
{
  if (agent->domain != NULL)
    return TRUE;
  if (agent->connection == NULL)
    agent->connection = gw_virt_open (agent->uri, FALSE, fault);
  if (agent->connection == NULL)
    return FALSE;
  agent->domain = look_up (agent->connection, agent->name);
  if (agent->domain == NULL)
    gw_virt_take_fault (fault, GW_VIRT_CONNECTING);
  return agent->domain != NULL;
}

/* libvirt says "not running" of a paused domain too. */
static void
tell_state (GwVirtAgent *agent, GwVirtFault *fault)
{
  int state;

  if (virDomainGetState (agent->domain, &state, NULL, 0) < 0)
    return;
  g_free (fault->text);
  if (state == VIR_DOMAIN_PAUSED)
    fault->text = g_strdup_printf ("the domain '%s' is paused; 'virsh resume %s' lets it go on", agent->name, agent->name);
  else if (state == VIR_DOMAIN_PMSUSPENDED)
    fault->text = g_strdup_printf ("the domain '%s' sleeps; 'virsh dompmwakeup %s' wakes it", agent->name, agent->name);
  else
    fault->text = g_strdup_printf ("the domain '%s' is not running; 'virsh start %s' starts it", agent->name, agent->name);
}

/**
 * gw_virt_agent_call:
 * @request: one JSON object, at most GW_LIBVIRT_TEXT_MAX bytes
 * @timeout_s: for the command; libvirt greets the agent before it, which takes
 *   at most 5 seconds
 * @fault: (out caller-allocates): what went wrong
 * @agent: a #GwVirtAgent
 *
 * Returns: (transfer full) (nullable): the agent's reply, to be freed by g_free()
 */
char *
gw_virt_agent_call (const char *request, int timeout_s, GwVirtFault *fault, gpointer data)
{
  GwVirtAgent *agent = data;
  char *reply;

  if (!find_domain (agent, fault))
    return NULL;
  reply = virDomainQemuAgentCommand (agent->domain, request, timeout_s, 0);
  if (reply == NULL)
    {
      gw_virt_take_fault (fault, GW_VIRT_CALLING);
      if (fault->code == VIR_ERR_OPERATION_INVALID)
        tell_state (agent, fault);
    }
  return reply; /* of malloc(), as all that g_free() takes */
}
