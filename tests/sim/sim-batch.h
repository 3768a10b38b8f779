/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-world.h"

/* Worlds that are run by several processes. */
typedef struct
{
  guint64 first;
  guint64 n;
  guint jobs;
  gboolean stop_at_first; /* violation */
  gboolean is_sweep;      /* worlds are the places where a text client may come */
  guint every;          /* of those places one in so many */
  const char *kind;
} SimBatch;

typedef struct
{
  guint64 failed; /* worlds */
  guint64 first_failed;
  char what[300]; /* is wrong in that one */
} SimResult;

SimPlan *sim_batch_plan (const SimBatch *batch, guint64 number);
void sim_batch_run (const SimBatch *batch, SimResult *result);
guint sim_sweep_size (void);
