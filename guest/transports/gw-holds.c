/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds terminals for other programs. A terminal that nobody has open is in
 * line mode: it echoes what comes, and changes it. With one open descriptor it
 * stays as it was set, so a program that knows nothing of terminals finds all
 * bytes as they were sent. Reads nothing, writes nothing. */

#include "gw-holds.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gw-hangup.h"
#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-port.h"
#include "gw-retry.h"

struct _GwHolds
{
  GwPorts *ports;
  char **patterns;
  GHashTable *served;  /* names, and device nodes */
  GHashTable *held;    /* device node -> Hold* */
  gint64 suspended_us; /* how long this machine had been suspended at first */
};

typedef struct
{
  GwPorts *ports;
  char *name;
  char *devnode;
  int fd; /* -1 while there is none */
  GwPollItem *item;
  gint64 held_us; /* when it was opened */
  gint64 suspended_us; /* and how long this machine had been suspended then, or at first */
  GwHangup *hangup; /* while the kernel puts the old terminal away */
  GwRetry retry;
  gboolean missing; /* the last try found nothing there */
  gboolean complained;
} Hold;

static void on_woken (guint32 events, gpointer data);
static void try_again (gpointer data);

static void
let_go (Hold *hold)
{
  g_clear_pointer (&hold->item, gw_poll_remove);
  if (hold->fd >= 0)
    close (hold->fd);
  hold->fd = -1;
}

static gboolean
take (Hold *hold, GError **error)
{
  hold->fd = open (hold->devnode, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  hold->missing = hold->fd < 0 && (errno == ENODEV || errno == ENOENT || errno == ENXIO);
  if (hold->fd < 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno));
      return FALSE;
    }
  if (!gw_port_prepare_held_tty (hold->fd, error))
    return FALSE;
  /* A hang-up wakes those who wait to read and those who wait to write, and
   * nobody else. The former would be woken for each byte that comes, too. */
  hold->item = gw_poll_add (NULL, hold->fd, EPOLLOUT | EPOLLET, on_woken, hold, error);
  return hold->item != NULL;
}

static void
hold_it (Hold *hold)
{
  g_autoptr (GError) error = NULL;

  if (take (hold, &error))
    {
      g_message ("port %s: holding %s raw", hold->name, hold->devnode);
      hold->complained = FALSE;
      hold->held_us = g_get_monotonic_time ();
      hold->suspended_us = gw_hangup_get_suspended_us ();
      gw_retry_succeeded (&hold->retry);
      return;
    }
  let_go (hold);
  if (!hold->complained && !hold->missing)
    {
      g_warning ("port %s: cannot hold %s: %s; trying again", hold->name, hold->devnode, error->message);
      hold->complained = TRUE;
    }
  gw_retry_later (&hold->retry, try_again, hold);
}

static void
on_put_away (gpointer data)
{
  Hold *hold = data;

  hold->hangup = NULL;
  hold_it (hold);
}

/* This guest was saved and restored, most likely: terminals are others now. */
static gboolean
was_suspended (const Hold *hold)
{
  return gw_hangup_get_suspended_us () - hold->suspended_us > GW_XEN_SUSPENDED_LEAST_US;
}

/* At once, as long as no old terminal can be in the way: until it is held, bytes
 * are changed. */
static void
hold_soon (Hold *hold)
{
  if (hold->hangup != NULL)
    return;
  if (was_suspended (hold))
    hold->hangup = gw_hangup_wait (on_put_away, hold);
  else
    hold_it (hold);
}

static void
try_again (gpointer data)
{
  Hold *hold = data;

  if (hold->missing)
    {
      g_autofree char *devnode = g_strdup (hold->devnode);

      /* It may be another one by now: then this hold ends in here. */
      hold->missing = FALSE;
      gw_retry_later (&hold->retry, try_again, hold);
      gw_ports_doubt (hold->ports, devnode);
      return;
    }
  hold_soon (hold);
}

static gboolean
has_hung_up (const Hold *hold)
{
  struct pollfd item = { .fd = hold->fd };

  return hold->fd >= 0 && poll (&item, 1, 0) == 1;
}

/* This guest was restored; or it was somebody's controlling terminal, who has
 * ended: that hangs it up for all (drivers/tty/tty_jobctrl.c), and puts it back
 * into line mode. */
static void
on_woken (guint32 events, gpointer data)
{
  Hold *hold = data;

  if (!has_hung_up (hold))
    return;
  g_message ("port %s: %s hung up; holding it again", hold->name, hold->devnode);
  let_go (hold);
  /* One that hangs up at once is not to keep us busy. */
  if (g_get_monotonic_time () - hold->held_us < GW_REOPEN_FIRST_MS * 1000)
    gw_retry_later (&hold->retry, try_again, hold);
  else
    hold_soon (hold);
}

static void
hold_free (gpointer data)
{
  Hold *hold = data;

  gw_retry_reset (&hold->retry);
  g_clear_pointer (&hold->hangup, gw_hangup_cancel);
  let_go (hold);
  g_free (hold->devnode);
  g_free (hold->name);
  g_free (hold);
}

static gboolean
is_wanted (GwHolds *holds, const char *name, const char *devnode)
{
  if (g_hash_table_contains (holds->served, name) || g_hash_table_contains (holds->served, devnode))
    return FALSE;
  for (guint i = 0; holds->patterns[i] != NULL; i++)
    if (fnmatch (holds->patterns[i], name, 0) == 0)
      return TRUE;
  return FALSE;
}

static void
on_appeared (GwPorts *ports, const char *name, const char *devnode, GwHolds *holds)
{
  Hold *hold;

  if (!is_wanted (holds, name, devnode))
    return;
  hold = g_new0 (Hold, 1);
  hold->ports = ports;
  hold->name = g_strdup (name);
  hold->devnode = g_strdup (devnode);
  hold->fd = -1;
  hold->suspended_us = holds->suspended_us;
  g_hash_table_replace (holds->held, hold->devnode, hold);
  hold_soon (hold);
}

static void
on_vanished (GwPorts *ports, const char *name, const char *devnode, GwHolds *holds)
{
  g_hash_table_remove (holds->held, devnode);
}

static void
on_stirred (GwPorts *ports, const char *name, const char *devnode, GwHolds *holds)
{
  Hold *hold = g_hash_table_lookup (holds->held, devnode);

  if (hold != NULL)
    on_woken (0, hold);
}

/**
 * gw_holds_new:
 * @ports: where terminals are announced
 * @patterns: names to hold, as fnmatch(3) has them
 * @served: names and device nodes that the agent serves itself
 *
 * Returns: (transfer full): holds what @ports announces from here on
 */
GwHolds *
gw_holds_new (GwPorts *ports, char **patterns, char **served)
{
  GwHolds *holds = g_new0 (GwHolds, 1);

  holds->ports = g_object_ref (ports);
  holds->suspended_us = gw_hangup_get_suspended_us ();
  holds->patterns = g_strdupv (patterns);
  holds->served = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  holds->held = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, hold_free);
  for (guint i = 0; served[i] != NULL; i++)
    g_hash_table_add (holds->served, g_strdup (served[i]));
  g_signal_connect (ports, "appeared", G_CALLBACK (on_appeared), holds);
  g_signal_connect (ports, "vanished", G_CALLBACK (on_vanished), holds);
  g_signal_connect (ports, "stirred", G_CALLBACK (on_stirred), holds);
  return holds;
}

void
gw_holds_free (GwHolds *holds)
{
  g_signal_handlers_disconnect_by_data (holds->ports, holds);
  g_hash_table_unref (holds->held);
  g_hash_table_unref (holds->served);
  g_strfreev (holds->patterns);
  g_object_unref (holds->ports);
  g_free (holds);
}
