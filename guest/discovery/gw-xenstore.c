/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks Xen's store and watches it, without waiting. One request is under way
 * at a time, since not every kernel says which one it answers: it is told from
 * events by its type. Knows no console. */

#include "gw-xenstore.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-retry.h"
#include "gw-xenstore-place.h"

typedef struct
{
  GwXenstoreType type;
  char *path;
  char *token;              /* of a watch, or NULL */
  GwXenstoreReplyFunc func; /* NULL when nobody wants to know */
  gpointer data;
} Ask;

struct _GwXenstoreWatch
{
  char *path;
  char *token;
  GwXenstoreWatchFunc func;
  gpointer data;
};

struct _GwXenstore
{
  int fd; /* -1 while there is none */
  gboolean is_socket;
  GwPollItem *item;
  GwRetry retry;
  gboolean freed;

  GwXenstoreWire wire;
  guint32 last_id;
  GQueue asks;        /* of Ask*; the first one is under way if asking */
  gboolean asking;
  guint late;         /* the timer of its answer, or 0 */
  GBytes *unwritten;  /* of the one under way, or NULL */
  GPtrArray *watches; /* of GwXenstoreWatch* */
  guint last_token;
};

static void next_ask (GwXenstore *store);
static void reopen (gpointer data);

static void
ask_free (Ask *ask)
{
  g_free (ask->path);
  g_free (ask->token);
  g_free (ask);
}

static void
watch_free (gpointer data)
{
  GwXenstoreWatch *watch = data;

  g_free (watch->path);
  g_free (watch->token);
  g_free (watch);
}

/* --- The connection ------------------------------------------------------ */

static void
shut (GwXenstore *store)
{
  g_clear_pointer (&store->item, gw_poll_remove);
  g_clear_pointer (&store->unwritten, g_bytes_unref);
  if (store->fd >= 0)
    close (store->fd);
  store->fd = -1;
  store->asking = FALSE;
  g_clear_handle_id (&store->late, g_source_remove);
  store->wire.filled = 0;
}

/* The one under way is done. */
static void
answer (GwXenstore *store, const GwXenstoreMessage *reply, int problem)
{
  Ask *ask = g_queue_pop_head (&store->asks);

  store->asking = FALSE;
  g_clear_handle_id (&store->late, g_source_remove);
  if (ask->func != NULL)
    ask->func (reply, problem, ask->data);
  ask_free (ask);
}

static void
lose (GwXenstore *store, const char *why)
{
  /* What is asked from inside of an answer comes behind these. */
  guint waiting = store->asks.length;

  g_message ("Xen's store: %s; looking for it again", why);
  shut (store);
  for (; waiting > 0 && !store->freed; waiting--)
    answer (store, NULL, ENOTCONN);
  if (!store->freed)
    gw_retry_later (&store->retry, reopen, store);
}

/* --- Requests ------------------------------------------------------------ */

/* Whatever became of it, all others wait for it. */
static gboolean
on_late (gpointer data)
{
  GwXenstore *store = g_rc_box_acquire (data);

  store->late = 0;
  lose (store, "it does not answer");
  g_rc_box_release (store);
  return G_SOURCE_REMOVE;
}

/* Returns 0 or an errno. */
static int
write_some (GwXenstore *store)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (store->unwritten, &length);
  gssize written;
  GBytes *rest;

  do
    written = store->is_socket ? send (store->fd, data, length, MSG_NOSIGNAL) : write (store->fd, data, length);
  while (written < 0 && errno == EINTR);
  if (written < 0)
    return errno == EAGAIN ? 0 : errno;
  rest = (gsize) written < length ? g_bytes_new_from_bytes (store->unwritten, written, length - written) : NULL;
  g_bytes_unref (store->unwritten);
  store->unwritten = rest;
  return 0;
}

/* The kernel refuses a request by its errno; a socket has lost its daemon. */
static void
write_ask (GwXenstore *store)
{
  int number = write_some (store);

  if (number == 0)
    return;
  if (store->is_socket)
    {
      lose (store, g_strerror (number));
      return;
    }
  g_clear_pointer (&store->unwritten, g_bytes_unref);
  answer (store, NULL, number);
}

static void
next_ask (GwXenstore *store)
{
  while (!store->freed && store->fd >= 0 && !store->asking && store->asks.length > 0)
    {
      Ask *ask = g_queue_peek_head (&store->asks);

      store->asking = TRUE;
      store->late = g_timeout_add (GW_XENSTORE_ANSWER_MS, on_late, store);
      store->unwritten = gw_xenstore_request (ask->type, ++store->last_id, ask->path, ask->token);
      if (store->unwritten != NULL)
        write_ask (store);
      else
        answer (store, NULL, E2BIG);
    }
}

/* From the loop, so that no answer comes before gw_xenstore_ask() returns. */
static void
push_ask (GwXenstore *store, GwXenstoreType type, const char *path, const char *token, GwXenstoreReplyFunc func,
          gpointer data)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->type = type;
  ask->path = g_strdup (path);
  ask->token = g_strdup (token);
  ask->func = func;
  ask->data = data;
  g_queue_push_tail (&store->asks, ask);
  if (store->item != NULL)
    gw_poll_again (store->item);
}

/**
 * gw_xenstore_ask:
 * @type: %GW_XENSTORE_READ or %GW_XENSTORE_DIRECTORY
 * @path: from the root, or from this guest's own part
 * @func: called once, from the loop, unless gw_xenstore_forget() comes first
 *
 * Returns: %FALSE above %GW_XENSTORE_ASKS_MAX: then @func is not called
 */
gboolean
gw_xenstore_ask (GwXenstore *store, GwXenstoreType type, const char *path, GwXenstoreReplyFunc func, gpointer data)
{
  if (store->asks.length >= GW_XENSTORE_ASKS_MAX)
    return FALSE;
  push_ask (store, type, path, NULL, func, data);
  return TRUE;
}

/* --- Watches ------------------------------------------------------------- */

/* A store that has gone is told of elsewhere, and watched when it comes. */
static void
on_watched (const GwXenstoreMessage *reply, int problem, gpointer data)
{
  if (problem != 0 && problem != ENOTCONN)
    g_warning ("Xen's store: cannot watch it: %s", g_strerror (problem));
}

static void
ask_to_watch (GwXenstore *store, const GwXenstoreWatch *watch)
{
  push_ask (store, GW_XENSTORE_WATCH, watch->path, watch->token, on_watched, store);
}

/**
 * gw_xenstore_watch:
 * @func: called from the loop: at once, and whenever something changes
 *
 * Returns: (nullable): to be given to gw_xenstore_unwatch(); %NULL above
 *   %GW_XENSTORE_WATCHES_MAX
 */
GwXenstoreWatch *
gw_xenstore_watch (GwXenstore *store, const char *path, GwXenstoreWatchFunc func, gpointer data)
{
  GwXenstoreWatch *watch;

  if (store->watches->len >= GW_XENSTORE_WATCHES_MAX)
    return NULL;
  watch = g_new0 (GwXenstoreWatch, 1);
  watch->path = g_strdup (path);
  watch->token = g_strdup_printf ("guestwire-%u", ++store->last_token);
  watch->func = func;
  watch->data = data;
  g_ptr_array_add (store->watches, watch);
  if (store->fd >= 0)
    ask_to_watch (store, watch);
  return watch;
}

void
gw_xenstore_unwatch (GwXenstore *store, GwXenstoreWatch *watch)
{
  /* There is nothing to do about a refusal. */
  if (store->fd >= 0)
    push_ask (store, GW_XENSTORE_UNWATCH, watch->path, watch->token, NULL, NULL);
  g_ptr_array_remove (store->watches, watch);
}

/* Nothing that was asked for with @data is told any more. Its watches stay. */
void
gw_xenstore_forget (GwXenstore *store, gpointer data)
{
  for (GList *link = store->asks.head; link != NULL; link = link->next)
    {
      Ask *ask = link->data;

      if (ask->data == data)
        ask->func = NULL;
    }
}

static void
tell_watch (GwXenstore *store, const GwXenstoreMessage *message)
{
  g_auto (GStrv) untrusted_words = gw_xenstore_message_strings (message);

  if (g_strv_length (untrusted_words) < 2)
    return;
  for (guint i = 0; i < store->watches->len; i++)
    {
      GwXenstoreWatch *watch = store->watches->pdata[i];

      if (g_str_equal (watch->token, untrusted_words[1]))
        {
          watch->func (watch->data);
          return;
        }
    }
}

/* --- What comes ---------------------------------------------------------- */

static gboolean
answers (GwXenstore *store, const GwXenstoreMessage *message)
{
  Ask *ask = g_queue_peek_head (&store->asks);

  return store->asking && (message->id == 0 || message->id == store->last_id)
         && (message->type == GW_XENSTORE_ERROR || message->type == ask->type);
}

static void
take_message (GwXenstore *store, const GwXenstoreMessage *message)
{
  int problem = gw_xenstore_message_errno (message);

  if (message->type == GW_XENSTORE_WATCH_EVENT)
    tell_watch (store, message);
  else if (answers (store, message))
    answer (store, problem == 0 ? message : NULL, problem);
}

static void
take_bytes (GwXenstore *store, const guint8 *data, gsize length)
{
  GwXenstoreMessage message;
  gboolean broken = FALSE;

  while (store->fd >= 0 && gw_xenstore_wire_receive (&store->wire, &data, &length, &message, &broken))
    take_message (store, &message);
  if (broken)
    lose (store, "it has lost its way in its own messages");
}

static void
read_turn (GwXenstore *store)
{
  guint8 buffer[GW_XENSTORE_PAYLOAD_MAX];
  gsize taken = 0;

  while (store->fd >= 0)
    {
      gssize length;

      if (taken >= GW_PORT_TURN_MAX)
        {
          gw_poll_again (store->item);
          return;
        }
      length = read (store->fd, buffer, sizeof buffer);
      if (length > 0)
        take_bytes (store, buffer, length);
      else if (length == 0)
        lose (store, "it has hung up");
      else if (errno == EAGAIN)
        return;
      else if (errno != EINTR)
        lose (store, g_strerror (errno));
      taken += MAX (length, 0);
    }
}

static void
on_events (guint32 events, gpointer data)
{
  GwXenstore *store = g_rc_box_acquire (data);

  if (store->unwritten != NULL)
    write_ask (store);
  read_turn (store);
  next_ask (store);
  g_rc_box_release (store);
}

/* --- The beginning and the end ------------------------------------------- */

static gboolean
connect_store (GwXenstore *store, GError **error)
{
  store->fd = gw_xenstore_place_open (&store->is_socket, error);
  if (store->fd < 0)
    return FALSE;
  store->item = gw_poll_add (NULL, store->fd, EPOLLIN | EPOLLOUT | EPOLLET, on_events, store, error);
  if (store->item == NULL)
    shut (store);
  return store->item != NULL;
}

static void
reopen (gpointer data)
{
  GwXenstore *store = data;

  if (!connect_store (store, NULL))
    {
      gw_retry_later (&store->retry, reopen, store);
      return;
    }
  gw_retry_succeeded (&store->retry);
  for (guint i = 0; i < store->watches->len; i++)
    ask_to_watch (store, store->watches->pdata[i]);
  gw_poll_again (store->item);
}

/**
 * gw_xenstore_new:
 *
 * Returns: (transfer full): the store of this machine, driven by the calling
 *   thread's default main context; or %NULL with %G_IO_ERROR set,
 *   %G_IO_ERROR_NOT_FOUND where there is no Xen
 */
GwXenstore *
gw_xenstore_new (GError **error)
{
  GwXenstore *store = g_rc_box_new0 (GwXenstore);

  store->fd = -1;
  store->watches = g_ptr_array_new_with_free_func (watch_free);
  if (connect_store (store, error))
    return store;
  gw_xenstore_free (store);
  return NULL;
}

/* Nothing is told any more, and nothing watched: the store forgets with the
 * connection. May be called from inside of what it tells. */
void
gw_xenstore_free (GwXenstore *store)
{
  store->freed = TRUE;
  shut (store);
  gw_retry_reset (&store->retry);
  g_queue_clear_full (&store->asks, (GDestroyNotify) ask_free);
  g_clear_pointer (&store->watches, g_ptr_array_unref);
  g_rc_box_release (store);
}
