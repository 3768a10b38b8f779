/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the program that looks at the protocol as it is. */

#include "sim-planted.h"

guint sim_planted;
const guint sim_n_planted = 0;
const SimPlantedBug sim_planted_bugs[] = { { NULL, FALSE } };
