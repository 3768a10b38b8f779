/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "wait.h"

/* A folder for the sockets of one test. */
typedef struct
{
  char *folder;
  char *path; /* in it; nothing is there yet */
} SocketPlace;

static inline void
socket_place_open (SocketPlace *place)
{
  place->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_assert_nonnull (place->folder);
  place->path = g_build_filename (place->folder, "a.sock", NULL);
}

static inline void
socket_place_close (SocketPlace *place)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0); /* nothing is left behind */
  g_free (place->path);
  g_free (place->folder);
}

static inline struct sockaddr_un
socket_name (const char *path)
{
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  g_assert_cmpuint (strlen (path), <, sizeof name.sun_path);
  strcpy (name.sun_path, path);
  return name;
}

/* Returns -1 when refused. */
static inline int
socket_connect (const char *path)
{
  struct sockaddr_un name = socket_name (path);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (connect (fd, (struct sockaddr *) &name, sizeof name) == 0)
    return fd;
  close (fd);
  return -1;
}

static inline int
socket_listen (const char *path)
{
  struct sockaddr_un name = socket_name (path);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (listen (fd, 8), ==, 0);
  return fd;
}

static inline gboolean
socket_is_readable (int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

  return poll (&poll_fd, 1, 0) == 1;
}

static inline void
socket_say (int fd, const void *data, gsize length)
{
  g_assert_cmpint (send (fd, data, length, MSG_NOSIGNAL), ==, length);
}

/* Runs the loop until all of @text has come. */
static inline void
socket_hear (int fd, const char *text)
{
  for (gsize at = 0; text[at] != '\0';)
    {
      char buffer[256];
      gssize length;

      wait_until (socket_is_readable (fd));
      length = recv (fd, buffer, MIN (sizeof buffer, strlen (text) - at), 0);
      g_assert_cmpint (length, >, 0);
      g_assert_cmpmem (buffer, length, text + at, length);
      at += length;
    }
}

static inline void
socket_hear_end (int fd)
{
  char byte;

  wait_until (socket_is_readable (fd));
  g_assert_cmpint (recv (fd, &byte, 1, 0), ==, 0);
}
