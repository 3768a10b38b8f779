/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef struct _FakeAgent FakeAgent;

/* Answers one request. FALSE ends the connection. */
typedef gboolean (*FakeAnswer) (FakeAgent *agent, int fd, const char *line, gint64 id);

/* An agent that speaks in a thread of its own, so that blocking calls have
 * somebody to talk to. It answers syncs by itself. */
struct _FakeAgent
{
  FakeAnswer answer;
  gpointer data;         /* for it */
  const char *path;      /* of the socket to listen on, or NULL */
  int fd;                /* of the pty's master, or -1 */
  GThread *thread;
  int stop[2];           /* closed to stop the thread */
  guint deaf_syncs;      /* so many are not answered */
  guint late_ms;         /* before it listens */
  int calls;             /* atomic: how many it has had */
};

void fake_agent_init (FakeAgent *agent, const char *path, FakeAnswer answer, gpointer data);
void fake_agent_start (FakeAgent *agent);
void fake_agent_stop (FakeAgent *agent);

int fake_agent_listen_on (const char *path);
gboolean fake_agent_say (int fd, const void *data, gsize length);
G_GNUC_PRINTF (2, 3)
gboolean fake_agent_sayf (int fd, const char *format, ...);
gboolean fake_agent_return (int fd, gint64 id, const char *value);
gboolean fake_agent_fail (int fd, gint64 id, const char *class, const char *desc);
