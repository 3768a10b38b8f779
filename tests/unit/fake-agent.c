/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other side of a channel, for tests of the client. Knows no command but
 * sync. */

#include "fake-agent.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

gboolean
fake_agent_say (int fd, const void *data, gsize length)
{
  const char *at = data;

  while (length > 0)
    {
      gssize written = send (fd, at, length, MSG_NOSIGNAL);

      if (written < 0 && errno == ENOTSOCK)
        written = write (fd, at, length);
      if (written < 0)
        return FALSE;
      at += written;
      length -= written;
    }
  return TRUE;
}

gboolean
fake_agent_sayf (int fd, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return fake_agent_say (fd, text, strlen (text));
}

gboolean
fake_agent_return (int fd, gint64 id, const char *value)
{
  return fake_agent_sayf (fd, "{\"return\": %s, \"id\": %" G_GINT64_FORMAT "}\n", value, id);
}

gboolean
fake_agent_fail (int fd, gint64 id, const char *class, const char *desc)
{
  return fake_agent_sayf (fd, "{\"error\": {\"class\": \"%s\", \"desc\": \"%s\"}, \"id\": %" G_GINT64_FORMAT "}\n", class,
                          desc, id);
}

/* FALSE ends the connection. */
static gboolean
take_line (FakeAgent *agent, int fd, const char *line)
{
  const char *id = strstr (line, "\"id\":");
  gint64 number = id != NULL ? g_ascii_strtoll (id + 5, NULL, 10) : 0;

  if (strstr (line, "guest-sync-delimited") == NULL)
    {
      g_atomic_int_inc (&agent->calls);
      return agent->answer (agent, fd, line, number);
    }
  if (agent->deaf_syncs > 0)
    {
      agent->deaf_syncs--;
      return TRUE;
    }
  /* As qemu-ga does: an error for the 0xFF comes first. */
  return fake_agent_sayf (fd,
                          "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray 0xFF\"}}\n"
                          "\xFF{\"return\": %" G_GINT64_FORMAT "}\n",
                          number);
}

/* FALSE when the test is over. */
static gboolean
wait_readable (FakeAgent *agent, int fd)
{
  struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = agent->stop[0], .events = POLLIN } };

  while (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  return fds[1].revents == 0;
}

/* FALSE when the test is over. */
static gboolean
serve (FakeAgent *agent, int fd)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  char buffer[65536];

  for (;;)
    {
      gssize length;
      char *end;

      if (!wait_readable (agent, fd))
        return FALSE;
      length = read (fd, buffer, sizeof buffer);
      if (length <= 0)
        return TRUE;
      g_string_append_len (heard, buffer, length);
      while ((end = strchr (heard->str, '\n')) != NULL)
        {
          g_autofree char *line = g_strndup (heard->str, end - heard->str);

          g_string_erase (heard, 0, end - heard->str + 1);
          if (!take_line (agent, fd, line))
            return TRUE;
        }
      /* A request that is still to come: one that hangs up early. */
      if (strstr (heard->str, "\"hang-up\"") != NULL)
        return TRUE;
    }
}

int
fake_agent_listen_on (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  unlink (path);
  g_strlcpy (name.sun_path, path, sizeof name.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

static void
serve_all (FakeAgent *agent, int listener)
{
  gboolean going = TRUE;

  while (going)
    {
      int fd;

      if (!wait_readable (agent, listener))
        return;
      fd = accept (listener, NULL, NULL);
      going = serve (agent, fd);
      close (fd);
    }
}

static gpointer
run_agent (gpointer data)
{
  FakeAgent *agent = data;
  struct pollfd stop = { .fd = agent->stop[0], .events = POLLIN };
  int listener;

  if (agent->fd >= 0)
    {
      serve (agent, agent->fd);
      return NULL;
    }
  if (poll (&stop, 1, agent->late_ms) != 0)
    return NULL;
  listener = fake_agent_listen_on (agent->path);
  serve_all (agent, listener);
  close (listener);
  return NULL;
}

void
fake_agent_init (FakeAgent *agent, const char *path, FakeAnswer answer, gpointer data)
{
  agent->answer = answer;
  agent->data = data;
  agent->path = path;
  agent->fd = -1;
  g_assert_true (g_unix_open_pipe (agent->stop, FD_CLOEXEC, NULL));
}

void
fake_agent_start (FakeAgent *agent)
{
  agent->thread = g_thread_new ("agent", run_agent, agent);
}

/* Also one that was not started. */
void
fake_agent_stop (FakeAgent *agent)
{
  close (agent->stop[1]);
  g_clear_pointer (&agent->thread, g_thread_join);
  close (agent->stop[0]);
  if (agent->fd >= 0)
    close (agent->fd);
}
