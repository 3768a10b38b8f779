/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In a guest that is restored, Linux hangs each console up and makes it anew,
 * with another interrupt. The old one is put away a little after its last
 * descriptor was closed, by a kernel worker. Who opens the terminal before that
 * gets the old one, whose interrupt is another console's by now, or nobody's
 * (hvc_get_by_index() of hvc_console.c takes the first of a number): what a host
 * sends then stays unread for ever, and a second console suffers with it.
 *
 * So this waits until the kernel's workers have done all that they had to do. */

#include "gw-hangup.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <time.h>
#include <unistd.h>

#include "gw-limits.h"

struct _GwHangup
{
  void (*func) (gpointer data); /* NULL once called, or cancelled */
  gpointer data;
  guint timer;
};

static void
end (GwHangup *hangup)
{
  void (*func) (gpointer data) = hangup->func;
  gpointer data = hangup->data;

  gw_hangup_cancel (hangup);
  if (func != NULL)
    func (data);
}

/* Has each processor do what waits in its queue, and waits for that: so reading
 * returns when what was queued before is done (vmstat_refresh() of mm/vmstat.c).
 * It may take long where a program leaves no time to the kernel. */
static void
flush_workers (GTask *task, gpointer source G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED, GCancellable *cancellable G_GNUC_UNUSED)
{
  int fd = open ("/proc/sys/vm/stat_refresh", O_RDONLY | O_CLOEXEC);
  char byte;
  gboolean flushed = fd >= 0 && read (fd, &byte, sizeof byte) == 0;

  if (fd >= 0)
    close (fd);
  g_task_return_boolean (task, flushed);
}

/* Where that cannot be done, there is only the time. */
static void
on_flushed (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
  GwHangup *hangup = data;

  if (g_task_propagate_boolean (G_TASK (result), NULL))
    end (hangup);
  g_rc_box_release (hangup);
}

static gboolean
on_timer (gpointer data)
{
  GwHangup *hangup = data;

  hangup->timer = 0;
  end (hangup);
  return G_SOURCE_REMOVE;
}

/**
 * gw_hangup_wait:
 * @func: called once, from the loop, unless gw_hangup_cancel() comes first
 *
 * To be called after a terminal was closed. Takes at most %GW_XEN_HANGUP_MS.
 *
 * Returns: (transfer full): valid until @func is called, which must not cancel it
 */
GwHangup *
gw_hangup_wait (void (*func) (gpointer data), gpointer data)
{
  GwHangup *hangup = g_rc_box_new0 (GwHangup);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_flushed, hangup);

  hangup->func = func;
  hangup->data = data;
  hangup->timer = g_timeout_add_full (G_PRIORITY_DEFAULT, GW_XEN_HANGUP_MS, on_timer, g_rc_box_acquire (hangup),
                                      g_rc_box_release);
  g_task_run_in_thread (task, flush_workers);
  return hangup;
}

/* Calls nobody. */
void
gw_hangup_cancel (GwHangup *hangup)
{
  hangup->func = NULL;
  /* With the timer it may go itself. */
  g_clear_handle_id (&hangup->timer, g_source_remove);
}

static gint64
read_clock_us (clockid_t clock)
{
  struct timespec now;

  return clock_gettime (clock, &now) == 0 ? now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 : 0;
}

/**
 * gw_hangup_get_suspended_us:
 *
 * Returns: for how long this machine was suspended since its boot, saved
 *   included; not to the microsecond
 */
gint64
gw_hangup_get_suspended_us (void)
{
  return read_clock_us (CLOCK_BOOTTIME) - read_clock_us (CLOCK_MONOTONIC);
}
