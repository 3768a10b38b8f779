/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-line.h"
#include "gw-session.h"

/* A guest that speaks frames, in a thread of its own, on one socket. It knows
 * these commands, and that what begins with "guest-" returns {}:
 *
 *   fail             an error
 *   silence          no answer
 *   leave            the session ends
 *
 * and by way of guestwire-exec these programs:
 *
 *   echo WORD…       to standard output, as echo does
 *   both             "out\n" and "err\n", and exits with 3
 *   arguments        what guestwire-exec was given, as JSON
 *   cat              its input
 *   count N          N bytes, which count from 0 to 250 again and again
 *   sleep            until a signal ends it; of one that changes the window it
 *                    says "ROWSxCOLUMNS\n"
 *   absent           is not there
 *   no-pipes         ends without pipes
 *   no-end           ends, and its pipes do not
 *
 * Who follows its events gets what the test has given it in follows. */
typedef struct
{
  const char *path;
  gboolean text_only; /* set before the start */
  /* The same; for each guestwire-events-follow one, up to NULL: a line of members
   * of the stream's purpose, and what comes on that, where @ stands for the
   * arguments. Where there is none, it is refused. */
  const char *const *follows;
  /* The same; what guestwire-file-push returns: when the file has ended, or before a
   * byte of it was taken. */
  const char *pushed;
  gboolean pushed_early;
  GThread *thread;
  int stop[2];        /* closed to stop the thread */
  int orders[2];      /* a byte each: see fake_framed_cut() and the others */

  /* The thread's own. */
  int fd;
  GwSession *session;
  guint8 instance[GW_NONCE_SIZE];
  GwLine *line;
  GHashTable *programs; /* by the request's id */
  int begun;            /* atomic: programs */
  int ended;            /* atomic: programs */
  int cancelled;        /* atomic: calls without an answer */
  int consumed;         /* atomic: bytes of input */
  int sent;             /* atomic: bytes of output */
  int parked;           /* atomic: how often */
  int closed;           /* atomic: sessions that the host closed */
} FakeFramed;

void fake_framed_start (FakeFramed *guest, const char *path);
void fake_framed_stop (FakeFramed *guest);

/* Cuts the connection. */
void fake_framed_cut (FakeFramed *guest);
/* Cuts it, and is another agent afterwards. */
void fake_framed_restart (FakeFramed *guest);
