/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* Scripts around a file in the guest, for gw_guest_script_async().
 *
 * prepare  $1 target, a file or directory; $2 what it is called in a
 *          directory; $3 a word that is in no file's name yet.
 *          Makes an empty file beside the target that only root can read, and
 *          tells both: see gw_guest_place_read().
 * commit   $1 the file beside; $2 the target; $3 its permission bits, octal;
 *          $4 how many bytes it must have. Gives it its name.
 * undo     $1 the file beside. Removes it.
 * learn    $1 a file to be read. Tells its permission bits, octal, if it can;
 *          fails if it is no regular file. */
extern const char gw_guest_place_prepare[];
extern const char gw_guest_place_commit[];
extern const char gw_guest_place_undo[];
extern const char gw_guest_place_learn[];

gboolean gw_guest_place_read (GBytes *untrusted_output, char **part, char **path, GError **error);
gboolean gw_guest_place_read_mode (GBytes *untrusted_output, guint *mode);

G_END_DECLS
