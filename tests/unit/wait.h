/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Runs the default main context until @condition is true. A test that waits
 * for what never comes fails here, loudly. */
#define GW_TEST_DEADLINE_S 60

static inline gboolean
gw_test_deadline (gpointer data)
{
  g_error ("still waiting for: %s", (const char *) data);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint deadline_ = g_timeout_add_seconds (GW_TEST_DEADLINE_S, gw_test_deadline, (gpointer) #condition);             \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (deadline_);                                                                                       \
  }                                                                                                                    \
  G_STMT_END

/* Lets the loop do what it can do now. */
static inline void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}
