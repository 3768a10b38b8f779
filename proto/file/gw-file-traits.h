/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/stat.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* What a file has besides its bytes. -1: as it is of the file that is
 * replaced, or of a new one. */
typedef struct
{
  gint64 mode;
  gint64 uid;
  gint64 gid;
  gboolean inherited; /* the owner is the old file's: if it cannot be had, no harm is done */
  gboolean timed;
  gint64 mtime_ns;
} GwFileTraits;

#define GW_FILE_TRAITS_NONE { -1, -1, -1, FALSE, FALSE, 0 }

/* What of another machine's traits is taken over here. */
typedef struct
{
  guint mode_mask;     /* the bits that may be set */
  gboolean keep_owner; /* by its numbers */
  gint64 uid;          /* else this one; -1: nothing is said of it */
  gint64 gid;
} GwFileRules;

#define GW_FILE_RULES_NONE { 07777, FALSE, -1, -1 }

gint64 gw_file_mtime_ns (const struct stat *status);
void gw_file_traits_of_other (GwFileTraits *traits, const GwFileRules *rules, const GwFileTraits *untrusted_other);
void gw_file_traits_override (GwFileTraits *traits, const GwFileTraits *asked);
gboolean gw_file_traits_set (const GwFileTraits *traits, int fd, guint mode_otherwise, const char *path,
                             GError **error);
void gw_file_traits_set_on_link (const GwFileTraits *traits, int folder, const char *name);

gboolean gw_file_owner_check (const char *text, GError **error);
gboolean gw_file_owner_find (const char *text, gint64 *uid, gint64 *gid, GError **error);

G_END_DECLS
