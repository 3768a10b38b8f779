/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-tree-target.h"

/* What an order to stop is waited for in: there is none. */
extern const int not_stopped;

/* inside/ is where things go; outside/ is where nothing may. */
typedef struct
{
  char *folder;
  char *inside;
  char *outside;
  GwTreeTarget target;
  GByteArray *pieces;
} Place;

void place_open (Place *place);
void place_close (Place *place);
char *way (Place *place, const char *name);
gboolean is_there (Place *place, const char *name);
void say_entry (Place *place, GwEntryType type, const char *name, const char *target);
void say_content (Place *place, const char *text);
void say_file (Place *place, const char *name, const char *text);
void leave (Place *place);
gboolean receive (Place *place, GError **error);
void assert_content (Place *place, const char *name, const char *text);
void make_file (const char *folder, const char *name, const char *text);
void make_folder (const char *folder, const char *name);
