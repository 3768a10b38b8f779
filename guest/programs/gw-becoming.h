/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* What a fork of the agent has to become before it executes a program. */
typedef struct
{
  int control;        /* a socket (SOCK_SEQPACKET) to whoever waits; -1 for nobody */
  int files[3];       /* its standard files; -1 for /dev/null */
  gboolean terminal;  /* they are its controlling terminal */
  const char *folder; /* NULL: the agent's */
  gboolean folder_may_lack; /* then it is the root */
  gboolean become;    /* what follows: */
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  gsize n_groups;
} GwBecoming;

#define GW_BECOMING_NONE { .control = -1, .files = { -1, -1, -1 } }

/* What the agent hears: first of the program's process, and then, from some
 * supervisors, of its end. */
typedef enum
{
  GW_LIVE_BEGINS,    /* value: its process id */
  GW_LIVE_NO_FORK,   /* value: an errno; so with the next two */
  GW_LIVE_NO_USER,
  GW_LIVE_NO_FOLDER,
  GW_LIVE_ENDED,     /* value: a wait status */
} GwLiveReportKind;

typedef struct
{
  gint32 kind; /* of GwLiveReportKind */
  gint32 value;
} GwLiveReport;

void gw_becoming_report (int control, GwLiveReportKind kind, int value);
void gw_becoming_complete (const GwBecoming *becoming);

G_END_DECLS
