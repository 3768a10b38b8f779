/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A file as it is named to guestwire cp. */
typedef struct
{
  char *domain; /* NULL: on this host */
  char *path;
} CliPlace;

void cli_place_read (CliPlace *place, const char *word);
void cli_place_clear (CliPlace *place);
