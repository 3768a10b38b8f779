/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-client.h"

/* A host, and a folder in the guest. */
typedef struct
{
  Client client;
  char *folder;
  char *path; /* of a file that is not there yet */
} Place;

void place_open (Place *place);
void place_close (Place *place);
void ask (Client *client, const char *format, ...) G_GNUC_PRINTF (2, 3);
void assert_fails (Client *client, const char *text);
void ask_open (Client *client, const char *path, const char *mode);
int file_open (Client *client, const char *path, const char *mode);
void file_close (Client *client, int handle);
void ask_write (Client *client, int handle, const void *data, gsize length);
void file_write (Client *client, int handle, const char *text);
void ask_read (Client *client, int handle, gint64 count);
void assert_reads (Client *client, int handle, gint64 count, const char *text, gboolean eof);
void assert_holds (const char *path, const char *expected);
