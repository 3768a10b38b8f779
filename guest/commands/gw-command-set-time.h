/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <time.h>

G_BEGIN_DECLS

/* For tests, which must not set the clock of the machine that they run on. */
void gw_command_set_time_replace (const char *hwclock, int (*settime) (clockid_t clock, const struct timespec *time));

G_END_DECLS
