/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts what was seen of a silent channel into words, and what to do next. */

#include "gw-explain.h"

#include <unistd.h>

#include "gw-explain-look.h"

static gboolean
is_libvirt (const char *program)
{
  return g_str_equal (program, "libvirtd") || g_str_equal (program, "virtqemud") || g_str_equal (program, "virtxend");
}

static char *
explain_holder (const GwExplainLook *look)
{
  g_autofree char *name = look->holder_name != NULL ? g_filename_display_name (look->holder_name) : NULL;

  if (name == NULL)
    return g_strdup ("another program holds the channel; root can see which, with 'guestwire list' or ss -xp");
  if (look->holder_pid == getpid ())
    return g_strdup ("this program itself holds the channel by another connection, and it takes one at a time");
  if (is_libvirt (name))
    return g_strdup_printf ("%s (process %d) holds the channel; give the domain's name in place of the address, and it "
                            "is asked",
                            name, look->holder_pid);
  return g_strdup_printf ("%s (process %d) holds the channel, which takes one client at a time; end it, or share the "
                          "channel with 'guestwire serve'",
                          name, look->holder_pid);
}

static char *
explain_pause (const GwExplainLook *look)
{
  if (look->domain != NULL)
    return g_strdup_printf ("the domain '%s' is paused; 'virsh resume %s' lets it go on", look->domain, look->domain);
  if (look->qemu_status == NULL || g_str_equal (look->qemu_status, "paused"))
    return g_strdup ("the guest is paused; 'cont' in QEMU's monitor lets it go on");
  return g_strdup_printf ("the guest does not run: QEMU's status is '%s'", look->qemu_status);
}

static char *
explain (const GwExplainLook *look, GwSilence *silence)
{
  *silence = GW_SILENCE_HELD;
  if (look->held)
    return explain_holder (look);
  *silence = GW_SILENCE_PAUSED;
  if (look->state == GW_DOMAIN_PAUSED)
    return explain_pause (look);
  *silence = GW_SILENCE_NO_AGENT;
  if (look->guest_open == FALSE)
    return g_strdup ("nobody in the guest has opened the port; install guestwire-agent (or qemu-ga) there and start it, "
                     "or wait until it has booted");
  *silence = GW_SILENCE_DEAF;
  if (look->guest_open == TRUE)
    return g_strdup ("a program in the guest has the port open, and does not answer; restart the agent there");
  *silence = GW_SILENCE_UNEXPLAINED;
  return g_strdup_printf ("is guestwire-agent%s running in the guest%s?%s", look->xen ? "" : " or qemu-ga",
                          look->xen ? ", and the domain not paused ('xl list' shows that)" : "",
                          look->half_blind ? " (root can see more of why)" : "");
}

typedef struct
{
  char *text;
  GwSilence silence;
} Answer;

static void
answer_free (gpointer data)
{
  g_free (((Answer *) data)->text);
  g_free (data);
}

static void
run (GTask *task, gpointer source, gpointer address, GCancellable *cancellable)
{
  Answer *answer = g_new0 (Answer, 1);
  g_auto (GwExplainLook) look;

  gw_explain_look (&look, address, cancellable);
  answer->text = explain (&look, &answer->silence);
  g_task_return_pointer (task, answer, answer_free);
}

/**
 * gw_explain_async:
 * @address: where nobody answers; not opened by this process
 * @cancellable: (nullable): ends it at once
 *
 * Finds out why. Takes some seconds at most.
 */
void
gw_explain_async (GwAddress *address, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, gw_explain_async);
  g_task_set_task_data (task, g_object_ref (address), g_object_unref);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, run);
}

/**
 * gw_explain_finish:
 * @silence: (out): the kind of reason
 *
 * Returns: (transfer full) (nullable): the reason, if one was found, and what
 *   to do, to stand behind "no agent answered: "; %NULL if it was cancelled
 */
char *
gw_explain_finish (GAsyncResult *result, GwSilence *silence)
{
  Answer *answer = g_task_propagate_pointer (G_TASK (result), NULL);
  char *text = NULL;

  *silence = GW_SILENCE_UNEXPLAINED;
  if (answer == NULL)
    return NULL;
  *silence = answer->silence;
  text = g_steal_pointer (&answer->text);
  answer_free (answer);
  return text;
}
