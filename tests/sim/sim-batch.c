/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs many worlds, in some processes. One that dies is a violation too. */

#include "sim-batch.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 64

/* One that takes longer does not end. */
#define WORLD_S 60

/* Failures that are told one by one. */
#define TOLD_MAX 10

/* What the processes share. */
typedef struct
{
  guint64 at[JOBS_MAX]; /* the world of each */
  gint lock;
  gint stop;
  SimResult result;
} Shared;

/* The sweep: bytes of the host's that come before the text client, enough for
 * the greeting, the opening and many frames. */
#define SWEEP_BYTES 3000u
#define SWEEP_WAYS 2u

guint
sim_sweep_size (void)
{
  return SWEEP_BYTES * SWEEP_WAYS * sim_n_kinds;
}

SimPlan *
sim_batch_plan (const SimBatch *batch, guint64 number)
{
  if (!batch->is_sweep)
    return sim_plan_new (number, batch->kind);
  return sim_plan_new_takeover (&sim_kinds[number / SWEEP_WAYS % sim_n_kinds], number % SWEEP_WAYS,
                                number / SWEEP_WAYS / sim_n_kinds * batch->every);
}

static void
note_failed (const SimBatch *batch, Shared *shared, guint64 number, const char *what)
{
  SimResult *result = &shared->result;

  if (!batch->stop_at_first && result->failed < TOLD_MAX)
    g_printerr ("seed %" G_GUINT64_FORMAT ": %s\n", number, what);

  while (__atomic_exchange_n (&shared->lock, 1, __ATOMIC_ACQUIRE) != 0)
    g_usleep (10);
  if (result->failed++ == 0 || number < result->first_failed)
    {
      result->first_failed = number;
      g_strlcpy (result->what, what, sizeof result->what);
    }
  __atomic_store_n (&shared->lock, 0, __ATOMIC_RELEASE);
}

static void
work (const SimBatch *batch, Shared *shared, guint job, guint64 from)
{
  for (guint64 i = from; i < batch->n && !__atomic_load_n (&shared->stop, __ATOMIC_RELAXED); i += batch->jobs)
    {
      SimPlan *plan = sim_batch_plan (batch, batch->first + i);
      g_autofree char *violation = NULL;

      shared->at[job] = batch->first + i;
      alarm (WORLD_S);
      violation = sim_world_run (plan);
      if (violation != NULL)
        {
          note_failed (batch, shared, batch->first + i, violation);
          if (batch->stop_at_first)
            shared->stop = 1;
        }
      sim_plan_free (plan);
    }
}

static pid_t
begin (const SimBatch *batch, Shared *shared, guint job, guint64 from)
{
  pid_t pid = fork ();

  g_assert_cmpint (pid, >=, 0);
  if (pid != 0)
    return pid;
  work (batch, shared, job, from);
  _exit (0);
}

/* Another one goes on behind the world in which it died. */
static void
await (const SimBatch *batch, Shared *shared, guint job, pid_t pid)
{
  int status = 0;

  while (waitpid (pid, &status, 0) == pid && status != 0)
    {
      g_autofree char *what = WIFSIGNALED (status)
                                ? g_strdup_printf ("died of %s", strsignal (WTERMSIG (status)))
                                : g_strdup_printf ("ended with %d", WEXITSTATUS (status));

      note_failed (batch, shared, shared->at[job], what);
      if (batch->stop_at_first)
        shared->stop = 1;
      pid = begin (batch, shared, job, shared->at[job] - batch->first + batch->jobs);
    }
}

void
sim_batch_run (const SimBatch *batch, SimResult *result)
{
  Shared *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t pids[JOBS_MAX];
  SimBatch mine = *batch;

  g_assert_true (shared != MAP_FAILED);
  mine.jobs = CLAMP (batch->jobs, 1, JOBS_MAX);
  for (guint job = 0; job < mine.jobs; job++)
    pids[job] = begin (&mine, shared, job, job);
  for (guint job = 0; job < mine.jobs; job++)
    await (&mine, shared, job, pids[job]);
  *result = shared->result;
  munmap (shared, sizeof *shared);
}
