/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* The process between the agent and a program that lives no longer than a
 * session: see gw-live-supervisor.c. */

typedef struct
{
  int control; /* a socket (SOCK_SEQPACKET) to the agent */
  int cgroup;  /* the agent's, in which programs may have their own; or -1 */

  /* The program's. */
  int files[3];       /* its standard files; -1 for /dev/null */
  gboolean terminal;  /* they are its controlling terminal */
  const char *folder; /* NULL: the agent's */
  gboolean become;    /* what follows: */
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  gsize n_groups;
} GwLiveSupervision;

/* What the agent hears: first of the program's process, and then of its end. */
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

/* What the agent says. To say nothing more is to be gone. */
typedef enum
{
  GW_LIVE_TERMINATE = 't', /* end the program's group */
  GW_LIVE_KNOWN = 'k',     /* the agent has heard that the program began, and waits for its end */
  GW_LIVE_LEAVE = 'l',     /* the program goes on without the agent; comes with what its output is read from */
} GwLiveWord;

void gw_live_supervisor_split (const GwLiveSupervision *supervision);

#define GW_LIVE_OUTPUTS 2

G_END_DECLS
