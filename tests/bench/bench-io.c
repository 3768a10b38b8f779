/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench-io.h"

#include <unistd.h>

int bench_patience_ms;

size_t
bench_read (int fd, void *data, size_t length)
{
  int left_ms = bench_patience_ms;
  size_t done = 0;

  while (done < length)
    {
      ssize_t n = read (fd, (char *) data + done, length - done);

      if (n > 0)
        {
          done += (size_t) n;
          left_ms = bench_patience_ms;
        }
      else if (n < 0 || left_ms-- == 0)
        break;
      else
        usleep (1000);
    }
  return done;
}

size_t
bench_write (int fd, const void *data, size_t length)
{
  size_t done = 0;

  while (done < length)
    {
      ssize_t n = write (fd, (const char *) data + done, length - done);

      if (n <= 0)
        break;
      done += (size_t) n;
    }
  return done;
}

int
bench_copy (int from, int to, long long size)
{
  static char data[BENCH_CALL];

  while (size > 0)
    {
      size_t length = size < BENCH_CALL ? (size_t) size : BENCH_CALL;

      if (bench_read (from, data, length) != length || bench_write (to, data, length) != length)
        return -1;
      size -= (long long) length;
    }
  return 0;
}
