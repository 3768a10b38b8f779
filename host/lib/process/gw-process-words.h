/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* A program as it is asked for, and as guest-exec gets it. */
typedef struct
{
  gboolean login;     /* a shell, in frames only: @arguments are its arguments */
  char **arguments;   /* the program and its arguments */
  char **environment; /* NAME=VALUE, or NULL */
  char *directory;    /* or NULL */
  char *user;         /* or NULL */
} GwProcessWords;

void gw_process_words_clear (GwProcessWords *asked);
gboolean gw_process_words_check (const GwProcessWords *asked, GError **error);
char **gw_process_words_compose (const GwProcessWords *asked, const char *mark);

/* What a guest's shell exits with when it could not start the program, after
 * it has written the mark. */
#define GW_PROCESS_NOT_STARTED 125

G_END_DECLS
