/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-output.h"
#include "gw-poll.h"
#include "gw-port.h"
#include "gw-presence.h"
#include "gw-telnet.h"

G_BEGIN_DECLS

struct _GwPort
{
  int fd;  /* what is read; -1 once freed or lost */
  int out; /* what is written: the same, for most */
  GwPortKind kind;
  GwEnds ends; /* owns both */
  GwTelnet *telnet;      /* what passes has telnet around it; else NULL */
  GByteArray *answers;   /* of telnet */
  const GwPortEvents *events;
  gpointer user_data;
  GwPollItem *item;
  GwPollItem *out_item; /* where @out is another one */

  gboolean reading;    /* the owner wants bytes */
  gboolean readable;   /* the last read did not find it empty */
  gboolean writable;   /* the last write did not find it full */
  gboolean asked;      /* the owner has more to send */
  gboolean peer;       /* what the owner was told */
  int problem;         /* an errno that the owner has not heard of yet, or 0 */

  GwPresence presence; /* HERE for all kinds but virtio */
  GMainContext *context;
  GSource *wait;       /* while UNSURE */

  GwOutput output;
};

void gw_port_write (GwPort *port);
void gw_port_push_as_it_is (GwPort *port, GBytes *bytes);

G_END_DECLS
