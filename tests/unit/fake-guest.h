/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-agent.h"

typedef enum
{
  GUEST_WELL,
  GUEST_LACKS,           /* the command */
  GUEST_FAILS,           /* to do it */
  GUEST_LOSES_REQUEST,   /* and the channel */
  GUEST_LOSES_ANSWER,    /* and the channel; it has done it */
  GUEST_FORGETS_FILES,   /* that are open, as an agent that is restarted; and then does it */
  GUEST_SAYS,            /* @value, and does nothing */
  GUEST_TAKES_LESS,      /* of what is written */
} GuestFaultKind;

typedef struct
{
  const char *command;
  guint from; /* the first call of it that goes wrong, from 1 on */
  guint to;   /* and the last; 0: only the first */
  GuestFaultKind kind;
  const char *value;
} GuestFault;

/* A guest whose files and programs are this host's, and that does one thing
 * wrong. */
typedef struct
{
  FakeAgent agent;
  GuestFault fault;
  GHashTable *counts;  /* of calls, by the command */
  GHashTable *files;   /* handle -> descriptor */
  GHashTable *results; /* process id -> what guest-exec-status returns */
  gint64 last;         /* handle or process id */
  guint looks;         /* at a program, before it is said to have ended */
} FakeGuest;

void fake_guest_init (FakeGuest *guest, const char *path, const GuestFault *fault);
void fake_guest_stop (FakeGuest *guest);
guint fake_guest_count (FakeGuest *guest, const char *command);
