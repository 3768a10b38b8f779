/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Closes a socket of datagrams once its peer is silent. A datagram that comes to a
 * port that nobody has is answered by the kernel, and QEMU (chardev/char-udp.c)
 * never reads its socket again after that: the last byte of an answer would make
 * it deaf. Understands no byte. */

#include "gw-linger.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"

static GMutex mutex;
static GCond gone;
static guint lingering;

/* A program that ends waits for them. */
static void
wait_for_all (void)
{
  gint64 deadline_us = g_get_monotonic_time () + 2 * GW_LINGER_MOST_MS * G_GINT64_CONSTANT (1000);

  g_mutex_lock (&mutex);
  while (lingering > 0 && g_cond_wait_until (&gone, &mutex, deadline_us))
    continue;
  g_mutex_unlock (&mutex);
}

static gpointer
wait_for_silence (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  gint64 deadline_us = g_get_monotonic_time () + GW_LINGER_MOST_MS * G_GINT64_CONSTANT (1000);
  struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
  char dropped[64];
  int count;

  do
    {
      count = poll (&poll_fd, 1, GW_LINGER_QUIET_MS);
      if (count > 0)
        (void) recv (fd, dropped, sizeof dropped, MSG_DONTWAIT);
    }
  while ((count > 0 || (count < 0 && errno == EINTR)) && g_get_monotonic_time () < deadline_us);
  close (fd);
  g_mutex_lock (&mutex);
  lingering--;
  g_cond_broadcast (&gone);
  g_mutex_unlock (&mutex);
  return NULL;
}

/**
 * gw_linger:
 * @fd: (transfer full): a socket of datagrams that does not block; it is closed
 *   soon, and before the program ends
 */
void
gw_linger (int fd)
{
  static gsize registered = 0;
  GThread *thread;

  if (g_once_init_enter (&registered))
    g_once_init_leave (&registered, atexit (wait_for_all) == 0 ? 1 : 2);
  g_mutex_lock (&mutex);
  lingering++;
  g_mutex_unlock (&mutex);
  thread = g_thread_try_new ("guestwire-linger", wait_for_silence, GINT_TO_POINTER (fd), NULL);
  if (thread != NULL)
    g_thread_unref (thread);
  else
    wait_for_silence (GINT_TO_POINTER (fd));
}
