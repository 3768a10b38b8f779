/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All chance of a simulated world comes from its seed, by way of this
 * (splitmix64: public domain, S. Vigna). */
#pragma once

#include <glib.h>

typedef struct
{
  guint64 state;
} SimRandom;

static inline guint64
sim_random (SimRandom *random)
{
  guint64 z = (random->state += G_GUINT64_CONSTANT (0x9E3779B97F4A7C15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* From 0 to @n - 1. */
static inline guint64
sim_below (SimRandom *random, guint64 n)
{
  return sim_random (random) % MAX (n, 1);
}

static inline gint64
sim_between (SimRandom *random, gint64 low, gint64 high)
{
  return low + (gint64) sim_below (random, (guint64) (high - low) + 1);
}

static inline gboolean
sim_percent (SimRandom *random, guint percent)
{
  return sim_below (random, 100) < percent;
}
