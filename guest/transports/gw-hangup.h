/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The time after a terminal of Xen's has hung up and was closed, in which the
 * kernel still has the old one. Knows no terminal. */
typedef struct _GwHangup GwHangup;

GwHangup *gw_hangup_wait (void (*func) (gpointer data), gpointer data);
void gw_hangup_cancel (GwHangup *hangup);

gint64 gw_hangup_get_suspended_us (void);

G_END_DECLS
