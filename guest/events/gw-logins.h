/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-events.h"

G_BEGIN_DECLS

/* Where who is logged in is written: a file, or a folder with one for each session. */
#define GW_UTMP_PATH "/run/utmp"
#define GW_SESSIONS_PATH "/run/systemd/sessions"

/* Tells of users that log in and out. */
typedef struct _GwLogins GwLogins;

GwLogins *gw_logins_new (GwEvents *events, const char *path, GError **error);
void gw_logins_free (GwLogins *logins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwLogins, gw_logins_free)

gboolean gw_logins_read_file (const char *path, gsize most, guint8 **bytes, gsize *length, GError **error);

G_END_DECLS
