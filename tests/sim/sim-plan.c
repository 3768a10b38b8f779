/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a plan of a seed. A world has few kinds of fault, and then often, so
 * that each meets some of the others. */

#include "sim-world.h"

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const SimPlanned *first = a, *second = b;

  return first->at_us < second->at_us ? -1 : first->at_us > second->at_us;
}

static void
add_fault (SimPlan *plan, SimFault fault, gint64 at_us)
{
  SimPlanned planned = { fault, at_us };

  g_array_append_val (plan->faults, planned);
}

/* Only that programs end their sessions; nobody has to be given up then, but
 * where what they say last gets lost. */
static void
add_closes (SimPlan *plan, SimRandom *random)
{
  guint times = plan->kind->loss == 0 ? sim_below (random, 4) : 0;

  plan->gentle = TRUE;
  while (times-- > 0)
    add_fault (plan, SIM_FAULT_CLOSE, sim_between (random, SIM_SECOND / 2, plan->calm_us - 1));
  g_array_sort (plan->faults, by_time);
}

static void
add_faults (SimPlan *plan, SimRandom *random)
{
  static const guint likely[SIM_N_FAULTS] = {
    [SIM_FAULT_DISCONNECT] = 30, [SIM_FAULT_CUT] = 30,      [SIM_FAULT_NOISE] = 25,         [SIM_FAULT_STALE] = 15,
    [SIM_FAULT_ECHO] = 8, [SIM_FAULT_FLOW] = 4, [SIM_FAULT_STALL] = 20,      [SIM_FAULT_PAUSE] = 20,    [SIM_FAULT_CLOCK] = 15,         [SIM_FAULT_RESTART_GUEST] = 15,
    [SIM_FAULT_RESTART_HOST] = 15, [SIM_FAULT_ROLLBACK] = 12, [SIM_FAULT_CLONE] = 8,        [SIM_FAULT_TAKEOVER] = 20,
    [SIM_FAULT_HOSTILE] = 12,    [SIM_FAULT_CLOSE] = 8,
  };

  for (guint fault = 0; fault < SIM_N_FAULTS; fault++)
    {
      guint times = sim_percent (random, likely[fault]) ? 1 + sim_below (random, 3) : 0;

      plan->noisy = plan->noisy || (times > 0 && fault == SIM_FAULT_NOISE);
      while (times-- > 0)
        {
          gint64 at_us = sim_between (random, SIM_SECOND / 2, plan->calm_us - 1);

          add_fault (plan, fault, at_us);
          if (fault == SIM_FAULT_ROLLBACK || fault == SIM_FAULT_CLONE)
            add_fault (plan, SIM_FAULT_SNAPSHOT, sim_between (random, SIM_SECOND / 2, at_us));
        }
    }
  g_array_sort (plan->faults, by_time);
}

/* A kind whose worlds take longer is rarer. */
static const SimKind *
some_kind (SimRandom *random)
{
  guint sum = 0, at;

  for (guint i = 0; i < sim_n_kinds; i++)
    sum += sim_kinds[i].share;
  at = sim_below (random, sum);
  for (guint i = 0; i < sim_n_kinds; i++)
    {
      if (at < sim_kinds[i].share)
        return &sim_kinds[i];
      at -= sim_kinds[i].share;
    }
  return &sim_kinds[0];
}

/**
 * sim_plan_new:
 * @kind: (nullable): of channel; else one of the seed's choice
 *
 * Returns: (transfer full): what is to happen
 */
SimPlan *
sim_plan_new (guint64 seed, const char *kind)
{
  static const gint64 lengths[] = { 2 * SIM_SECOND, 5 * SIM_SECOND, 20 * SIM_SECOND, 100 * SIM_SECOND };
  static const guint busy[] = { 60, 30, 4, 1 };
  SimRandom random = { seed };
  SimPlan *plan;
  guint length;

  plan = g_new0 (SimPlan, 1);
  plan->faults = g_array_new (FALSE, FALSE, sizeof (SimPlanned));
  plan->kind = kind != NULL ? sim_find_kind (kind) : some_kind (&random);
  plan->seed = sim_random (&random);
  length = sim_below (&random, G_N_ELEMENTS (lengths));
  plan->calm_us = lengths[length];
  plan->busy[GW_SESSION_HOST] = 1 + sim_below (&random, busy[length]);
  plan->busy[GW_SESSION_GUEST] = sim_below (&random, busy[length]);
  plan->large = sim_percent (&random, 50) ? 0 : 3 + sim_below (&random, 20);
  plan->keepalive = sim_percent (&random, 50);
  plan->near_wrap = sim_percent (&random, 50);
  plan->takeover_after = -1;
  plan->way = sim_below (&random, 2);
  plan->noisy = plan->kind->loss != 0;
  if (sim_percent (&random, 15))
    {
      add_closes (plan, &random);
      return plan;
    }
  plan->text_at_last = sim_percent (&random, 20);
  add_faults (plan, &random);
  return plan;
}

/**
 * sim_plan_new_takeover:
 * @after: bytes that the host has written when a text client takes its place
 *
 * Returns: (transfer full): a world where this is all that goes wrong
 */
SimPlan *
sim_plan_new_takeover (const SimKind *kind, SimTextWay way, guint after)
{
  SimPlan *plan = g_new0 (SimPlan, 1);

  plan->faults = g_array_new (FALSE, FALSE, sizeof (SimPlanned));
  plan->kind = kind;
  plan->seed = 1;
  plan->calm_us = 4 * SIM_SECOND;
  plan->busy[GW_SESSION_HOST] = 20;
  plan->takeover_after = after;
  plan->way = way;
  return plan;
}

void
sim_plan_free (SimPlan *plan)
{
  g_array_unref (plan->faults);
  g_free (plan);
}

/* For who looks at one seed. */
char *
sim_plan_describe (const SimPlan *plan)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%s, calm after %.0f s, busy %u and %u%s%s", plan->kind->name, plan->calm_us / 1e6,
                   plan->busy[GW_SESSION_HOST], plan->busy[GW_SESSION_GUEST], plan->keepalive ? ", keepalive" : "",
                   plan->near_wrap ? ", near the wrap" : "");
  for (guint i = 0; i < plan->faults->len; i++)
    {
      SimPlanned planned = g_array_index (plan->faults, SimPlanned, i);

      g_string_append_printf (text, "%s %s at %.3f", i == 0 ? ":" : ",", sim_fault_name (planned.fault), planned.at_us / 1e6);
    }
  return g_string_free (text, FALSE);
}
