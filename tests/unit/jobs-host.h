/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "frames-host.h"

char *start (Host *host, const char *arguments);
char *about (const char *job, const char *more);
Run *attach (Host *host, const char *job, const char *more);
void assert_about (Host *host, const char *command, const char *job, const char *more, const char *expected);
void restart_agent (Host *host);
JsonObject *list_one (Host *host);
void forget_all (void);
void finish_test (Host *host);
