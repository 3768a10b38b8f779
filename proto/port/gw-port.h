/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <termios.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* An opened address: a non-blocking descriptor with a bounded output queue.
 * Moves bytes; knows no message. Belongs to the thread of its main context. */
typedef struct _GwPort GwPort;

typedef enum
{
  GW_PORT_SOCKET, /* end of file is final */
  GW_PORT_VIRTIO, /* a guest's virtio-serial port: hosts come and go, and it says so */
  GW_PORT_TTY,    /* a tty or pty held raw: nothing is said of the other side */
  GW_PORT_XEN,    /* a guest's Xen console: a tty, whose driver waits for room without sleeping */
  GW_PORT_PIPE,   /* a pipe for each direction; end of file is final */
  GW_PORT_DATAGRAM, /* a connected socket of datagrams, which may get lost: each block that is sent is one */
} GwPortKind;

/* The descriptors of a port, which do not block, and what is to be put back when
 * they are closed. */
typedef struct
{
  GwPortKind kind;
  int fd;                 /* reads, and writes where @out is none; or -1 */
  int out;                /* writes; or -1 */
  gboolean telnet;        /* what passes has telnet around it */
  struct termios *before; /* how @fd was set before; or NULL */
  gboolean blocked[2];    /* what others have of @fd and @out too did block */
} GwEnds;

#define GW_ENDS_NONE { .fd = -1, .out = -1 }

typedef struct
{
  /* Bytes came in. */
  void (*received) (GwPort *port, const guint8 *data, gsize length, gpointer user_data);
  /* What gw_port_send() had to leave waiting is written, or dropped because
   * the other side went; or nothing waits and gw_port_ask() was called.
   * Optional. */
  void (*drained) (GwPort *port, gpointer user_data);
  /* The other side came (virtio) or went (virtio, or a socket's end of file:
   * what is queued is still written). Optional. */
  void (*peer_changed) (GwPort *port, gboolean present, gpointer user_data);
  /* The descriptor is of no use any more. The port is silent from here on;
   * free it here or later. */
  void (*lost) (GwPort *port, const GError *error, gpointer user_data);
} GwPortEvents;

GwPort *gw_port_new (int fd, GwPortKind kind, const GwPortEvents *events, gpointer user_data);
GwPort *gw_port_new_for_ends (GwEnds *ends, const GwPortEvents *events, gpointer user_data);
void gw_port_free (GwPort *port);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwPort, gw_port_free)

gboolean gw_port_attach (GwPort *port, GMainContext *context, GError **error);
gboolean gw_port_send (GwPort *port, GBytes *bytes, GError **error);
void gw_port_ask (GwPort *port);
gsize gw_port_get_queued (GwPort *port);
void gw_port_drop_output (GwPort *port);
void gw_port_drop_unbegun (GwPort *port);
void gw_port_set_reading (GwPort *port, gboolean reading);

gboolean gw_port_lock_tty (int fd, GError **error);
gboolean gw_port_prepare_tty (int fd, GError **error);
gboolean gw_port_prepare_line (int fd, speed_t speed, GError **error);
gboolean gw_port_prepare_held_tty (int fd, GError **error);

G_END_DECLS
