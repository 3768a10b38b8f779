/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-endpoint.h"

SimAgent *sim_agent_new (SimEndpoint *endpoint);
void sim_agent_free (SimAgent *agent);
void sim_agent_receive (SimAgent *agent, const guint8 *data, gsize length, gint64 now_us);
void sim_agent_take_over (SimAgent *agent, GBytes *bytes, gint64 now_us);
GBytes *sim_agent_take_output (SimAgent *agent);
void sim_agent_clear (SimAgent *agent);
