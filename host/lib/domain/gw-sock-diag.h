/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* The unix sockets of this host's network namespace that have a path, as they
 * were when it was read. */
typedef struct _GwSockDiag GwSockDiag;

GwSockDiag *gw_sock_diag_read (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_sock_diag_free (GwSockDiag *diag);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwSockDiag, gw_sock_diag_free)

guint32 gw_sock_diag_find_listener (const GwSockDiag *diag, const char *path);
GArray *gw_sock_diag_find_clients (const GwSockDiag *diag, const char *path);

G_END_DECLS
