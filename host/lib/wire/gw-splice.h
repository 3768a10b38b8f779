/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-port.h"

G_BEGIN_DECLS

/* Two ends whose bytes go from the one to the other and back: a near
 * one that is there from the beginning, and a far one that comes later. */
typedef struct _GwSplice GwSplice;

/* It is over: @error says why the far side was lost, %NULL that a side simply
 * ended. Free it here or later. */
typedef void (*GwSpliceEndedFunc) (const GError *error, gpointer user_data);

GwSplice *gw_splice_new (int near_fd, GMainContext *context, GwSpliceEndedFunc ended, gpointer user_data,
                         GError **error);
void gw_splice_free (GwSplice *splice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwSplice, gw_splice_free)

gboolean gw_splice_join (GwSplice *splice, GwEnds *far, GError **error);
gboolean gw_splice_near_has_ended (GwSplice *splice);

G_END_DECLS
