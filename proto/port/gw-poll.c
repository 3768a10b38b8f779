/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One epoll descriptor for each main context, as a GSource. Items are edge
 * triggered or not as their flags say; one that has more to do asks for
 * another turn, so that none starves the rest. Knows no port. */

#include "gw-poll.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gw-error.h"
#include "gw-limits.h"

typedef struct
{
  GSource source;
  GMainContext *context; /* not a reference: the context holds us */
  int epoll_fd;
  gpointer tag;
  guint items;
  gboolean dispatching;
  GQueue again;    /* of GwPollItem*, each at most once */
  GSList *removed; /* while dispatching: freed at its end */
} GwPoll;

struct _GwPollItem
{
  GwPoll *poll;
  int fd;
  GwPollFunc func; /* NULL once removed */
  gpointer data;
  gboolean asked_again;
};

G_LOCK_DEFINE_STATIC (polls);
static GHashTable *polls; /* GMainContext* -> GwPoll* */

static gboolean
poll_prepare (GSource *source, int *timeout)
{
  GwPoll *poll = (GwPoll *) source;

  *timeout = -1;
  return !poll->dispatching && !g_queue_is_empty (&poll->again);
}

static gboolean
poll_check (GSource *source)
{
  GwPoll *poll = (GwPoll *) source;

  return !poll->dispatching
         && (!g_queue_is_empty (&poll->again) || g_source_query_unix_fd (source, poll->tag) != 0);
}

static void
run_again (GwPoll *poll)
{
  GQueue turn = poll->again;
  GwPollItem *item;

  g_queue_init (&poll->again);
  while ((item = g_queue_pop_head (&turn)) != NULL)
    {
      item->asked_again = FALSE;
      if (item->func != NULL)
        item->func (0, item->data);
    }
}

static gboolean
poll_dispatch (GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
  GwPoll *poll = (GwPoll *) source;
  struct epoll_event events[GW_POLL_BATCH];
  int count;

  poll->dispatching = TRUE;
  run_again (poll);
  count = epoll_wait (poll->epoll_fd, events, GW_POLL_BATCH, 0);
  for (int i = 0; i < count; i++)
    {
      GwPollItem *item = events[i].data.ptr;

      if (item->func != NULL)
        item->func (events[i].events, item->data);
    }
  poll->dispatching = FALSE;
  g_slist_free_full (g_steal_pointer (&poll->removed), g_free);
  return G_SOURCE_CONTINUE;
}

static void
poll_finalize (GSource *source)
{
  GwPoll *poll = (GwPoll *) source;

  g_slist_free_full (poll->removed, g_free);
  close (poll->epoll_fd);
}

static GSourceFuncs poll_funcs = {
  .prepare = poll_prepare,
  .check = poll_check,
  .dispatch = poll_dispatch,
  .finalize = poll_finalize,
};

/* The lock is held. */
static GwPoll *
poll_for_context (GMainContext *context, GError **error)
{
  GwPoll *poll = polls != NULL ? g_hash_table_lookup (polls, context) : NULL;
  int epoll_fd;

  if (poll != NULL)
    return poll;
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (epoll_fd < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "epoll_create1: %s", g_strerror (errno));
      return NULL;
    }
  poll = (GwPoll *) g_source_new (&poll_funcs, sizeof (GwPoll));
  g_source_set_name (&poll->source, "guestwire ports");
  poll->context = context;
  poll->epoll_fd = epoll_fd;
  g_queue_init (&poll->again);
  poll->tag = g_source_add_unix_fd (&poll->source, epoll_fd, G_IO_IN);
  /* Nothing that is called from here runs a loop. Where GLib has to see to that
   * it takes the descriptor away and adds it again at each turn, and wakes itself
   * up for either: three system calls and a turn for nothing. */
  g_source_set_can_recurse (&poll->source, TRUE);
  g_source_attach (&poll->source, context);
  if (polls == NULL)
    polls = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (polls, context, poll);
  return poll;
}

/* The lock is held. The last item is gone. */
static void
poll_close (GwPoll *poll)
{
  g_hash_table_remove (polls, poll->context);
  g_source_destroy (&poll->source);
  g_source_unref (&poll->source);
}

/**
 * gw_poll_add:
 * @context: (nullable): the main context that will call @func; %NULL for the
 *   calling thread's default
 * @fd: the descriptor; must stay open until gw_poll_remove()
 * @events: EPOLL* flags to wait for
 *
 * Returns: (transfer full): an item to be given to gw_poll_remove(), in the
 *   thread of @context, or %NULL with @error set
 */
GwPollItem *
gw_poll_add (GMainContext *context, int fd, guint32 events, GwPollFunc func, gpointer data, GError **error)
{
  g_autoptr (GMainContext) owner = context != NULL ? g_main_context_ref (context) : g_main_context_ref_thread_default ();
  GwPollItem *item = NULL;
  struct epoll_event event;
  GwPoll *poll;

  G_LOCK (polls);
  poll = poll_for_context (owner, error);
  if (poll != NULL)
    {
      item = g_new0 (GwPollItem, 1);
      item->poll = poll;
      item->fd = fd;
      item->func = func;
      item->data = data;
      event = (struct epoll_event){ .events = events, .data.ptr = item };
      if (epoll_ctl (poll->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
        poll->items++;
      else
        {
          g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "epoll_ctl: %s", g_strerror (errno));
          g_clear_pointer (&item, g_free);
          if (poll->items == 0)
            poll_close (poll);
        }
    }
  G_UNLOCK (polls);
  return item;
}

/**
 * gw_poll_again:
 *
 * Calls the item's function once more, with no events, after the others have
 * had their turn.
 */
void
gw_poll_again (GwPollItem *item)
{
  if (item->asked_again)
    return;
  item->asked_again = TRUE;
  g_queue_push_tail (&item->poll->again, item);
}

/**
 * gw_poll_remove:
 *
 * The item's function is not called again. May be called from inside of it.
 */
void
gw_poll_remove (GwPollItem *item)
{
  GwPoll *poll = item->poll;

  epoll_ctl (poll->epoll_fd, EPOLL_CTL_DEL, item->fd, NULL);
  item->func = NULL;
  if (item->asked_again)
    g_queue_remove (&poll->again, item);
  if (poll->dispatching)
    poll->removed = g_slist_prepend (poll->removed, item);
  else
    g_free (item);
  G_LOCK (polls);
  if (--poll->items == 0)
    poll_close (poll);
  G_UNLOCK (polls);
}
