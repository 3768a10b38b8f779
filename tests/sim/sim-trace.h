/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

extern gboolean sim_tracing;

/* What happens, for who replays one seed. */
#define sim_trace(...)                                                                                                 \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    if (G_UNLIKELY (sim_tracing))                                                                                      \
      {                                                                                                                \
        g_print (__VA_ARGS__);                                                                                         \
        g_print ("\n");                                                                                                \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END
