/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-live-start.h"
#include "gw-streams.h"

G_BEGIN_DECLS

/* A program whose input and output go over the streams of a session as they
 * come, and which lives no longer than that. Its writes wait for who reads
 * them, and what is written to it for its reads. */
typedef struct _GwLiveProgram GwLiveProgram;

/* It has ended, and all of its output that there is has been written. */
typedef void (*GwLiveEndedFunc) (GwLiveProgram *program, int wait_status, gpointer data);

GwLiveProgram *gw_live_program_new (GwLiveEnds *ends, gboolean terminal, GwStreams *streams, guint64 call,
                                    GwLiveEndedFunc ended, gpointer data, GError **error);
void gw_live_program_free (GwLiveProgram *program);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLiveProgram, gw_live_program_free)

GPid gw_live_program_get_pid (GwLiveProgram *program);
void gw_live_program_terminate (GwLiveProgram *program);
void gw_live_program_leave (GwLiveProgram *program);
gboolean gw_live_program_signal (GwLiveProgram *program, int signal_number, GError **error);
gboolean gw_live_program_resize (GwLiveProgram *program, guint16 rows, guint16 columns, GError **error);

G_END_DECLS
