/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For tests, which must not shut down the machine that they run on. */
void gw_command_power_set_folder (const char *folder);

G_END_DECLS
