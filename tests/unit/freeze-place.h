/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-client.h"
#include "fake-disks.h"

#define FREEZE "{\"execute\":\"guest-fsfreeze-freeze\"}"
#define FREEZE_LIST(points) "{\"execute\":\"guest-fsfreeze-freeze-list\",\"arguments\":{\"mountpoints\":[" points "]}}"
#define THAW "{\"execute\":\"guest-fsfreeze-thaw\"}"
#define STATUS "{\"execute\":\"guest-fsfreeze-status\"}"
#define DISABLED(name)                                                                                                 \
  "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"Command " name                                                 \
  " has been disabled: the agent is in frozen state\"}}"

/* Three file systems, and a client. */
typedef struct
{
  Client client;
  char *folder;
  char *hook;
  char *called; /* a file with how the hook was called */
} Fixture;

/* What the one who was to be told was told in this test. */
extern char *told;

void set_up (Fixture *fixture, gconstpointer data);
void tear_down (Fixture *fixture, gconstpointer data);
void assert_says (Fixture *fixture, const char *request, const char *expected);
void assert_log (const char *expected);
