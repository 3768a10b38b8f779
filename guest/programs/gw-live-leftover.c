/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads pipes whose program has ended, and drops what comes. */

#include "gw-live-leftover.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"

typedef struct
{
  int fd;
  GwPollItem *item;
} Leftover;

static GHashTable *leftovers; /* of Leftover */

static void
on_readable (guint32 events, gpointer data)
{
  Leftover *leftover = data;
  guint8 buffer[GW_FRAME_MAX];
  gssize length = read (leftover->fd, buffer, sizeof buffer);

  if (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)))
    return;
  gw_poll_remove (leftover->item);
  close (leftover->fd);
  g_hash_table_remove (leftovers, leftover);
}

/* @fd: does not block; is closed at its end, or at once where there are too
 * many */
void
gw_live_leftover_read (int fd)
{
  Leftover *leftover = g_new0 (Leftover, 1);

  if (leftovers == NULL)
    leftovers = g_hash_table_new_full (NULL, NULL, g_free, NULL);
  leftover->fd = fd;
  if (g_hash_table_size (leftovers) < GW_LIVE_LEFTOVERS_MAX)
    leftover->item = gw_poll_add (NULL, fd, EPOLLIN, on_readable, leftover, NULL);
  g_hash_table_add (leftovers, leftover);
  if (leftover->item != NULL)
    return;
  close (fd);
  g_hash_table_remove (leftovers, leftover);
}
