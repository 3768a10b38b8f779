/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who follows the events of a guest: the object, and what it tells. How it
 * gets them is in gw-follower-run.c. */

#include "gw-follower-private.h"

/**
 * GwFollower:
 *
 * Tells what happens in a guest: the agent started, the machine goes down,
 * addresses changed, users logged in and out, jobs ended, file systems were
 * frozen, memory is low.
 *
 * It takes an agent that speaks frames (see #GwClient:wants-frames).
 *
 * The agent numbers events from 1, and keeps the newest for those who come
 * later. A number is one of an instance of the agent: where that was restarted
 * its numbers begin again, and what it had not told is gone. Instance and
 * number of the last event are all that a program has to keep to go on after
 * it, later or elsewhere.
 *
 * Once it was started it goes on until it is stopped, and lives as long: where
 * the channel is lost it opens the client again, and gets what has happened
 * meanwhile. What can not be had any more is told as a gap. A program that
 * closes the client ends it.
 *
 * Its signals come from the main context that the client lives on. A program
 * that takes its time makes the agent wait, not this program's memory grow.
 *
 * Since: 0.1
 */
G_DEFINE_TYPE (GwFollower, gw_follower, G_TYPE_OBJECT)

enum
{
  PROP_CLIENT = 1,
  PROP_INSTANCE,
  PROP_NUMBER,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

enum
{
  SIGNAL_EVENT,
  SIGNAL_GAP,
  SIGNAL_ENDED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* --- What it tells ------------------------------------------------------ */

void
gw_follower_emit_event (GwFollower *self, gint64 time_us, const char *name, JsonNode *data)
{
  /* A handler may change it. */
  g_autofree char *instance = g_strdup (self->instance);

  g_signal_emit (self, signals[SIGNAL_EVENT], 0, instance, self->number, time_us, name, data);
}

void
gw_follower_emit_gap (GwFollower *self, guint64 lost)
{
  g_signal_emit (self, signals[SIGNAL_GAP], 0, lost);
}

void
gw_follower_emit_ended (GwFollower *self, const GError *error)
{
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, error);
}

/* --- The object --------------------------------------------------------- */

static void
gw_follower_finalize (GObject *object)
{
  GwFollower *self = GW_FOLLOWER (object);

  g_assert (!self->held);
  g_string_free (self->text, TRUE);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->failure);
  g_strfreev (self->names);
  g_free (self->instance);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (gw_follower_parent_class)->finalize (object);
}

static void
gw_follower_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GwFollower *self = GW_FOLLOWER (object);

  switch (id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_INSTANCE:
      g_value_set_string (value, self->instance);
      break;
    case PROP_NUMBER:
      g_value_set_uint64 (value, self->number);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
gw_follower_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CLIENT)
    GW_FOLLOWER (object)->client = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
install_signals (GObjectClass *class)
{
  /**
   * GwFollower::event:
   * @follower: a #GwFollower
   * @instance: which run of the agent has told it: 32 hexadecimal digits
   * @number: its number among the events of that
   * @time_us: when it happened, in microseconds since 1970, by the guest's clock
   * @name: its name, for example `addresses-changed`
   * @data: what the agent says of it, an object
   *
   * Something has happened in the guest. All of it comes from there and is
   * within bounds, and that is all that has been checked.
   *
   * Since: 0.1
   */
  signals[SIGNAL_EVENT]
      = g_signal_new ("event", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 5,
                      G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_INT64, G_TYPE_STRING, JSON_TYPE_NODE);
  /**
   * GwFollower::gap:
   * @follower: a #GwFollower
   * @lost: how many events, of whatever name, are gone; 0 where that cannot be
   *   known, as with a guest that was set back to a snapshot
   *
   * Before the event that comes next there were others, which the agent does
   * not have any more.
   *
   * Since: 0.1
   */
  signals[SIGNAL_GAP] = g_signal_new ("gap", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                      G_TYPE_NONE, 1, G_TYPE_UINT64);
  /**
   * GwFollower::ended:
   * @follower: a #GwFollower
   * @error: why
   *
   * It cannot go on, though nobody has stopped it: the client was closed, or
   * the agent that is there now tells no events. It may be started again.
   *
   * Since: 0.1
   */
  signals[SIGNAL_ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
gw_follower_class_init (GwFollowerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = gw_follower_finalize;
  object_class->get_property = gw_follower_get_property;
  object_class->set_property = gw_follower_set_property;

  /**
   * GwFollower:client:
   *
   * What it goes through.
   *
   * Since: 0.1
   */
  props[PROP_CLIENT] = g_param_spec_object ("client", NULL, NULL, GW_TYPE_CLIENT,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * GwFollower:instance:
   *
   * Which run of the agent the last event was of; %NULL before the first. Not
   * notified of.
   *
   * Since: 0.1
   */
  props[PROP_INSTANCE]
      = g_param_spec_string ("instance", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * GwFollower:number:
   *
   * The number of the last event. Not notified of.
   *
   * Since: 0.1
   */
  props[PROP_NUMBER]
      = g_param_spec_uint64 ("number", NULL, NULL, 0, G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  install_signals (object_class);
}

static void
gw_follower_init (GwFollower *self)
{
  self->text = g_string_new (NULL);
}

/**
 * gw_follower_new:
 * @client: what it goes through
 *
 * Returns: (transfer full): a new #GwFollower, which was not started
 *
 * Since: 0.1
 */
GwFollower *
gw_follower_new (GwClient *client)
{
  g_return_val_if_fail (GW_IS_CLIENT (client), NULL);
  return g_object_new (GW_TYPE_FOLLOWER, "client", client, NULL);
}

/* --- What is wanted ----------------------------------------------------- */

/**
 * gw_follower_set_names:
 * @follower: a #GwFollower that does not run
 * @names: (nullable) (array zero-terminated=1): the names of the events that are
 *   wanted, up to a %NULL; %NULL for all
 *
 * Names that the agent does not know are no error.
 *
 * Since: 0.1
 */
void
gw_follower_set_names (GwFollower *follower, const char *const *names)
{
  g_return_if_fail (GW_IS_FOLLOWER (follower));
  g_return_if_fail (!follower->running);

  g_strfreev (follower->names);
  follower->names = g_strdupv ((char **) names);
}

/**
 * gw_follower_set_after:
 * @follower: a #GwFollower that does not run
 * @instance: (nullable): which run of the agent @number is of; %NULL for any
 * @number: the last event that the program has; 0 for none
 *
 * Asks for the events behind that one, too, as far as the agent has them; if
 * it is another run by now, for all of that. Without this it tells what happens
 * from its start on.
 *
 * Since: 0.1
 */
void
gw_follower_set_after (GwFollower *follower, const char *instance, guint64 number)
{
  g_return_if_fail (GW_IS_FOLLOWER (follower));
  g_return_if_fail (number <= G_MAXINT64);
  g_return_if_fail (!follower->running);

  g_free (follower->instance);
  follower->instance = g_strdup (instance);
  follower->number = number;
  follower->from_there = TRUE;
}

/**
 * gw_follower_get_client:
 * @follower: a #GwFollower
 *
 * Returns: (transfer none): what it goes through
 *
 * Since: 0.1
 */
GwClient *
gw_follower_get_client (GwFollower *follower)
{
  g_return_val_if_fail (GW_IS_FOLLOWER (follower), NULL);
  return follower->client;
}

/**
 * gw_follower_get_instance:
 * @follower: a #GwFollower
 *
 * Returns: (transfer none) (nullable): which run of the agent the last event
 *   was of; once it follows, and before the first event, which it will be of
 *
 * Since: 0.1
 */
const char *
gw_follower_get_instance (GwFollower *follower)
{
  g_return_val_if_fail (GW_IS_FOLLOWER (follower), NULL);
  return follower->instance;
}

/**
 * gw_follower_get_number:
 * @follower: a #GwFollower
 *
 * Returns: the number of the last event
 *
 * Since: 0.1
 */
guint64
gw_follower_get_number (GwFollower *follower)
{
  g_return_val_if_fail (GW_IS_FOLLOWER (follower), 0);
  return follower->number;
}
