/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-client.h"

/* guest-exec, as a client uses it. @arguments: JSON */

gint64 program_start (Client *client, const char *arguments);
JsonObject *program_status (Client *client, gint64 pid);
JsonObject *program_wait (Client *client, gint64 pid);
JsonObject *program_run (Client *client, const char *arguments);
void assert_output (JsonObject *result, const char *member, const char *expected);
