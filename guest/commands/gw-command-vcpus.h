/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For tests. */
void gw_command_vcpus_set_folder (const char *path);

G_END_DECLS
