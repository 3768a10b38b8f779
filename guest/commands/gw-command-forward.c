/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-forward-connect and guestwire-forward-listen: sockets of this guest
 * on streams. */

#include "gw-command.h"
#include "gw-dial.h"
#include "gw-guest-listener.h"
#include "gw-limits.h"
#include "gw-socket-stream.h"

static GwEndpoint *
read_address (JsonObject *arguments, GwEndpointUse use, GError **error)
{
  return gw_endpoint_parse (gw_argument_string (arguments, "address"), use, error);
}

static GError *
session_over (void)
{
  return g_error_new_literal (GW_ERROR, GW_ERROR_PEER_LOST, "the session is over");
}

/* --- guestwire-forward-connect ------------------------------------------ */

/* Until it is connected. */
typedef struct
{
  GwCall *call;
  GwStreams *streams;
  GwDial *dial;
} Connect;

/* Takes @error; NULL if it went well. */
static void
end_connect (Connect *connect, GError *error)
{
  GwCall *call = connect->call;

  gw_dial_free (connect->dial);
  g_free (connect);
  if (error != NULL)
    gw_call_fail (call, error);
  else
    gw_call_return (call, NULL);
}

static void
on_connected (int fd, GError *problem, gpointer data)
{
  Connect *connect = data;
  g_autofree char *purpose
      = g_strdup_printf ("{\"call\":%" G_GUINT64_FORMAT ",\"name\":\"socket\"}", gw_call_get_id (connect->call));
  GError *error = problem;

  gw_streams_release (connect->streams, 1);
  if (fd >= 0)
    gw_socket_stream_begin (fd, connect->streams, purpose, &error);
  end_connect (connect, error);
}

static void
on_connect_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  Connect *connect = data;

  gw_streams_release (connect->streams, 1);
  end_connect (connect, fate == GW_CALL_ABANDONED
                            ? session_over ()
                            : g_error_new_literal (GW_ERROR, GW_ERROR_FAILED, "cancelled before it was connected"));
}

static void
run_connect (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwStreams *streams = gw_call_get_streams (call);
  g_autoptr (GwEndpoint) to = read_address (arguments, GW_ENDPOINT_CONNECT, &error);
  Connect *connect;

  if (to == NULL || !gw_socket_stream_has_room (&error) || !gw_streams_reserve (streams, 1, &error))
    {
      gw_call_fail (call, error);
      return;
    }
  connect = g_new0 (Connect, 1);
  connect->call = call;
  connect->streams = streams;
  connect->dial = gw_dial_new (NULL, to, on_connected, connect, &error);
  if (connect->dial != NULL)
    {
      gw_call_watch (call, on_connect_fate, connect);
      return;
    }
  gw_streams_release (streams, 1);
  g_free (connect);
  gw_call_fail (call, error);
}

/* --- guestwire-forward-listen ------------------------------------------- */

typedef struct
{
  GwCall *call;
  GwGuestListener *listener;
} Listen;

static guint n_listening;

/* Takes @error; NULL if it went well. */
static void
end_listen (Listen *listen, GError *error)
{
  GwCall *call = listen->call;

  n_listening--;
  gw_guest_listener_free (listen->listener);
  g_free (listen);
  if (error != NULL)
    gw_call_fail (call, error);
  else
    gw_call_return (call, NULL);
}

static void
on_listening (const GError *error, gpointer data)
{
  if (error != NULL)
    end_listen (data, g_error_copy (error));
}

static void
on_listen_fate (GwCall *call, GwCallFate fate, gpointer data)
{
  end_listen (data, fate == GW_CALL_ABANDONED ? session_over () : NULL);
}

static gboolean
check_listen (JsonObject *arguments, gint64 *mode, GError **error)
{
  *mode = json_object_get_int_member_with_default (arguments, "mode", 0600);
  if (*mode < 0 || *mode > 0777)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'mode' has to be a number from 0 to 511");
  else if (n_listening >= GW_FORWARD_LISTENING_MAX)
    g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%d sockets are listened on already; wait for some to end",
                 GW_FORWARD_LISTENING_MAX);
  else
    return TRUE;
  return FALSE;
}

static void
run_listen (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  GwEndpoint *on = read_address (arguments, GW_ENDPOINT_LISTEN, &error);
  Listen *listen;
  gint64 mode;

  if (on == NULL || !check_listen (arguments, &mode, &error))
    {
      g_clear_pointer (&on, gw_endpoint_free);
      gw_call_fail (call, error);
      return;
    }
  n_listening++;
  listen = g_new0 (Listen, 1);
  listen->call = call;
  listen->listener
      = gw_guest_listener_new (on, mode, gw_call_get_streams (call), gw_call_get_id (call), on_listening, listen);
  gw_call_watch (call, on_listen_fate, listen);
}

static const char *const implies_exec[] = { "guest-exec", NULL };

const GwCommand gw_commands_forward[] = {
  { "guestwire-forward-connect", "Connect a socket in the guest to a stream", "0.1", GW_COMMAND_IN_FRAMES, run_connect,
    { { "address", GW_ARGUMENT_STRING } },
    implies_exec },
  { "guestwire-forward-listen", "Listen on a socket in the guest; who connects gets a stream", "0.1",
    GW_COMMAND_IN_FRAMES, run_listen,
    { { "address", GW_ARGUMENT_STRING }, { "mode", GW_ARGUMENT_INT, TRUE } },
    implies_exec },
  { NULL },
};
