/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* What the command line says. */
typedef struct
{
  char **channels; /* addresses to serve, at least one */
  gboolean verbose;
  gboolean show_version;
} GwOptions;

gboolean gw_options_parse (GwOptions *options, int *argc, char ***argv, GError **error);
void gw_options_clear (GwOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwOptions, gw_options_clear)

G_END_DECLS
