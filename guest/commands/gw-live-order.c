/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host says of a program that it wants to run, as all commands that run
 * one take it. Starts nothing. */

#include "gw-live-order.h"

#include <string.h>

#include "gw-command.h"

static gboolean
take_additions (GwLiveOrder *order, GError **error)
{
  if (order->additions != NULL && order->environment != NULL)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                           "Parameters 'env' and 'env-add' exclude each other: 'env' is the whole environment");
      return FALSE;
    }
  for (char **word = order->additions; word != NULL && *word != NULL; word++)
    if (strchr (*word, '=') == NULL || **word == '=')
      {
        g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'env-add' has to be of NAME=VALUE words");
        return FALSE;
      }
  return TRUE;
}

static char **
build_argv (JsonObject *arguments)
{
  g_auto (GStrv) words = gw_argument_dup_strings (arguments, "arg");
  GPtrArray *argv = g_ptr_array_new ();

  if (gw_argument_string (arguments, "path") != NULL)
    g_ptr_array_add (argv, g_strdup (gw_argument_string (arguments, "path")));
  for (char **word = words; word != NULL && *word != NULL; word++)
    g_ptr_array_add (argv, g_strdup (*word));
  g_ptr_array_add (argv, NULL);
  return (char **) g_ptr_array_free (argv, FALSE);
}

/**
 * gw_live_order_new:
 * @arguments: path, and maybe arg, env, env-add, cwd and user
 *
 * Returns: (transfer full): an order without input and terminal, or %NULL with
 *   @error set
 */
GwLiveOrder *
gw_live_order_new (JsonObject *arguments, GError **error)
{
  g_autoptr (GwLiveOrder) order = g_new0 (GwLiveOrder, 1);

  order->argv = build_argv (arguments);
  order->environment = gw_argument_dup_strings (arguments, "env");
  order->additions = gw_argument_dup_strings (arguments, "env-add");
  order->folder = g_strdup (gw_argument_string (arguments, "cwd"));
  order->user = g_strdup (gw_argument_string (arguments, "user"));
  if (!take_additions (order, error))
    return NULL;
  return g_steal_pointer (&order);
}

void
gw_live_order_free (GwLiveOrder *order)
{
  g_strfreev (order->argv);
  g_strfreev (order->environment);
  g_strfreev (order->additions);
  g_free (order->folder);
  g_free (order->user);
  g_free (order->terminal_type);
  g_free (order);
}
