/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

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

  gboolean started; /* it can be run once */
  gint64 pid;       /* 0: not known */
  gboolean ended;
  GwProcessOutcome outcome;
};

void gw_process_take_pid (GwProcess *process, gint64 pid);
void gw_process_take_outcome (GwProcess *process, GwProcessOutcome *outcome);

G_END_DECLS
