/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gw-explain.h"

void
gw_explain_async (GwAddress *address, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_return_pointer (task, NULL, NULL);
}

char *
gw_explain_finish (GAsyncResult *result, GwSilence *silence)
{
  *silence = GW_SILENCE_UNEXPLAINED;
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
