/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a person types to an address. */

#include "gw-domain-private.h"

#include "gw-address-private.h"
#include "gw-sock-diag.h"

/* What guestwire itself serves by this name, if somebody listens there: then
 * nobody else has to be asked. */
static GwAddress *
find_served (const char *text)
{
  g_autofree char *address = g_strdup_printf ("unix:%s/run/guestwire/%s.sock", gw_domain_list_get_root (), text);
  g_autoptr (GwAddress) served = gw_address_new (address, NULL);
  g_autoptr (GwSockDiag) diag = NULL;

  if (served == NULL || !g_file_test (gw_address_get_path (served), G_FILE_TEST_EXISTS))
    return NULL;
  diag = gw_sock_diag_read (NULL);
  return diag == NULL || gw_sock_diag_find_listener (diag, gw_address_get_path (served)) != 0
             ? g_steal_pointer (&served)
             : NULL;
}

static GwAddress *
resolve (const char *text, GCancellable *cancellable, GError **error)
{
  g_autofree char *warning = NULL;
  g_autoptr (GPtrArray) domains = NULL;
  GwAddress *served;

  if (gw_address_looks_like_one (text))
    return gw_address_new (text, error);
  served = find_served (text);
  if (served != NULL)
    return served;
  domains = gw_domain_list_now (cancellable, &warning, error);
  return domains != NULL ? gw_domain_choose (domains, text, warning, error) : NULL;
}

static void
run (GTask *task, gpointer source, gpointer text, GCancellable *cancellable)
{
  GError *error = NULL;
  GwAddress *address = resolve (text, cancellable, &error);

  if (address != NULL)
    g_task_return_pointer (task, address, g_object_unref);
  else
    g_task_return_error (task, error);
}

/**
 * gw_domain_resolve_async:
 * @text: (type filename): an address, or a domain's name, UUID or id
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is known
 * @user_data: for @callback
 *
 * Finds out how to reach the agent that a person means. An address stands for
 * itself. A number is an id first, as with virsh; what is no id is a UUID, and
 * then a name. Of a domain's channels it takes, in this order: what guestwire
 * serves in /run/guestwire; `org.guestwire.agent.0`; `org.qemu.guest_agent.0`
 * by way of libvirt, where libvirt runs the domain; another agent's socket.
 * One that somebody else holds, or that nobody in the guest has open, comes
 * after those that are well.
 *
 * Since: 0.1
 */
void
gw_domain_resolve_async (const char *text, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (text != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (task, gw_domain_resolve_async);
  g_task_set_task_data (task, g_strdup (text), g_free);
  g_task_run_in_thread (task, run);
}

/**
 * gw_domain_resolve_finish:
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the address; or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS set where there is no such domain, or more than
 *   one, with %GW_ERROR_CONNECT where it is off or has no channel for an
 *   agent, or with %GW_ERROR_BUSY where libvirtd holds that and cannot be
 *   asked. The message says what to do
 *
 * Since: 0.1
 */
GwAddress *
gw_domain_resolve_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * gw_domain_resolve:
 * @text: (type filename): an address, or a domain's name, UUID or id
 * @cancellable: (nullable): a #GCancellable
 * @error: return location for a #GError
 *
 * Does what gw_domain_resolve_async() does, and blocks until it is done.
 *
 * Returns: (transfer full): the address, or %NULL with an error as from
 *   gw_domain_resolve_finish()
 *
 * Since: 0.1
 */
GwAddress *
gw_domain_resolve (const char *text, GCancellable *cancellable, GError **error)
{
  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);
  return resolve (text, cancellable, error);
}
