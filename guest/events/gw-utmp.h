/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who is logged in: utmp(5), and logind's files of sessions, as bytes. Does no I/O. */

typedef struct
{
  char *user;
  char *line; /* the terminal, without /dev/ */
  char *host; /* from where; may be empty */
  int pid;
} GwLogin;

void gw_login_free (GwLogin *login);
char *gw_login_get_key (const GwLogin *login);

GwLogin *gw_login_parse_session (const char *text);
GPtrArray *gw_utmp_parse (const guint8 *bytes, gsize length);
char gw_utmp_find_run_level (const guint8 *bytes, gsize length);

G_END_DECLS
