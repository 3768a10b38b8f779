/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-client-private.h"
#include "gw-job.h"
#include "gw-process-outcome.h"

G_BEGIN_DECLS

struct _GwJob
{
  GObject parent_instance;

  GwClient *client;
  char *id;
  char *name;
  char **arguments;
  gboolean arguments_cut;
  char *user;
  gint64 pid;
  gint64 started;
  gboolean ended;
  gint64 end_time;
  GwProcessOutcome outcome; /* without output */
  guint64 sizes[2];
};

GwJob *gw_job_new_from_row (GwClient *client, JsonNode *untrusted_row, GError **error);
gboolean gw_job_take_end (GwJob *job, JsonNode *untrusted_end, GError **error);
gboolean gw_job_check_end (const char *id, JsonNode *untrusted_end, GError **error);
GError *gw_job_unsupported (GwClient *client);
JsonNode *gw_job_arguments (const char *id, int signal);

G_END_DECLS
