/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a freeze:
 *
 *   thawed -> (hook freeze) -> freezing -> frozen -> thawing -> (hook thaw) -> thawed
 *
 * Whatever goes wrong on the way goes on with thawing. A thaw that is asked for
 * on the way there is begun as soon as it can be. While any file system may be
 * frozen nothing here, nor anywhere in the agent, writes to one: it would wait
 * for a thaw that nobody is left to do. Knows no command and no session. */

#include "gw-freeze.h"

#include "gw-freeze-hook.h"
#include "gw-freeze-job.h"
#include "gw-freeze-mark.h"
#include "gw-limits.h"
#include "gw-log.h"

typedef enum
{
  STATE_THAWED,
  STATE_FREEZE_HOOK,
  STATE_FREEZING,
  STATE_FROZEN,
  STATE_THAWING,
  STATE_THAW_HOOK,
} State;

/* Who waits for what. */
typedef struct
{
  GwFreezeFunc done;
  gpointer data;
} Waiter;

static GwFreezeJob job = { .ways = &gw_freeze_real_ways };
static guint hook_timeout_s = GW_FREEZE_HOOK_S;
static char *hook;
static guint timeout_s; /* 0: for ever */
static GwFreezeToldFunc told;
static gpointer told_data;

static State state;
static gboolean frozen;        /* some file system is, or may be */
static gboolean complete;      /* all that were to be are */
static Waiter freezer;         /* whose freeze is under way; done is NULL for nobody */
static GArray *thawers;        /* of Waiter */
static guint timer;
static char *lapsed;           /* why the last freeze ended before anybody asked for it */
static GError *freeze_failure; /* why the freeze that is under way is being undone */

static void start_thaw (void);

/* --- Waiters ----------------------------------------------------------------------- */

static void
end_freezer (guint number, const GError *error)
{
  Waiter waiter = freezer;

  freezer = (Waiter){ NULL };
  if (waiter.done != NULL)
    waiter.done (number, error, waiter.data);
}

static void
end_thawers (guint number, const GError *error)
{
  GArray *waiters = g_steal_pointer (&thawers);

  for (guint i = 0; waiters != NULL && i < waiters->len; i++)
    {
      Waiter *waiter = &g_array_index (waiters, Waiter, i);

      waiter->done (number, error, waiter->data);
    }
  g_clear_pointer (&waiters, g_array_unref);
}

static void
tell (gboolean now_frozen)
{
  if (told != NULL)
    told (now_frozen, job.count, told_data);
}

/* --- Thaw ---------------------------------------------------------------------------- */

/* Said once. Returns: (transfer full) (nullable): why there was nothing left
 * to thaw for who asks for it now */
static GError *
take_lapsed (void)
{
  g_autofree char *why = g_steal_pointer (&lapsed);

  return why != NULL ? g_error_new (GW_ERROR, GW_ERROR_FAILED, "the file systems were thawed before this: %s", why) : NULL;
}

/* What went wrong with a freeze matters more to who asked for it than how its
 * end went. */
static void
on_thaw_hook (const GError *error, gpointer data)
{
  g_autoptr (GError) failure = g_steal_pointer (&job.problem);
  g_autoptr (GError) reason = g_steal_pointer (&freeze_failure);

  state = STATE_THAWED;
  if (error != NULL)
    g_warning ("after the thaw: %s", error->message);
  if (failure == NULL && error != NULL)
    failure = g_error_copy (error);
  if (failure == NULL && thawers != NULL)
    failure = take_lapsed ();
  end_freezer (0, reason);
  end_thawers (job.count, failure);
}

static void
end_thaw (void)
{
  gboolean was_complete = complete;

  frozen = complete = FALSE;
  g_clear_handle_id (&timer, g_source_remove);
  gw_log_hold (FALSE);
  if (job.problem != NULL)
    g_warning ("%s", job.problem->message);
  if (was_complete || (freeze_failure == NULL && job.count > 0))
    {
      g_message ("thawed %u file systems%s%s", job.count, lapsed != NULL ? ": " : "", lapsed != NULL ? lapsed : "");
      tell (FALSE);
    }
  state = STATE_THAW_HOOK;
  gw_freeze_hook_run (hook, "thaw", hook_timeout_s, on_thaw_hook, NULL);
}

static gboolean
on_thawed (gpointer data)
{
  gw_freeze_job_join (&job);
  end_thaw ();
  return G_SOURCE_REMOVE;
}

static void
start_thaw (void)
{
  state = STATE_THAWING;
  if (gw_freeze_job_thaw (&job, on_thawed))
    return;
  /* This is the one thing that must be done, even if others wait for it. */
  gw_freeze_job_thaw_now (&job);
  end_thaw ();
}

/* --- Freeze ---------------------------------------------------------------------------- */

static gboolean
on_timeout (gpointer data)
{
  g_autofree char *why = g_strdup_printf ("nobody has done so within %u s", GPOINTER_TO_UINT (data));

  timer = 0;
  gw_freeze_end_lease (why);
  return G_SOURCE_REMOVE;
}

static void
arm (guint seconds)
{
  if (seconds > 0)
    timer = g_timeout_add_seconds (seconds, on_timeout, GUINT_TO_POINTER (seconds));
}

static void
become_frozen (void)
{
  state = STATE_FROZEN;
  complete = TRUE;
  arm (timeout_s);
  tell (TRUE);
  end_freezer (job.count, NULL);
}

static gboolean
on_frozen (gpointer data)
{
  gw_freeze_job_join (&job);
  freeze_failure = g_steal_pointer (&job.problem);
  if (freeze_failure == NULL && g_atomic_int_get (&job.stopped))
    freeze_failure = gw_freeze_called_off ();
  if (freeze_failure == NULL && job.count > 0)
    become_frozen ();
  else if (freeze_failure != NULL)
    start_thaw ();
  else
    {
      /* What others have frozen is theirs. */
      frozen = FALSE;
      end_thaw ();
    }
  return G_SOURCE_REMOVE;
}

static void
on_freeze_hook (const GError *error, gpointer data)
{
  if (error != NULL)
    {
      state = STATE_THAWED;
      end_freezer (0, error);
      if (thawers != NULL)
        start_thaw ();
      return;
    }
  state = STATE_FREEZING;
  frozen = TRUE;
  if (gw_freeze_job_freeze (&job, on_frozen))
    return;
  freeze_failure = g_steal_pointer (&job.problem);
  start_thaw ();
}

/**
 * gw_freeze_begin:
 * @mount_points: (nullable): %NULL for all
 * @lease: the freeze ends with whoever asked for it: an agent that starts anew
 *   gives them only so long to come back
 * @done: called once
 *
 * To be called while gw_freeze_is_under_way() is false. From some time on before
 * the first file system is frozen, gw_freeze_is_frozen() is true.
 */
void
gw_freeze_begin (char **mount_points, gboolean lease, GwFreezeFunc done, gpointer data)
{
  g_return_if_fail (!gw_freeze_is_under_way ());
  g_strfreev (job.only);
  job.only = g_strdupv (mount_points);
  job.leased = lease;
  freezer = (Waiter){ done, data };
  g_clear_pointer (&lapsed, g_free);
  g_atomic_int_set (&job.stopped, FALSE);
  state = STATE_FREEZE_HOOK;
  gw_freeze_hook_run (hook, "freeze", hook_timeout_s, on_freeze_hook, NULL);
}

/* --- From outside ------------------------------------------------------------------------ */

/* Whoever asked for the freeze that is under way wants it no more. */
void
gw_freeze_stop (void)
{
  if (state == STATE_FREEZE_HOOK || state == STATE_FREEZING)
    g_atomic_int_set (&job.stopped, TRUE);
}

/**
 * gw_freeze_thaw:
 * @done: called once
 *
 * Thaws whatever is frozen, also by others than this agent. Fails, once, where
 * the freeze has ended by itself meanwhile: what was copied since then is worth
 * nothing, and whoever copied it has to know.
 */
void
gw_freeze_thaw (GwFreezeFunc done, gpointer data)
{
  const Waiter waiter = { done, data };

  if (state == STATE_THAWED && lapsed != NULL)
    {
      g_autoptr (GError) error = take_lapsed ();

      done (0, error, data);
      return;
    }
  if (thawers == NULL)
    thawers = g_array_new (FALSE, FALSE, sizeof (Waiter));
  g_array_append_val (thawers, waiter);
  gw_freeze_stop ();
  if (state == STATE_FROZEN || state == STATE_THAWED)
    start_thaw ();
}

/**
 * gw_freeze_end_lease:
 * @why: for the log, and for who asks for a thaw after this
 *
 * Nobody is there any more who would thaw.
 */
void
gw_freeze_end_lease (const char *why)
{
  gw_freeze_stop ();
  if (state != STATE_FROZEN)
    return;
  g_free (lapsed);
  lapsed = g_strdup (why);
  start_thaw ();
}

/* Whether a freeze has begun and its thaw has not ended, or a thaw of what
 * others froze. */
gboolean
gw_freeze_is_under_way (void)
{
  return state != STATE_THAWED;
}

/* Whether some file system is frozen, or may be. */
gboolean
gw_freeze_is_frozen (void)
{
  return frozen;
}

/* --- Settings, start and end ------------------------------------------------------------- */

/* @path: (nullable): a program, or %NULL for none */
void
gw_freeze_set_hook (const char *path)
{
  g_free (hook);
  hook = g_strdup (path);
}

/* @seconds: how long a freeze may last; 0: for ever */
void
gw_freeze_set_timeout (guint seconds)
{
  timeout_s = seconds;
}

/* @func: (nullable): replaces the one before */
void
gw_freeze_set_told (GwFreezeToldFunc func, gpointer data)
{
  told = func;
  told_data = data;
}

void
gw_freeze_replace_ways (const GwFreezeWays *new_ways, guint new_hook_timeout_s)
{
  job.ways = new_ways;
  hook_timeout_s = new_hook_timeout_s;
}

/**
 * gw_freeze_open:
 * @folder: where an agent that was killed has left its mark; best one that is
 *   never frozen
 *
 * To be called before anything is written anywhere: file systems may be frozen
 * when this returns.
 */
void
gw_freeze_open (const char *folder)
{
  GwMark found;

  g_free (job.mark);
  job.mark = gw_freeze_mark_path (folder);
  found = gw_freeze_mark_read (job.mark);
  if (found == GW_MARK_NONE)
    return;
  state = STATE_FROZEN;
  frozen = complete = TRUE;
  gw_log_hold (TRUE);
  /* As long as a session outlives its connection. */
  arm (found == GW_MARK_LEASED ? GW_SESSION_PARK_US / G_USEC_PER_SEC : timeout_s);
}

/**
 * gw_freeze_close:
 *
 * The agent ends. Nobody could thaw after that.
 */
void
gw_freeze_close (void)
{
  gw_freeze_stop ();
  gw_freeze_job_join (&job);
  if (!frozen)
    return;
  gw_freeze_job_thaw_now (&job);
  frozen = complete = FALSE;
  g_clear_handle_id (&timer, g_source_remove);
  gw_log_hold (FALSE);
  g_message ("thawed %u file systems, since the agent ends", job.count);
  state = STATE_THAW_HOOK;
  gw_freeze_hook_run (hook, "thaw", hook_timeout_s, on_thaw_hook, NULL);
}
