/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the terminals of Xen's consoles. Nothing in sysfs ties hvcN to
 * console-N, and often the numbers differ. But the kernel gives a console the
 * lowest free terminal when it binds it (drivers/tty/hvc/hvc_console.c), and
 * Xen the lowest free event channel, which is in the store. Both are freed
 * together. So the order of the event channels is that of the terminals. */

#include "gw-hvc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HVC_MAX 63

static int
compare_ports (gconstpointer one, gconstpointer other)
{
  const GwHvcPlace *a = *(GwHvcPlace *const *) one;
  const GwHvcPlace *b = *(GwHvcPlace *const *) other;

  return a->port < b->port ? -1 : a->port > b->port;
}

static int
compare_made (gconstpointer one, gconstpointer other)
{
  const GwHvcPlace *a = *(GwHvcPlace *const *) one;
  const GwHvcPlace *b = *(GwHvcPlace *const *) other;

  return a->made < b->made ? -1 : a->made > b->made;
}

static gboolean
all_have_ports (GPtrArray *places)
{
  for (guint i = 0; i < places->len; i++)
    if (((GwHvcPlace *) places->pdata[i])->port == GW_HVC_PORT_UNKNOWN)
      return FALSE;
  return TRUE;
}

/**
 * gw_hvc_place:
 * @places: (element-type GwHvcPlace): all consoles that have a terminal; put
 *   in order
 * @backed: the terminals that have a console, or %GW_HVC_ALL if nobody has
 *   looked
 *
 * Gives each one that has no terminal yet its own. What is known stays.
 */
void
gw_hvc_place (GPtrArray *places, guint64 backed)
{
  guint number = 1;

  backed &= GW_HVC_ALL;
  for (guint i = 0; i < places->len; i++)
    backed &= ~GW_HVC_BIT (((GwHvcPlace *) places->pdata[i])->hvc);
  g_ptr_array_sort (places, all_have_ports (places) ? compare_ports : compare_made);
  for (guint i = 0; i < places->len; i++)
    {
      GwHvcPlace *place = places->pdata[i];

      if (place->hvc != 0)
        continue;
      while (number <= HVC_MAX && (backed & GW_HVC_BIT (number)) == 0)
        number++;
      if (number > HVC_MAX)
        return;
      place->hvc = number++;
    }
}

/* Of a console that gives its terminal back and takes the lowest free one. */
static guint
lowest_free (guint64 taken)
{
  guint number = 1;

  while (number <= HVC_MAX && (taken & GW_HVC_BIT (number)) != 0)
    number++;
  return number <= HVC_MAX ? number : 0;
}

/**
 * gw_hvc_replace:
 * @places: (element-type GwHvcPlace): as for gw_hvc_place()
 * @backed: the terminals that were found to have a console
 *
 * What the driver does to consoles in a guest that is restored: one after the
 * other, in the order of their devices, gives its terminal back and takes the
 * lowest free one (xencons_resume() of hvc_xen.c). So all move up if one was
 * unplugged before.
 *
 * Returns: whether that explains @backed; if not, nothing is changed
 */
gboolean
gw_hvc_replace (GPtrArray *places, guint64 backed)
{
  const guint64 kept = gw_hvc_consoles (); /* the kernel's own are not moved */
  guint64 taken = kept;
  guint numbers[HVC_MAX];

  g_ptr_array_sort (places, compare_made);
  for (guint i = 0; i < places->len; i++)
    taken |= GW_HVC_BIT (((GwHvcPlace *) places->pdata[i])->hvc);
  for (guint i = 0; i < places->len; i++)
    {
      guint own = ((GwHvcPlace *) places->pdata[i])->hvc;

      if (own == 0 || i == HVC_MAX)
        return FALSE;
      if ((kept & GW_HVC_BIT (own)) == 0)
        taken &= ~GW_HVC_BIT (own);
      numbers[i] = (kept & GW_HVC_BIT (own)) != 0 ? own : lowest_free (taken);
      taken |= GW_HVC_BIT (numbers[i]);
    }
  if ((taken & GW_HVC_ALL) != (backed & GW_HVC_ALL))
    return FALSE;
  for (guint i = 0; i < places->len; i++)
    ((GwHvcPlace *) places->pdata[i])->hvc = numbers[i];
  return TRUE;
}

/**
 * gw_hvc_number:
 * @name: such as `hvc1` or `/dev/hvc1`
 *
 * Returns: 1, or 0 if @name is no terminal that may be a channel's
 */
guint
gw_hvc_number (const char *name)
{
  guint64 number;

  if (g_str_has_prefix (name, "/dev/"))
    name += strlen ("/dev/");
  if (!g_str_has_prefix (name, "hvc") || !g_ascii_string_to_unsigned (name + 3, 10, 1, HVC_MAX, &number, NULL))
    return 0;
  return (guint) number;
}

/* The terminals that the kernel itself talks to: never to be touched. */
guint64
gw_hvc_consoles (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) names = NULL;
  guint64 consoles = 0;

  if (!g_file_get_contents ("/sys/class/tty/console/active", &text, NULL, NULL))
    return 0;
  names = g_strsplit_set (text, " \n", -1);
  for (guint i = 0; names[i] != NULL; i++)
    consoles |= GW_HVC_BIT (gw_hvc_number (names[i]));
  return consoles & GW_HVC_ALL;
}

static gboolean
is_backed (guint number)
{
  g_autofree char *path = g_strdup_printf ("/dev/hvc%u", number);
  int fd = open (path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd >= 0)
    close (fd);
  return fd >= 0 || (errno != ENODEV && errno != ENOENT && errno != ENXIO);
}

/**
 * gw_hvc_probe:
 *
 * Opens one terminal after the other. If nobody has it open, what its host
 * has sent is echoed meanwhile: so this is done only when a terminal was not
 * where it should be.
 *
 * Returns: those that have a console behind them
 */
guint64
gw_hvc_probe (void)
{
  guint64 backed = gw_hvc_consoles ();

  for (guint number = 1; number <= HVC_MAX; number++)
    {
      g_autofree char *path = g_strdup_printf ("/sys/class/tty/hvc%u", number);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        break;
      if ((backed & GW_HVC_BIT (number)) == 0 && is_backed (number))
        backed |= GW_HVC_BIT (number);
    }
  return backed;
}

/**
 * gw_hvc_announce:
 *
 * Has the kernel send an event for a terminal, since it sends none by itself
 * when a console comes or goes. udev then looks at it again.
 */
gboolean
gw_hvc_announce (guint number)
{
  g_autofree char *path = g_strdup_printf ("/sys/class/tty/hvc%u/uevent", number);
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean written;

  if (fd < 0)
    return FALSE;
  written = write (fd, "change", strlen ("change")) > 0;
  close (fd);
  return written;
}
