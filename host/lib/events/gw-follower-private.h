/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-follower.h"
#include "gw-pipe.h"
#include "gw-wait.h"

G_BEGIN_DECLS

struct _GwFollower
{
  GObject parent_instance;

  GwClient *client;
  char **names;     /* NULL: all */
  char *instance;   /* of the event that came last; NULL: of any */
  guint64 number;   /* of that */
  gboolean from_there; /* those behind it are wanted; else what happens from now on */

  gboolean running; /* started and not stopped; it holds itself until all of it has ended */
  gboolean held;
  GwWait *starting; /* until it follows for the first time */
  guint64 call;     /* 0: there is none */
  gint64 called_us; /* when that was made */
  GwPipe *pipe;
  JsonNode *untrusted_purpose; /* of the pipe, until it is looked at */
  GString *text;    /* of a line that is not whole */
  GError *failure;  /* why the call ended */
  gboolean opening; /* the client is being opened again */
  GCancellable *cancellable; /* of that */
  GSource *looking; /* will look at what there is */
};

void gw_follower_emit_event (GwFollower *follower, gint64 time_us, const char *name, JsonNode *data);
void gw_follower_emit_gap (GwFollower *follower, guint64 lost);
void gw_follower_emit_ended (GwFollower *follower, const GError *error);

void gw_follower_read (GwFollower *follower);
void gw_follower_leave_pipe (GwFollower *follower);

G_END_DECLS
