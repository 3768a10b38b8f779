/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's errors mean to somebody who wants to talk to an agent: the
 * agent's own answer, an agent that is not there yet, or a channel that cannot
 * be served. Calls nothing of libvirt; only knows its numbers and texts. */

#include "gw-virt-fault.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <string.h>

void
gw_virt_fault_clear (GwVirtFault *fault)
{
  g_clear_pointer (&fault->text, g_free);
}

void
gw_virt_refusal_clear (GwVirtRefusal *refusal)
{
  g_clear_pointer (&refusal->desc, g_free);
}

/* --- The agent's own errors --------------------------------------------- */

/* libvirt passes an agent's error on as "unable to execute QEMU agent command
 * 'NAME': DESC" (src/qemu/qemu_agent.c), perhaps translated. Its other internal
 * errors do not name the command. */
static const char *
find_desc (const char *text, const char *command)
{
  const char *name = strstr (text, command);
  const char *colon = name != NULL ? strstr (name + strlen (command), ": ") : NULL;

  return colon != NULL && colon[2] != '\0' ? colon + 2 : NULL;
}

/* The class is lost on the way, and the texts are all that is left of it. They
 * have been the same since QEMU 1.2. */
static GwError
code_of_desc (const char *desc, const char *command)
{
  if (strstr (desc, command) == NULL)
    return GW_ERROR_GUEST;
  if (strstr (desc, "has been disabled") != NULL)
    return GW_ERROR_DENIED;
  return strstr (desc, "has not been found") != NULL ? GW_ERROR_COMMAND_NOT_FOUND : GW_ERROR_GUEST;
}

/**
 * gw_virt_fault_to_agent_error:
 * @command: the command that was called
 *
 * Returns: (transfer full) (nullable): what the agent answered, if it did
 */
GError *
gw_virt_fault_to_agent_error (const GwVirtFault *fault, const char *command)
{
  const char *desc = NULL;

  if (fault->step == GW_VIRT_CALLING && fault->code == VIR_ERR_INTERNAL_ERROR)
    desc = find_desc (fault->text, command);
  return desc != NULL ? g_error_new_literal (GW_ERROR, code_of_desc (desc, command), desc) : NULL;
}

/**
 * gw_virt_fault_to_size_error:
 *
 * A reply that does not fit into one of libvirtd's own messages (4 MiB) is
 * dropped, and the agent is well; with one that does not fit into its buffer
 * (10 MiB), libvirtd gives the agent up.
 *
 * Returns: (transfer full) (nullable): what to tell, if it is this
 */
GError *
gw_virt_fault_to_size_error (const GwVirtFault *fault, const char *command)
{
  const char *and = "";

  if (fault->step != GW_VIRT_CALLING)
    return NULL;
  if (fault->code == VIR_ERR_SYSTEM_ERROR && fault->number == ERANGE)
    and = " (above 10 MiB it gives the agent up, until the agent or libvirtd is restarted)";
  else if (fault->code != VIR_ERR_RPC || strstr (fault->text, "encode") == NULL)
    return NULL;
  return g_error_new (GW_ERROR, GW_ERROR_TOO_LARGE,
                      "%s has run, and its reply is lost: libvirt passes on replies of at most 4 MiB%s; ask for less, "
                      "or give the domain a channel org.guestwire.agent.0",
                      command, and);
}

/* --- No agent, and no channel ------------------------------------------- */

/* libvirt has given the agent up: only a new start of one of the two helps. */
static gboolean
is_given_up (const GwVirtFault *fault)
{
  return fault->code == VIR_ERR_AGENT_UNRESPONSIVE && strstr (fault->text, "due to an error") != NULL;
}

/**
 * gw_virt_fault_is_silence:
 *
 * Whether the domain runs and has an agent's channel, and no agent answers
 * there yet.
 */
gboolean
gw_virt_fault_is_silence (const GwVirtFault *fault)
{
  if (fault->step != GW_VIRT_CALLING || is_given_up (fault))
    return FALSE;
  return fault->code == VIR_ERR_AGENT_UNRESPONSIVE || fault->code == VIR_ERR_AGENT_UNSYNCED
         || fault->code == VIR_ERR_INTERNAL_ERROR;
}

/**
 * gw_virt_fault_is_gone:
 *
 * Whether the domain does not run, or not now.
 */
gboolean
gw_virt_fault_is_gone (const GwVirtFault *fault)
{
  return fault->step == GW_VIRT_CALLING
         && (fault->code == VIR_ERR_OPERATION_INVALID || fault->code == VIR_ERR_NO_DOMAIN);
}

static gboolean
is_forbidden (const GwVirtFault *fault)
{
  switch (fault->code)
    {
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_OPERATION_DENIED:
      return TRUE;
    case VIR_ERR_SYSTEM_ERROR:
      return fault->number == EACCES || fault->number == EPERM;
    default:
      return FALSE;
    }
}

static gboolean
is_useless (const GwVirtFault *fault)
{
  switch (fault->code)
    {
    case VIR_ERR_INVALID_ARG:
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_CONF_SYNTAX:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
refuse_connect (const GwVirtFault *fault, const char *domain, GwVirtRefusal *refusal)
{
  refusal->reason = "connect";
  refusal->final = TRUE;
  if (fault->code == VIR_ERR_NO_DOMAIN)
    refusal->desc = g_strdup_printf ("libvirt has no domain '%s'; 'guestwire list' shows what there is", domain);
  else if (is_forbidden (fault))
    refusal->desc = g_strdup_printf ("libvirt refuses: %s; try as root, or as a member of the group libvirt", fault->text);
  else if (is_useless (fault))
    refusal->desc = g_strdup_printf ("%s; give libvirt's URI, as in libvirt:qemu:///system#%s", fault->text, domain);
  else
    {
      refusal->final = FALSE;
      refusal->desc = g_strdup_printf ("%s; %s", fault->text,
                                       fault->code == VIR_ERR_SYSTEM_ERROR ? "does libvirtd run?"
                                                                           : "does 'virsh list' work?");
    }
}

static void
refuse_call (const GwVirtFault *fault, const char *domain, GwVirtRefusal *refusal)
{
  refusal->final = FALSE;
  refusal->reason = "no-answer";
  if (fault->code == VIR_ERR_ARGUMENT_UNSUPPORTED || fault->code == VIR_ERR_CONFIG_UNSUPPORTED)
    {
      refusal->reason = "no-agent";
      refusal->final = TRUE;
      refusal->desc = g_strdup_printf ("the domain '%s' has no channel org.qemu.guest_agent.0; add to its XML "
                                       "<channel type='unix'><target type='virtio' name='org.guestwire.agent.0'/>"
                                       "</channel>, and start it anew",
                                       domain);
    }
  else if (fault->code == VIR_ERR_OPERATION_TIMEOUT)
    {
      refusal->reason = "busy";
      refusal->desc = g_strdup_printf ("another program uses the agent of '%s' through libvirt: %s", domain, fault->text);
    }
  else if (fault->code == VIR_ERR_OPERATION_INVALID)
    refusal->desc = g_strdup (fault->text);
  else if (is_given_up (fault))
    refusal->desc = g_strdup_printf ("libvirt has given up the agent of '%s' after an error; restart the agent in the "
                                     "guest, or libvirtd",
                                     domain);
  else if (gw_virt_fault_is_silence (fault))
    refusal->desc = g_strdup_printf ("the agent of '%s' was lost: %s", domain, fault->text);
  else
    refuse_connect (fault, domain, refusal);
}

/**
 * gw_virt_fault_to_refusal:
 * @domain: as it was typed
 * @refusal: (out caller-allocates): why nobody can be served
 */
void
gw_virt_fault_to_refusal (const GwVirtFault *fault, const char *domain, GwVirtRefusal *refusal)
{
  if (fault->step == GW_VIRT_CONNECTING)
    refuse_connect (fault, domain, refusal);
  else
    refuse_call (fault, domain, refusal);
}

/**
 * gw_virt_refusal_to_line:
 *
 * Returns: (transfer full): the event GUESTWIRE_REFUSED
 */
GBytes *
gw_virt_refusal_to_line (const GwVirtRefusal *refusal)
{
  g_autofree char *desc = g_utf8_make_valid (refusal->desc, -1);
  g_autoptr (JsonObject) data = json_object_new ();
  g_autoptr (JsonNode) node = NULL;

  json_object_set_string_member (data, "class", refusal->reason);
  json_object_set_string_member (data, "desc", desc);
  json_object_set_boolean_member (data, "final", refusal->final);
  node = json_node_init_object (json_node_alloc (), data);
  return gw_message_event ("GUESTWIRE_REFUSED", node);
}
