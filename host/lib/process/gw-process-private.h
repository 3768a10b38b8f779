/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client-private.h"
#include "gw-process.h"
#include "gw-process-outcome.h"
#include "gw-process-words.h"

G_BEGIN_DECLS

struct _GwProcess
{
  GObject parent_instance;

  GwClient *client;
  GwProcessWords asked;
  GBytes *input;
  gboolean live_input; /* takes the place of @input */
  char *terminal;      /* its kind, or NULL for none */
  guint rows;
  guint columns;

  char *job;        /* it is attached to, instead of being run; or NULL */
  gint64 from[2];   /* offsets in its output, or -1 for the end */

  gboolean started; /* it can be run once */
  gint64 pid;       /* 0: not known */
  gboolean ended;
  GwProcessOutcome outcome;
  struct _GwProcessLive *live; /* in frames, from its start on */
};

gboolean gw_process_needs_frames (GwProcess *process);
void gw_process_emit_lost (GwProcess *process, gboolean errors, guint64 bytes);
GError *gw_process_unsupported (GwProcess *process);
void gw_process_take_pid (GwProcess *process, gint64 pid);
void gw_process_take_outcome (GwProcess *process, GwProcessOutcome *outcome);

G_END_DECLS
