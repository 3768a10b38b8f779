/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* What can be set, on the command line and in a file. Names and meanings are
 * qemu-ga's, but for "channel", "hold", "block-events" and "fsfreeze-timeout". What is
 * unset is NULL, FALSE, or an empty list. */
typedef struct
{
  GPtrArray *channels; /* addresses */
  GPtrArray *hold;     /* patterns of names */
  char *method;
  char *path;
  char *log_file;
  char *pid_file;
  char *state_folder;
  char *freeze_hook;
  char *freeze_timeout; /* seconds */
  GPtrArray *block_rpcs;
  GPtrArray *allow_rpcs;
  GPtrArray *block_events;
  gboolean daemon;
  gboolean retry_path;
  gboolean verbose;
} GwSettings;

typedef enum
{
  GW_SETTING_FLAG,
  GW_SETTING_STRING,
  GW_SETTING_ADDRESSES, /* a list, also of patterns; on the command line one a time, and there it replaces the file's */
  GW_SETTING_NAMES,     /* a list; the command line's comes on top of the file's */
} GwSettingKind;

/* One of them: a row of a table, from which the command line, the file, the
 * dump and the help text are made. */
typedef struct
{
  const char *key;    /* in the file */
  const char *option; /* on the command line, without "--" */
  char letter;        /* the short option, or 0 */
  GwSettingKind kind;
  gsize offset;       /* in GwSettings */
  const char *value;  /* what the help text calls it */
  const char *help;   /* NULL for an older name, which is neither shown nor dumped */
} GwSetting;

extern const GwSetting gw_settings_table[]; /* ends with a NULL key */

void gw_settings_init (GwSettings *settings);
void gw_settings_clear (GwSettings *settings);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GwSettings, gw_settings_clear)

gpointer gw_setting_of (const GwSetting *setting, const GwSettings *settings);
void gw_setting_add (const GwSetting *setting, GwSettings *settings, const char *value);
void gw_settings_merge (GwSettings *settings, const GwSettings *over);

gboolean gw_settings_load (GwSettings *settings, const char *path, GPtrArray *warnings, GError **error);
char *gw_settings_dump (const GwSettings *settings);

G_END_DECLS
