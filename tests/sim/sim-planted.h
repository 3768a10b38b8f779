/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Bugs that plant.py has put into copies of the protocol's sources. */
typedef struct
{
  const char *name;
  gboolean fits; /* its place was found */
} SimPlantedBug;

extern guint sim_planted; /* which is awake, from 1 on; 0 for none */
extern const guint sim_n_planted;
extern const SimPlantedBug sim_planted_bugs[];

#define PLANTED(number) G_UNLIKELY (sim_planted == (number))
