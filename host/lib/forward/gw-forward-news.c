/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a forward tells, outside of all that it happens inside of. */

#include "gw-forward-private.h"

#include "gw-later.h"
#include "gw-limits.h"

enum
{
  SIGNAL_OPENED,
  SIGNAL_FAILED,
  SIGNAL_CLOSED,
  SIGNAL_LOST,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* What is told later: a handler may do as it likes. */
typedef struct
{
  guint signal; /* or N_SIGNALS: of a property */
  guint64 id;
  char *peer;
  guint64 to_guest;
  guint64 to_host;
  GError *error;
} News;

static void
news_free (gpointer data)
{
  News *news = data;

  g_free (news->peer);
  g_clear_error (&news->error);
  g_free (news);
}

static void
tell (GwForward *self, const News *news)
{
  switch (news->signal)
    {
    case SIGNAL_OPENED:
      g_signal_emit (self, signals[SIGNAL_OPENED], 0, news->id, news->peer);
      break;
    case SIGNAL_FAILED:
      g_signal_emit (self, signals[SIGNAL_FAILED], 0, news->id, news->peer, news->error);
      break;
    case SIGNAL_CLOSED:
      g_signal_emit (self, signals[SIGNAL_CLOSED], 0, news->id, news->to_guest, news->to_host, news->error);
      break;
    case SIGNAL_LOST:
      g_signal_emit (self, signals[SIGNAL_LOST], 0, news->error);
      break;
    default:
      g_object_notify (G_OBJECT (self), "listening");
    }
}

static gboolean
on_news (gpointer data)
{
  GwForward *self = data;
  News *news;

  while ((news = g_queue_pop_head (&self->news)) != NULL)
    {
      tell (self, news);
      news_free (news);
    }
  return G_SOURCE_REMOVE;
}

static void
later (GwForward *self, GSourceFunc func)
{
  gw_later_call (self->context, func, g_object_ref (self), g_object_unref);
}

/* Takes what @news has. A program that does not run its context is told less. */
static void
add_news (GwForward *self, News news)
{
  if (g_queue_get_length (&self->news) >= GW_CLIENT_EVENTS_MAX)
    news_free (g_queue_pop_head (&self->news));
  else
    later (self, on_news);
  g_queue_push_tail (&self->news, g_memdup2 (&news, sizeof news));
}

void
gw_forward_tell_opened (GwForward *self, guint64 id, const char *peer)
{
  add_news (self, (News){ .signal = SIGNAL_OPENED, .id = id, .peer = g_strdup (peer) });
}

void
gw_forward_tell_failed (GwForward *self, guint64 id, const char *peer, const GError *error)
{
  add_news (self,
            (News){ .signal = SIGNAL_FAILED, .id = id, .peer = g_strdup (peer), .error = g_error_copy (error) });
}

void
gw_forward_tell_closed (GwForward *self, guint64 id, guint64 to_guest, guint64 to_host, const GError *error)
{
  add_news (self, (News){ .signal = SIGNAL_CLOSED,
                          .id = id,
                          .to_guest = to_guest,
                          .to_host = to_host,
                          .error = error != NULL ? g_error_copy (error) : NULL });
}

void
gw_forward_tell_lost (GwForward *self, const GError *error)
{
  add_news (self, (News){ .signal = SIGNAL_LOST, .error = g_error_copy (error) });
}

void
gw_forward_set_listening (GwForward *self, gboolean listening)
{
  if (self->listening == listening)
    return;
  self->listening = listening;
  add_news (self, (News){ .signal = N_SIGNALS });
}

static gboolean
on_unref (gpointer data)
{
  g_object_unref (data);
  return G_SOURCE_REMOVE;
}

/* It may be the last one, and this the inside of some event. */
void
gw_forward_unref_later (GwForward *self)
{
  later (self, on_unref);
}

void
gw_forward_drop_news (GwForward *self)
{
  g_queue_clear_full (&self->news, news_free);
}

/* Of the class. */
void
gw_forward_add_signals (void)
{
  /**
   * GwForward::connection-opened:
   * @forward: a #GwForward
   * @id: the connection's number
   * @peer: who has connected: an address and a port, or empty
   *
   * A connection was made, from end to end.
   *
   * Since: 0.1
   */
  signals[SIGNAL_OPENED] = g_signal_new ("connection-opened", GW_TYPE_FORWARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 2, G_TYPE_UINT64, G_TYPE_STRING);
  /**
   * GwForward::connection-failed:
   * @forward: a #GwForward
   * @id: the connection's number
   * @peer: who has connected, and is not any more
   * @error: why there is nobody to connect to
   *
   * Somebody has connected in vain.
   *
   * Since: 0.1
   */
  signals[SIGNAL_FAILED] = g_signal_new ("connection-failed", GW_TYPE_FORWARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 3, G_TYPE_UINT64, G_TYPE_STRING, G_TYPE_ERROR);
  /**
   * GwForward::connection-closed:
   * @forward: a #GwForward
   * @id: the connection's number
   * @to_guest: how many bytes have gone to the guest
   * @to_host: how many bytes have come from there
   * @error: (nullable): what it was lost by; %NULL if both sides have ended it
   *
   * A connection that was made has ended.
   *
   * Since: 0.1
   */
  signals[SIGNAL_CLOSED] = g_signal_new ("connection-closed", GW_TYPE_FORWARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 4, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_ERROR);
  /**
   * GwForward::lost:
   * @forward: a #GwForward
   * @error: why
   *
   * The guest does not listen any more, or not yet again. It is tried again
   * until gw_forward_stop(), and #GwForward:listening tells of the success.
   *
   * Since: 0.1
   */
  signals[SIGNAL_LOST] = g_signal_new ("lost", GW_TYPE_FORWARD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                       G_TYPE_ERROR);
}
