/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client.h"

G_BEGIN_DECLS

/* The time that something made of many calls may take:
 *
 * GW_TIMEOUT_DEFAULT   as long as it likes, but each answer within 30 seconds
 * GW_TIMEOUT_NONE      no limit to either
 * more                 so many milliseconds in all */
typedef struct
{
  int timeout_ms;
  gint64 deadline_us; /* G_MAXINT64: none */
} GwTimeLimit;

static inline void
gw_time_limit_start (GwTimeLimit *limit, int timeout_ms)
{
  limit->timeout_ms = timeout_ms;
  limit->deadline_us = timeout_ms > 0 ? g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000) : G_MAXINT64;
}

static inline gboolean
gw_time_limit_is_over (const GwTimeLimit *limit)
{
  return g_get_monotonic_time () >= limit->deadline_us;
}

/* At most @most_ms, and at least 1. */
static inline int
gw_time_limit_left_ms (const GwTimeLimit *limit, int most_ms)
{
  gint64 left_us = limit->deadline_us - g_get_monotonic_time ();

  return (int) CLAMP (left_us / 1000 + 1, 1, most_ms);
}

/* For a call that cannot be made again. */
static inline int
gw_time_limit_for_call (const GwTimeLimit *limit)
{
  return limit->timeout_ms > 0 ? gw_time_limit_left_ms (limit, G_MAXINT) : limit->timeout_ms;
}

/* For a call that can: an agent that was restarted forgets it, and nothing
 * tells of that. */
static inline int
gw_time_limit_for_try (const GwTimeLimit *limit)
{
  return gw_time_limit_left_ms (limit, 30000);
}

G_END_DECLS
