/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "fake-agent.h"
#include "gw-client.h"

/* What no test should need. */
#define LONG_MS 60000

/* A client, and an agent that it can talk to: "hang-up" ends the connection,
 * "silence" is not answered, "fail" fails, "too-much" is answered without end,
 * and all else with the number of calls so far. */
typedef struct
{
  char *directory;
  char *path;
  FakeAgent agent;
  int pty; /* the slave, held so that the master does not hang up; or -1 */
  GwClient *client;
  guint descriptors;
} Fixture;

void set_up (Fixture *f, gconstpointer data);
void set_up_with_agent (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
void open_client (Fixture *f);
void assert_answers (Fixture *f);
void store_result (GObject *object, GAsyncResult *result, gpointer data);
void wait_for (GMainContext *context, GAsyncResult **result);
void finish_with (Fixture *f, GAsyncResult **result, GQuark domain, int code);
void finish_well (Fixture *f, GAsyncResult **result);

typedef struct
{
  const char *path;
  void (*set_up) (Fixture *f, gconstpointer data);
  void (*test) (Fixture *f, gconstpointer data);
} Row;

int run_rows (int argc, char **argv, const Row *rows, gsize n);
