/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-host-file.h"
#include "gw-time-limit.h"
#include "gw-transfer.h"

G_BEGIN_DECLS

/* One run of a #GwTransfer, as the data of its task. */

typedef enum
{
  GW_COPY_PREPARE,     /* push: an empty file beside the target */
  GW_COPY_PROBE,       /* where that cannot be had: is the target a directory? */
  GW_COPY_PROBE_CLOSE,
  GW_COPY_LEARN,       /* pull: what is it? */
  GW_COPY_OPEN,
  GW_COPY_MEASURE,     /* pull: how long is it? */
  GW_COPY_SEEK,
  GW_COPY_MOVE,
  GW_COPY_FLUSH,       /* push */
  GW_COPY_CLOSE,
  GW_COPY_COMMIT,
  GW_COPY_TIDY_HANDLE, /* it failed */
  GW_COPY_TIDY_PART,
} GwCopyStep;

/* With a move, until it is known how long they take. */
#define GW_COPY_PATIENCE_MS 30000

typedef struct
{
  GwCopyStep step;
  GwTimeLimit limit;
  GwHostFile host;
  char *word;       /* in the name of the file beside */
  char *part;       /* push: the file beside, or NULL */
  gint64 handle;    /* -1: none */
  guint64 offset;   /* all before it is done */
  gsize piece;      /* how much one move takes */
  gsize piece_max;  /* how much it may take */
  gsize asked;      /* of the move on the way */
  gint64 asked_us;  /* when it was asked for */
  guint begun;      /* how often */
  int patience_ms;  /* with the next move */
  guint unanswered; /* moves in a row */
  GError *doubted;  /* what the agent refused: was it for lack of the handle? */
  GError *failure;
} GwCopy;

/* gw-copy.c: these take @task, and @error or @why. */
void gw_copy_start (GTask *task, int timeout_ms);
void gw_copy_next (GTask *task, GwCopyStep step);
void gw_copy_begin_again (GTask *task, GError *why);
void gw_copy_end_well (GTask *task);
void gw_copy_fail (GTask *task, GError *error);
void gw_copy_end_failed (GTask *task);
gboolean gw_copy_is_push (GTask *task);
gboolean gw_copy_check_guest_path (GwTransfer *transfer, GError **error);

/* gw-copy-steps.c: what follows from an answer, by the step. */
void gw_copy_answered (GTask *task, JsonNode *untrusted_value, GError *error);
void gw_copy_ran (GTask *task, GBytes *untrusted_output, GError *error);

/* gw-copy-move.c: one piece of the file. */
GBytes *gw_copy_read_host (GwCopy *copy, GError **error);
gboolean gw_copy_take_written (GwCopy *copy, JsonNode *untrusted_value, GError **error);
gboolean gw_copy_take_read (GwCopy *copy, JsonNode *untrusted_value, gboolean *eof, GError **error);
void gw_copy_move_answered (GwCopy *copy);
gboolean gw_copy_move_unanswered (GwCopy *copy);

G_END_DECLS
