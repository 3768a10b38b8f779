/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks a channel of Xen's up in a thread, since the store may take its time,
 * and opens what it leads to. */

#include "gw-connect-xen.h"

#include "gw-connect.h"
#include "gw-xen.h"

typedef struct
{
  GwAddress *address;
  GwAddress *reached;
  gboolean may_pass;
  GError *error;
} Search;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_clear_error (&search->error);
  g_clear_object (&search->reached);
  g_object_unref (search->address);
  g_free (search);
}

static void
look_up (gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
  Search *search = data;

  search->reached = gw_xen_resolve (gw_address_get_domain (search->address), gw_address_get_channel (search->address),
                                    &search->may_pass, &search->error);
}

/**
 * gw_connect_xen_start:
 *
 * Returns: (transfer full): an attempt on the way, or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwAttempt *
gw_connect_xen_start (GwAddress *address, GError **error)
{
  Search *search = g_new0 (Search, 1);

  search->address = g_object_ref (address);
  return gw_attempt_start ("guestwire-xen", look_up, search, search_free, error);
}

/**
 * gw_connect_xen_finish:
 * @ends: (out): what was opened, which the caller owns
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Of an attempt that is done.
 *
 * Returns: %FALSE with %GW_ERROR_CONNECT or %GW_ERROR_BUSY set
 */
gboolean
gw_connect_xen_finish (GwAttempt *attempt, GwEnds *ends, gboolean *may_pass, GError **error)
{
  Search *search = gw_attempt_get_data (attempt);

  *may_pass = search->may_pass;
  if (search->reached == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&search->error));
      return FALSE;
    }
  if (gw_connect (search->reached, ends, may_pass, error))
    return TRUE;
  g_prefix_error (error, "%s: ", gw_address_get_path (search->reached));
  return FALSE;
}
