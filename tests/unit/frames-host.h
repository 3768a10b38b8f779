/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-client.h"
#include "gw-session.h"
#include "wait.h"

/* Sessions of one socket. */
#define HOST_SLOTS 3

/* Arguments of a command that runs a program: a line of the shell. */
#define SH(script) "{\"path\":\"sh\",\"arg\":[\"-c\",\"" script "\"]}"
#define SH_WITH(script, more) "{\"path\":\"sh\",\"arg\":[\"-c\",\"" script "\"]," more "}"

/* A host that speaks frames with the agent in this process, over a socket pair
 * or a pseudo-terminal, one connection after another. */
typedef struct
{
  GwSlots *slots;
  gboolean beside; /* the slots are another host's */
  GwVoice *voice; /* NULL without a connection */
  int fd;
  gboolean lost;  /* the agent has left the connection */
  GBytes *rest;   /* of a write that did not fit */
  GwPortKind kind;

  GwSession *session;
  GHashTable *answers; /* id -> char*, as JSON; "" and what became of it where there is none */
  GHashTable *runs;    /* id -> Run* */
  gsize written;
  guint opened;
  guint resumed;
  guint closed;
  const char *text_only;
} Host;

/* One guestwire-exec, or what else has a stream; lives as long as its host. */
typedef struct
{
  Host *host;
  guint64 id;
  guint16 streams[2]; /* stdio and stderr; 0: not there */
  GString *said[2];
  gboolean over[2];   /* the agent has said all, or reset it */
  gsize unread[2];    /* came, and is not consumed */
  gboolean input;     /* it may be written to */
  gboolean slow;      /* reads nothing */
  gsize total;
  gint64 pid;         /* from what the stream is for */
  gint64 offset;      /* the same */
  guint64 lost;       /* from all of its streams, as long as they are told of */
  GHashTable *older;  /* ids of streams that another one has come in the place of */
} Run;

void host_open (Host *host, GwPortKind kind);
void host_open_beside (Host *host, Host *first);
void host_close (Host *host);
void host_connect (Host *host);
void host_disconnect (Host *host);
void host_turn (Host *host);

guint64 ask (Host *host, const char *command, const char *arguments);
const char *answer (Host *host, guint64 id);
void assert_answer (Host *host, const char *command, const char *arguments, const char *expected);

Run *run_begin (Host *host, const char *arguments);
Run *run_begin_command (Host *host, const char *command, const char *arguments, gboolean input);
void run_wait_started (Run *run);
void run_say (Run *run, const char *text);
void run_finish (Run *run);
void run_read_on (Run *run);
void run_wait_said (Run *run, const char *text);
const char *run_wait (Run *run);
void assert_ends (Run *run, const char *expected);

#define host_wait(host, condition)                                                                                     \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    gint64 deadline_ = g_get_monotonic_time () + GW_TEST_DEADLINE_S * G_USEC_PER_SEC;                                  \
    while (!(condition))                                                                                               \
      {                                                                                                                \
        host_turn (host);                                                                                              \
        if (g_get_monotonic_time () > deadline_)                                                                       \
          g_error ("still waiting for: %s", #condition);                                                               \
      }                                                                                                                \
  }                                                                                                                    \
  G_STMT_END
