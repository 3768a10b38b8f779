/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-process-private.h"

G_BEGIN_DECLS

/* In text. */
JsonNode *gw_process_arguments_start (GwProcess *process, const char *mark);
JsonNode *gw_process_arguments_look (GwProcess *process);

/* In frames. */
JsonNode *gw_process_arguments_live (GwProcess *process);
JsonNode *gw_process_arguments_attach (GwProcess *process);
JsonNode *gw_process_arguments_job (GwProcess *process, const char *name);
JsonNode *gw_process_arguments_signal (guint64 call, int signal);
JsonNode *gw_process_arguments_window (guint64 call, guint rows, guint columns);

G_END_DECLS
