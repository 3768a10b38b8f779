/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs guestwire-libvirt, which alone is linked with libvirt: it is packaged
 * apart, and one that hangs can be killed. Understands no XML. */

#include "gw-libvirt.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config.h"
#include "gw-limits.h"
#include "gw-message.h"

/* An uninstalled one may stand in, but not for a program with more rights than
 * whoever started it. */
static const char *
module_path (void)
{
  const char *path = secure_getenv ("GUESTWIRE_LIBVIRT");

  return path != NULL && path[0] != '\0' ? path : GW_LIBVIRT_MODULE;
}

static GSubprocess *
start (GSubprocessLauncher *launcher, const char *verb, const char *uri, const char *domain, GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) problem = NULL;
  GSubprocess *process;

  g_ptr_array_add (argv, (gpointer) module_path ());
  g_ptr_array_add (argv, (gpointer) verb);
  if (uri != NULL)
    {
      g_ptr_array_add (argv, (gpointer) "--uri");
      g_ptr_array_add (argv, (gpointer) uri);
    }
  if (domain != NULL)
    {
      g_ptr_array_add (argv, (gpointer) "--");
      g_ptr_array_add (argv, (gpointer) domain);
    }
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *) argv->pdata, &problem);
  if (process != NULL)
    return process;
  if (g_error_matches (problem, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "%s is not installed; install guestwire-libvirt to reach agents "
                                                    "through libvirt",
                 module_path ());
  else
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "cannot run %s: %s", module_path (), problem->message);
  return NULL;
}

/**
 * gw_libvirt_connect:
 * @uri: (nullable): libvirt's connection URI; %NULL for its default
 * @domain: a domain's name, UUID or id
 *
 * Opens the agent's channel that libvirtd holds. Whether libvirt lets us shows
 * on the channel: see GUESTWIRE_REFUSED.
 *
 * Returns: a non-blocking stream socket that the caller owns, or -1 with
 *   %GW_ERROR_CONNECT set
 */
int
gw_libvirt_connect (const char *uri, const char *domain, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  int ends[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, g_strerror (errno));
      return -1;
    }
  g_subprocess_launcher_take_stdin_fd (launcher, ends[1]);
  process = start (launcher, "channel", uri, domain, error);
  /* GLib waits for it; it ends when our end is closed. */
  if (process != NULL)
    return ends[0];
  close (ends[0]);
  return -1;
}

/* --- The list ----------------------------------------------------------- */

/* FALSE when the time is up, or it is cancelled. */
static gboolean
wait_readable (int fd, gint64 deadline_us, GCancellable *cancellable, GError **error)
{
  GPollFD cancelled = { .fd = -1 };
  gint64 left_us = deadline_us - g_get_monotonic_time ();
  struct pollfd fds[2] = { { .fd = fd, .events = POLLIN }, { .fd = -1 } };
  int count;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (g_cancellable_make_pollfd (cancellable, &cancelled))
    fds[1] = (struct pollfd){ .fd = cancelled.fd, .events = POLLIN };
  do
    count = poll (fds, G_N_ELEMENTS (fds), (int) CLAMP ((left_us + 999) / 1000, 0, G_MAXINT));
  while (count < 0 && errno == EINTR);
  if (cancelled.fd >= 0)
    g_cancellable_release_fd (cancellable);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (count == 0)
    g_set_error (error, GW_ERROR, GW_ERROR_TIMED_OUT, "libvirt did not answer in %d s; does libvirtd hang?",
                 GW_LIBVIRT_LIST_MS / 1000);
  return count > 0;
}

static GString *
read_all (int fd, gint64 deadline_us, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[GW_PORT_READ_SIZE];

  for (;;)
    {
      gssize length;

      if (!wait_readable (fd, deadline_us, cancellable, error))
        return NULL;
      length = read (fd, buffer, sizeof buffer);
      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "libvirt's list: %s", g_strerror (errno));
          return NULL;
        }
      if (length == 0)
        return g_steal_pointer (&text);
      if (text->len + length > GW_LINE_MAX)
        {
          g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "libvirt's list has more than %u bytes", GW_LINE_MAX);
          return NULL;
        }
      g_string_append_len (text, buffer, length);
    }
}

/* What guestwire-libvirt says instead of the list. */
static void
set_refused (const GString *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text->str, text->len);
  g_autoptr (GwMessage) event = gw_message_parse (bytes, NULL);
  JsonNode *data = event != NULL && event->kind == GW_MESSAGE_EVENT ? event->body : NULL;
  JsonNode *desc = data != NULL && JSON_NODE_HOLDS_OBJECT (data)
                       ? json_object_get_member (json_node_get_object (data), "desc")
                       : NULL;

  if (desc != NULL && json_node_get_value_type (desc) == G_TYPE_STRING)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, json_node_get_string (desc));
  else
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "%s failed; run it by hand, with 'list', to see why", module_path ());
}

/**
 * gw_libvirt_list:
 * @uri: (nullable): libvirt's connection URI; %NULL for its default
 *
 * Blocks until libvirt has told its domains, or GW_LIBVIRT_LIST_MS is up.
 *
 * Returns: (transfer full): an array of objects with name, uuid, id, state and
 *   xml; or %NULL with %GW_ERROR_CONNECT or %GW_ERROR_TIMED_OUT set
 */
JsonNode *
gw_libvirt_list (const char *uri, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) process = start (launcher, "list", uri, NULL, error);
  g_autoptr (GString) text = NULL;
  JsonNode *root;

  if (process == NULL)
    return NULL;
  text = read_all (g_unix_input_stream_get_fd (G_UNIX_INPUT_STREAM (g_subprocess_get_stdout_pipe (process))),
                   g_get_monotonic_time () + GW_LIBVIRT_LIST_MS * G_GINT64_CONSTANT (1000), cancellable, error);
  if (text == NULL)
    {
      g_subprocess_force_exit (process);
      return NULL;
    }
  root = gw_json_parse (text->str, text->len, NULL);
  if (root != NULL && JSON_NODE_HOLDS_ARRAY (root))
    return root;
  g_clear_pointer (&root, json_node_unref);
  set_refused (text, error);
  return NULL;
}
