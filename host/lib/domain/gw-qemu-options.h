/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How QEMU's command line is written. */
char **gw_qemu_words (const char *command_line, gsize length);
GHashTable *gw_qemu_options_split (const char *text, const char *first_name);
GHashTable *gw_qemu_find_chardev (char **words, const char *id);
gboolean gw_qemu_options_is_on (GHashTable *options, const char *name);

G_END_DECLS
