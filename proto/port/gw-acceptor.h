/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-listening.h"

G_BEGIN_DECLS

/* Takes who connects, while there is room. */
typedef struct _GwAcceptor GwAcceptor;

typedef struct
{
  /* Whether one more can be taken; else they wait. */
  gboolean (*has_room) (gpointer data);
  /* @fd does not block and belongs to the receiver. @peer is where it comes
   * from, or empty. */
  void (*accepted) (int fd, const char *peer, gpointer data);
} GwAcceptorEvents;

GwAcceptor *gw_acceptor_new (GMainContext *context, GwListening *listening, const GwAcceptorEvents *events, gpointer data,
                             GError **error);
GwListening *gw_acceptor_end (GwAcceptor *acceptor);
void gw_acceptor_free (GwAcceptor *acceptor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwAcceptor, gw_acceptor_free)

guint16 gw_acceptor_get_port (GwAcceptor *acceptor);

G_END_DECLS
