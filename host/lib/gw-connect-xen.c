/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks a channel of Xen's up in a thread, since the store may take its time,
 * and opens what it leads to. An attempt that is abandoned ends by itself. */

#include "gw-connect-xen.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gw-connect.h"
#include "gw-xen.h"

struct _GwConnectXen
{
  GwAddress *address;
  int event; /* readable once the thread is done */
  GwAddress *reached;
  gboolean may_pass;
  GError *error;
};

static void
attempt_clear (gpointer data)
{
  GwConnectXen *attempt = data;

  if (attempt->event >= 0)
    close (attempt->event);
  g_clear_error (&attempt->error);
  g_clear_object (&attempt->reached);
  g_object_unref (attempt->address);
}

static void
attempt_unref (GwConnectXen *attempt)
{
  g_atomic_rc_box_release_full (attempt, attempt_clear);
}

static gpointer
look_up (gpointer data)
{
  GwConnectXen *attempt = data;

  attempt->reached = gw_xen_resolve (gw_address_get_domain (attempt->address), gw_address_get_channel (attempt->address),
                                     &attempt->may_pass, &attempt->error);
  (void) eventfd_write (attempt->event, 1);
  attempt_unref (attempt);
  return NULL;
}

/**
 * gw_connect_xen_start:
 *
 * Returns: (transfer full): an attempt on the way, to be given to
 *   gw_connect_xen_abandon() whatever becomes of it; or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwConnectXen *
gw_connect_xen_start (GwAddress *address, GError **error)
{
  GwConnectXen *attempt = g_atomic_rc_box_new0 (GwConnectXen);
  g_autoptr (GError) failure = NULL;
  GThread *thread = NULL;

  attempt->address = g_object_ref (address);
  attempt->event = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (attempt->event >= 0)
    thread = g_thread_try_new ("guestwire-xen", look_up, g_atomic_rc_box_acquire (attempt), &failure);
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return attempt;
    }
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, failure != NULL ? failure->message : g_strerror (errno));
  if (attempt->event >= 0)
    attempt_unref (attempt); /* the thread's */
  attempt_unref (attempt);
  return NULL;
}

void
gw_connect_xen_abandon (GwConnectXen *attempt)
{
  attempt_unref (attempt);
}

/* A descriptor that is readable once the attempt is done. */
int
gw_connect_xen_get_event (GwConnectXen *attempt)
{
  return attempt->event;
}

/**
 * gw_connect_xen_finish:
 * @kind: (out): what the descriptor is
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Returns: of an attempt that is done, a non-blocking descriptor that the
 *   caller owns, or -1 with %GW_ERROR_CONNECT or %GW_ERROR_BUSY set
 */
int
gw_connect_xen_finish (GwConnectXen *attempt, GwPortKind *kind, gboolean *may_pass, GError **error)
{
  int fd;

  *may_pass = attempt->may_pass;
  if (attempt->reached == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&attempt->error));
      return -1;
    }
  fd = gw_connect (attempt->reached, kind, may_pass, error);
  if (fd < 0)
    g_prefix_error (error, "%s: ", gw_address_get_path (attempt->reached));
  return fd;
}
