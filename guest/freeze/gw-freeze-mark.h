/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A file that says that file systems are frozen, to the agent that comes after
 * one that was killed. Its name is qemu-ga's. */

typedef enum
{
  GW_MARK_NONE,
  GW_MARK_FROZEN,
  GW_MARK_LEASED, /* and the session that it was for ended with the agent */
} GwMark;

char *gw_freeze_mark_path (const char *folder);
GwMark gw_freeze_mark_read (const char *path);
void gw_freeze_mark_write (const char *path, gboolean leased);
void gw_freeze_mark_remove (const char *path);

G_END_DECLS
