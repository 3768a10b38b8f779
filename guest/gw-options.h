/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-settings.h"

G_BEGIN_DECLS

typedef enum
{
  GW_ACTION_SERVE,
  GW_ACTION_HELP,
  GW_ACTION_VERSION,
  GW_ACTION_DUMP, /* the settings, as a file */
  GW_ACTION_LIST, /* the commands that can be blocked */
} GwAction;

/* What the command line and the configuration file say, together. */
typedef struct
{
  GwAction action;
  gboolean drop_in;    /* in the place of qemu-ga: with its defaults */
  GwSettings settings; /* with the defaults filled in */
  char **channels;     /* addresses to serve, at least one */
  char **hold;         /* patterns of Xen consoles to hold for other programs */
  guint freeze_timeout; /* seconds, or 0 */
  char *freeze_folder;  /* where it is marked that file systems are frozen */
  GPtrArray *warnings; /* texts for the log, which is not open yet */
} GwOptions;

gboolean gw_options_parse (GwOptions *options, int argc, char **argv, GError **error);
void gw_options_clear (GwOptions *options);
char *gw_options_help (void);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwOptions, gw_options_clear)

G_END_DECLS
