/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-process-pipes.h"
#include "gw-process-private.h"

G_BEGIN_DECLS

/* A program that runs by way of frames. */
typedef struct _GwProcessLive GwProcessLive;

void gw_process_live_start (GTask *task, int timeout_ms);
void gw_process_live_run (GTask *task, int timeout_ms);
void gw_process_live_wait (GTask *task, int timeout_ms);
void gw_process_live_detach (GwProcessLive *live);
void gw_process_live_free (GwProcessLive *live);

guint64 gw_process_live_get_call (GwProcessLive *live);
GwProcessPipes *gw_process_live_get_pipes (GwProcessLive *live);

G_END_DECLS
