/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Small things that may be done between a fork and an exec, when another
 * thread may have held any lock: async-signal-safe all of them. */

#include "gw-fork-safe.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Descriptors above this are not looked for where there is no close_range(2)
 * (Linux 5.9): the agent's own bounds keep it below. */
#define OLD_KERNEL_FDS 4096

/* Writes @number in decimal; returns how long it is. */
gsize
gw_fork_safe_put_number (char *text, gint64 number)
{
  char digits[20];
  gsize n = 0;
  gsize length = 0;
  guint64 rest = number < 0 ? -(guint64) number : (guint64) number;

  do
    digits[n++] = '0' + rest % 10;
  while ((rest /= 10) > 0);
  if (number < 0)
    text[length++] = '-';
  while (n > 0)
    text[length++] = digits[--n];
  return length;
}

void
gw_fork_safe_write (int fd, const void *data, gsize length)
{
  const char *at = data;

  while (length > 0)
    {
      gssize written = write (fd, at, length);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return;
      at += written;
      length -= written;
    }
}

void
gw_fork_safe_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
close_between (unsigned int first, unsigned int last)
{
  if (first > last)
    return;
  if (syscall (SYS_close_range, first, last, 0) == 0)
    return;
  for (unsigned int fd = first; fd <= last && fd < OLD_KERNEL_FDS; fd++)
    close (fd);
}

/**
 * gw_fork_safe_close_all_but:
 * @kept: descriptors, or -1; sorted here
 *
 * Closes all descriptors but the standard files and @kept. Above all the
 * agent's channels: one of them held open could not be opened again.
 */
void
gw_fork_safe_close_all_but (int *kept, gsize n)
{
  unsigned int next = STDERR_FILENO + 1;

  for (gsize i = 1; i < n; i++)
    for (gsize j = i; j > 0 && kept[j - 1] > kept[j]; j--)
      {
        int other = kept[j];

        kept[j] = kept[j - 1];
        kept[j - 1] = other;
      }
  for (gsize i = 0; i < n; i++)
    if (kept[i] > STDERR_FILENO)
      {
        close_between (next, kept[i] - 1);
        next = kept[i] + 1;
      }
  close_between (next, ~0u);
}
