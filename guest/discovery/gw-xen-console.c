/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows what the store says of one console: its name, which may come late,
 * and its event channel. Knows no terminal. */

#include "gw-xen-console.h"

#include <errno.h>
#include <sys/stat.h>

#include "gw-limits.h"
#include "gw-link-name.h"

static gboolean
on_again (gpointer data)
{
  GwXenConsole *console = data;

  console->again = 0;
  gw_xen_console_look (console);
  return G_SOURCE_REMOVE;
}

static void
look_later (GwXenConsole *console)
{
  if (console->again == 0)
    console->again = g_timeout_add (GW_REOPEN_FIRST_MS, on_again, console);
}

static void
end_look (GwXenConsole *console, int problem)
{
  if (problem == EAGAIN)
    look_later (console);
  if (--console->asked > 0)
    return;
  if (console->stale)
    {
      gw_xen_console_look (console);
      return;
    }
  /* A store that is gone tells when it is back, and one that is busy is asked
   * again. */
  console->known = console->known || (problem != ENOTCONN && problem != EAGAIN);
  console->changed (console, console->data);
}

static void
on_name (const GwXenstoreMessage *reply, int problem, gpointer data)
{
  GwXenConsole *console = data;
  g_autofree char *untrusted_name = reply != NULL ? gw_xenstore_message_value (reply) : NULL;
  g_autofree char *link_name = untrusted_name != NULL ? gw_link_name (untrusted_name) : NULL;

  if (problem == 0 || problem == ENOENT)
    {
      g_free (console->name);
      console->name = link_name != NULL ? g_steal_pointer (&untrusted_name) : NULL;
    }
  end_look (console, problem);
}

/* While a guest is restored, it has none for a moment. */
static void
on_port (const GwXenstoreMessage *reply, int problem, gpointer data)
{
  GwXenConsole *console = data;
  g_autofree char *untrusted_port = reply != NULL ? gw_xenstore_message_value (reply) : NULL;
  guint64 port;

  if (untrusted_port != NULL && g_ascii_string_to_unsigned (untrusted_port, 10, 0, G_MAXINT, &port, NULL))
    console->place.port = (gint64) port;
  end_look (console, problem);
}

static void
ask (GwXenConsole *console, const char *key, GwXenstoreReplyFunc func)
{
  g_autofree char *path = g_strdup_printf ("%s/%s", console->node, key);

  if (gw_xenstore_ask (console->store, GW_XENSTORE_READ, path, func, console))
    console->asked++;
  else
    look_later (console);
}

/* Asks the store again. */
void
gw_xen_console_look (GwXenConsole *console)
{
  console->stale = console->asked > 0;
  if (console->stale)
    return;
  ask (console, "name", on_name);
  ask (console, "port", on_port);
}

static void
on_watch (gpointer data)
{
  gw_xen_console_look (data);
}

/* Whether the store is asked just now, so that what is known may be old. */
gboolean
gw_xen_console_is_asking (const GwXenConsole *console)
{
  return console->asked > 0 || console->again != 0;
}

/* Whether the kernel's driver has it, and so a terminal belongs to it. */
gboolean
gw_xen_console_is_bound (const GwXenConsole *console)
{
  g_autofree char *driver = g_build_filename (console->syspath, "driver", NULL);

  return g_file_test (driver, G_FILE_TEST_EXISTS);
}

/**
 * gw_xen_console_new:
 * @node: where it is in the store, such as `device/console/1`
 * @changed: called from the loop once the store was asked, and whenever what
 *   it says may have changed
 *
 * Returns: (transfer full): the console, watched from here on
 */
GwXenConsole *
gw_xen_console_new (GwXenstore *store, const char *syspath, const char *node, GwXenConsoleFunc changed, gpointer data)
{
  GwXenConsole *console = g_new0 (GwXenConsole, 1);
  struct stat status;

  console->syspath = g_strdup (syspath);
  console->node = g_strdup (node);
  console->store = store;
  console->changed = changed;
  console->data = data;
  console->place.port = GW_HVC_PORT_UNKNOWN;
  /* sysfs counts its inodes up. */
  if (stat (syspath, &status) == 0)
    console->place.made = status.st_ino;
  console->watch = gw_xenstore_watch (store, node, on_watch, console);
  /* The first event comes at once, but not where the watch is refused. */
  gw_xen_console_look (console);
  return console;
}

void
gw_xen_console_free (GwXenConsole *console)
{
  g_clear_handle_id (&console->again, g_source_remove);
  gw_xenstore_forget (console->store, console);
  if (console->watch != NULL)
    gw_xenstore_unwatch (console->store, console->watch);
  g_free (console->syspath);
  g_free (console->node);
  g_free (console->name);
  g_free (console->devnode);
  g_free (console->announced);
  g_free (console);
}
