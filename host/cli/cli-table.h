/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli.h"

char *cli_table_cell (const char *untrusted_text);
int cli_print_table (Cli *cli, const char *const *headings, GPtrArray *rows);
