/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"
#include "gw-frame.h"
#include "gw-message.h"
#include "gw-session-event.h"

G_BEGIN_DECLS

/* One framed conversation, from the text that asks for it to its end, over as
 * many connections as it takes. Bytes and time in, bytes and events out. */
typedef struct _GwSession GwSession;

typedef enum
{
  GW_SESSION_HOST,
  GW_SESSION_GUEST,
} GwSessionRole;

typedef enum
{
  GW_SESSION_IDLE,     /* no session; a guest's connection speaks text */
  GW_SESSION_SYNCING,  /* host: waits for the answer to a number */
  GW_SESSION_OPENING,  /* host: has asked for frames */
  GW_SESSION_GREETING, /* has sent HELLO, and waits for the other's */
  GW_SESSION_FRAMED,
  GW_SESSION_PARKED,   /* a session, and no connection that carries it */
  GW_SESSION_N_STATES,
} GwSessionState;

/* What may happen to a session. A pair of state and input that the table of
 * gw-session.c does not have changes nothing. */
typedef enum
{
  GW_SESSION_INPUT_CONNECT,      /* a new connection */
  GW_SESSION_INPUT_DISCONNECT,   /* it was lost */
  GW_SESSION_INPUT_SYNCED,       /* the agent answered the number */
  GW_SESSION_INPUT_OPEN,         /* guest: asked for frames */
  GW_SESSION_INPUT_RESUME,       /* guest: asked to go on */
  GW_SESSION_INPUT_ACCEPTED,     /* host: a new session */
  GW_SESSION_INPUT_ACCEPTED_ANEW, /* host: a new session, where the old one was asked for */
  GW_SESSION_INPUT_RESUMED,      /* host: the old session */
  GW_SESSION_INPUT_DIVERGED,     /* the other side's history is another one */
  GW_SESSION_INPUT_REFUSED,      /* host: the agent speaks no frames */
  GW_SESSION_INPUT_HELLO,        /* the other side's first frame */
  GW_SESSION_INPUT_NO_ANSWER,    /* not in time */
  GW_SESSION_INPUT_SILENCE,      /* nothing was heard that ought to be */
  GW_SESSION_INPUT_TAKEOVER,     /* guest: somebody speaks text */
  GW_SESSION_INPUT_TOO_LATE,     /* parked too long */
  GW_SESSION_INPUT_CLOSE,        /* by the owner */
  GW_SESSION_INPUT_PEER_CLOSED,
  GW_SESSION_INPUT_VIOLATION,    /* the other side broke the protocol */
  GW_SESSION_N_INPUTS,
} GwSessionInput;

/* What a kind of channel is like. One of those below, or one's own. */
typedef struct
{
  gboolean lossy;  /* may lose bytes with nobody told */
  gsize frame_max; /* the largest frame, and write */
  gsize window;    /* bytes on the way at most, in each direction */
  gboolean reckless; /* tests: the window is filled however slow the channel is, and one stream may take all of it */
} GwSessionKind;

extern const GwSessionKind gw_session_loss_free; /* virtio-serial, sockets */
extern const GwSessionKind gw_session_xen;       /* a Xen console, from either side */
extern const GwSessionKind gw_session_uart;      /* a serial line */
extern const GwSessionKind gw_session_datagram;  /* a frame in each datagram */

typedef struct
{
  GwSessionRole role;
  const GwSessionKind *kind; /* must outlive the session */
  const char *channel;       /* its name, or NULL when not known */
  const guint8 *instance;    /* guest: GW_NONCE_SIZE bytes, new each time the agent starts */
  const char *boot_id;       /* guest: the kernel's */
  const char *const *features; /* besides "frames-1"; NULL for none. At most GW_OPEN_FEATURES_MAX bytes in all */
  gint64 keepalive_us;       /* host: 0 for none */
  /* Fills a buffer with bytes that nobody can foresee. */
  void (*random) (guint8 *bytes, gsize length, gpointer user_data);
  /* For tests and logs: each input, with the state before it; else NULL. */
  void (*reached) (GwSessionState state, GwSessionInput input, gboolean known, gpointer user_data);
  gpointer user_data;
} GwSessionSettings;

GwSession *gw_session_new (const GwSessionSettings *settings);
void gw_session_free (GwSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwSession, gw_session_free)

/* The connection. */
void gw_session_connect (GwSession *session, gint64 now_us);
void gw_session_disconnect (GwSession *session, gint64 now_us);
gboolean gw_session_wants (GwSession *session, const GwMessage *untrusted_open);
gboolean gw_session_accept (GwSession *session, const GwMessage *untrusted_open, gint64 now_us, GError **error);
void gw_session_receive (GwSession *session, const guint8 *data, gsize length, gint64 now_us);
GBytes *gw_session_take_output (GwSession *session, gint64 now_us);
gint64 gw_session_get_deadline (GwSession *session);
void gw_session_pass_time (GwSession *session, gint64 now_us);
GwSessionEventKind gw_session_next (GwSession *session, GwSessionEvent *event);
void gw_session_close (GwSession *session, const char *why, gint64 now_us);

GwSessionState gw_session_get_state (GwSession *session);
gboolean gw_session_in_frames (GwSession *session);
gboolean gw_session_is_open (GwSession *session);
gboolean gw_session_has_feature (GwSession *session, const char *feature);
gsize gw_session_get_queued (GwSession *session);
gsize gw_session_get_arrived (GwSession *session);
gsize gw_session_get_window (GwSession *session);
guint gw_session_get_n_streams (GwSession *session);
gsize gw_session_get_granted (GwSession *session);
char *gw_session_describe_traffic (GwSession *session);

/* Messages. */
guint64 gw_session_call (GwSession *session, GBytes *body, gint64 timeout_us, gint64 now_us, GError **error);
void gw_session_cancel (GwSession *session, guint64 call);
gboolean gw_session_reply (GwSession *session, guint64 request, GBytes *body, GError **error);
gboolean gw_session_refuse (GwSession *session, guint64 request, GBytes *body, GError **error);
void gw_session_tell (GwSession *session, GBytes *body);

/* Streams. */
guint16 gw_session_stream_open (GwSession *session, GBytes *purpose, GError **error);
void gw_session_stream_accept (GwSession *session, guint16 stream);
gboolean gw_session_stream_write (GwSession *session, guint16 stream, GBytes *bytes, GError **error);
gsize gw_session_stream_get_room (GwSession *session, guint16 stream);
void gw_session_stream_consume (GwSession *session, guint16 stream, gsize length);
void gw_session_stream_finish (GwSession *session, guint16 stream);
void gw_session_stream_reset (GwSession *session, guint16 stream, const char *why);

const char *gw_session_state_name (GwSessionState state);
const char *gw_session_input_name (GwSessionInput input);

G_END_DECLS
