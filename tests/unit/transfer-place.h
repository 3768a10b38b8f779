/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "frames-host.h"

#define MIB (1024 * 1024)

/* A host, and a folder in the guest. */
typedef struct
{
  Host host;
  char *folder;
  char *path; /* of a file that is not there yet */
} Place;

void place_open (Place *place);
guint count_files (Place *place);
void place_close (Place *place);
void assert_content (Place *place, const void *data, gsize length);
char *digest_of (const void *data, gsize length);
guint8 *make_noise (gsize length);
