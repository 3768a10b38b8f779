/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-framed.h"
#include "gw-process.h"
#include "sockets.h"

/* What no test should need. */
#define LONG_MS 60000

/* A client that has asked for frames, and the guest that it talks to. */
typedef struct
{
  SocketPlace place;
  FakeFramed guest;
  GwClient *client;
} Fixture;

void set_up (Fixture *f, gconstpointer data);
void set_up_text_only (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
void on_done (GObject *object, GAsyncResult *result, gpointer data);
GwProcess *process_new (Fixture *f, const char *program, const char *argument);
GwProcess *start (Fixture *f, const char *program, const char *argument, gboolean input);
void assert_reads (GInputStream *stream, const char *text);
void assert_at_end (GInputStream *stream);
void assert_ends (GwProcess *process, int status, int signal);
void assert_bytes (GBytes *bytes, const char *text);

typedef struct
{
  const char *path;
  void (*set_up) (Fixture *f, gconstpointer data);
  void (*test) (Fixture *f, gconstpointer data);
} Row;

int run_rows (int argc, char **argv, const Row *rows, gsize n);
