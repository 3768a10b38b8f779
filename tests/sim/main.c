/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sim: worlds in which the protocol is looked at. A world is all made of one
 * number, so that what was found in one can be looked at again. */

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim-batch.h"
#include "sim-planted.h"
#include "sim-trace.h"

#define SELF_TEST_SEEDS 20000

gboolean sim_tracing;

static struct
{
  gint64 seeds;
  gint64 first;
  gint64 seed;
  char *kind;
  char *planted;
  gint jobs;
  gboolean coverage;
  gboolean self_test;
  gboolean sweep;
  gint every;
  gboolean trace;
} options = { .first = 1, .seed = -1, .every = 1 };

static const GOptionEntry entries[] = {
  { "seeds", 'n', 0, G_OPTION_ARG_INT64, &options.seeds, "Run N worlds", "N" },
  { "first", 'f', 0, G_OPTION_ARG_INT64, &options.first, "The first of them (1)", "SEED" },
  { "seed", 's', 0, G_OPTION_ARG_INT64, &options.seed, "Run one world, and tell what it is like", "SEED" },
  { "sweep", 'w', 0, G_OPTION_ARG_NONE, &options.sweep, "Have a text client come at each byte", NULL },
  { "every", 'e', 0, G_OPTION_ARG_INT, &options.every, "With --sweep: at each Nth byte only", "N" },
  { "kind", 'k', 0, G_OPTION_ARG_STRING, &options.kind, "Have channels of one kind only", "KIND" },
  { "trace", 'v', 0, G_OPTION_ARG_NONE, &options.trace, "With --seed: tell all that happens", NULL },
  { "coverage", 'c', 0, G_OPTION_ARG_NONE, &options.coverage, "Tell which pairs of state and input were reached", NULL },
  { "self-test", 0, 0, G_OPTION_ARG_NONE, &options.self_test, "See whether each planted bug is found", NULL },
  { "plant", 0, 0, G_OPTION_ARG_STRING, &options.planted, "Plant a bug, where sim is built to have them", "NAME" },
  { "jobs", 'j', 0, G_OPTION_ARG_INT, &options.jobs, "Processes (one for each processor)", "N" },
  { NULL },
};

/* --- What was reached ---------------------------------------------------- */

static void
print_coverage (void)
{
  for (guint role = 0; role < 2; role++)
    for (guint state = 0; state < GW_SESSION_N_STATES; state++)
      for (guint input = 0; input < GW_SESSION_N_INPUTS; input++)
        {
          guint64 *times = sim_coverage->reached[role][state][input];

          if (times[0] + times[1] > 0)
            g_print ("%-6s %-9s %-14s %10" G_GUINT64_FORMAT "%s\n", role == GW_SESSION_HOST ? "host" : "guest",
                     gw_session_state_name (state), gw_session_input_name (input), times[0] + times[1],
                     times[1] == 0 ? "  changes nothing" : "");
        }
}

/* --- Runs ---------------------------------------------------------------- */

static SimBatch
make_batch (void)
{
  return (SimBatch){
    .first = options.first,
    .n = options.seeds,
    .jobs = options.jobs > 0 ? (guint) options.jobs : g_get_num_processors (),
    .kind = options.kind,
    .is_sweep = options.sweep,
    .every = MAX (options.every, 1),
  };
}

static int
run_one (void)
{
  SimBatch batch = make_batch ();
  SimPlan *plan = sim_batch_plan (&batch, options.seed);
  g_autofree char *description = sim_plan_describe (plan);
  g_autofree char *violation = NULL;

  sim_tracing = options.trace;
  g_print ("seed %" G_GINT64_FORMAT ": %s\n", options.seed, description);
  violation = sim_world_run (plan);
  g_print ("%s\n", violation != NULL ? violation : "all is as it must be");
  sim_plan_free (plan);
  return violation != NULL;
}

static int
run_many (const char *program)
{
  SimBatch batch = make_batch ();
  SimResult result;
  gint64 begun_us = g_get_monotonic_time ();
  gdouble seconds;

  if (batch.is_sweep && batch.n == 0)
    {
      batch.first = 0;
      batch.n = sim_sweep_size () / batch.every;
    }
  sim_batch_run (&batch, &result);
  seconds = (g_get_monotonic_time () - begun_us) / 1e6;
  g_print ("%" G_GUINT64_FORMAT " worlds in %.1f s (%.0f a second), %" G_GUINT64_FORMAT " not as they must be\n", batch.n,
           seconds, batch.n / seconds, result.failed);
  if (result.failed > 0)
    g_print ("first: seed %" G_GUINT64_FORMAT ": %s\nto see it: %s --seed %" G_GUINT64_FORMAT " -v%s%s%s%s%s\n",
             result.first_failed, result.what, program, result.first_failed, options.sweep ? " --sweep" : "",
             options.kind != NULL ? " --kind " : "", options.kind != NULL ? options.kind : "",
             options.planted != NULL ? " --plant " : "", options.planted != NULL ? options.planted : "");
  return result.failed > 0;
}

/* --- Whether it finds what is wrong -------------------------------------- */

static int
run_planted (void)
{
  SimBatch batch = make_batch ();
  guint missed = 0;

  batch.n = options.seeds > 0 ? options.seeds : SELF_TEST_SEEDS;
  batch.stop_at_first = TRUE;
  for (guint i = 0; i < sim_n_planted; i++)
    {
      SimResult result;

      if (!sim_planted_bugs[i].fits)
        {
          missed++;
          g_print ("%-28s HAS NO PLACE any more: tests/sim/plant.py\n", sim_planted_bugs[i].name);
          continue;
        }
      sim_planted = i + 1;
      sim_batch_run (&batch, &result);
      missed += result.failed == 0;
      if (result.failed == 0)
        g_print ("%-28s NOT FOUND in %" G_GUINT64_FORMAT " worlds\n", sim_planted_bugs[i].name, batch.n);
      else
        g_print ("%-28s seed %-6" G_GUINT64_FORMAT " %s\n", sim_planted_bugs[i].name, result.first_failed, result.what);
    }
  g_print ("%u of %u planted bugs found\n", sim_n_planted - missed, sim_n_planted);
  return missed > 0;
}

/* The bugs are in a program of their own, beside this one. */
static int
run_self_test (char **argv)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *other = self != NULL ? g_strconcat (self, "-planted", NULL) : NULL;

  if (sim_n_planted > 0)
    return run_planted ();
  if (other != NULL)
    execv (other, argv);
  g_printerr ("cannot run %s: %s\n", other != NULL ? other : "sim-planted", g_strerror (errno));
  return 2;
}

static gboolean
plant (const char *name)
{
  for (guint i = 0; i < sim_n_planted; i++)
    if (g_str_equal (sim_planted_bugs[i].name, name))
      sim_planted = i + 1;
  return sim_planted != 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- look at the protocol in simulated worlds");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_strdupv (argv);
  int status;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  if (options.planted != NULL && !plant (options.planted))
    {
      g_printerr ("no bug '%s' can be planted here; sim-planted has them\n", options.planted);
      return 2;
    }
  if (options.kind != NULL && sim_find_kind (options.kind) == NULL)
    {
      g_printerr ("there is no kind '%s' of channel\n", options.kind);
      return 2;
    }
  sim_coverage = mmap (NULL, sizeof *sim_coverage, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (options.self_test)
    status = run_self_test (words);
  else if (options.seed >= 0)
    status = run_one ();
  else
    status = run_many (words[0]);
  if (options.coverage)
    print_coverage ();
  return status;
}
