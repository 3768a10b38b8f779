/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "cli-keys.h"

/* Bytes on their way between a program in the guest and a standard stream of
 * this command, at the pace of the slower one. */
typedef struct _CliPump CliPump;

/* @problem: an errno of the standard stream, or 0 when all is said */
typedef void (*CliPumpFunc) (CliPump *pump, int problem, gpointer user_data);

/* Of somebody who types. */
typedef void (*CliPumpWishFunc) (CliKeysWish wish, gpointer user_data);

CliPump *cli_pump_new_out (GInputStream *from, int fd, CliPumpFunc done, gpointer user_data);
CliPump *cli_pump_new_in (int fd, GOutputStream *to, CliKeys *keys, CliPumpWishFunc wish, CliPumpFunc done,
                          gpointer user_data);
void cli_pump_free (CliPump *pump);
