/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes that nobody can foresee, from the kernel. */

#include "gw-random.h"

#include <errno.h>
#include <sys/random.h>

/* @user_data: not used; this is a function for GwSessionSettings. */
void
gw_random_fill (guint8 *bytes, gsize length, gpointer user_data)
{
  while (length > 0)
    {
      gssize got = getrandom (bytes, length, 0);

      if (got < 0 && errno != EINTR)
        g_error ("getrandom: %s", g_strerror (errno));
      bytes += MAX (got, 0);
      length -= MAX (got, 0);
    }
}

/* 62 bits, so that it is a positive number in every JSON library. */
gint64
gw_random_number (void)
{
  guint64 bits;

  gw_random_fill ((guint8 *) &bits, sizeof bits, NULL);
  return (gint64) (bits >> 2);
}
