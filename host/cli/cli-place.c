/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells DOMAIN:PATH from a path of this host. Only understands the text. */

#include "cli-place.h"

#include <string.h>

/* What stands before the colon of an address. */
static gboolean
is_scheme (const char *text, gsize length)
{
  static const char *const schemes[] = { "unix", "unix-listen", "pty", "pipe", "serial", "tcp", "vsock",
                                         "libvirt", "xen" };

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (strlen (schemes[i]) == length && memcmp (schemes[i], text, length) == 0)
      return TRUE;
  return FALSE;
}

/* The colon between domain and path: the last one in front of a slash that is
 * not an address's own, as in unix:/run/a.sock or libvirt:qemu:///system#vm1. */
static const char *
find_colon (const char *word)
{
  for (const char *at = word + strlen (word); at > word; at--)
    if (at[0] == ':' && at[1] == '/' && at[2] != '/' && !is_scheme (word, at - word))
      return at;
  return NULL;
}

/**
 * cli_place_read:
 * @place: (out): what is meant; to be cleared with cli_place_clear()
 * @word: DOMAIN:PATH with an absolute path, or a path of this host. One that
 *   begins with "/" or "." is always of this host
 */
void
cli_place_read (CliPlace *place, const char *word)
{
  const char *colon = word[0] == '/' || word[0] == '.' ? NULL : find_colon (word);

  place->domain = colon != NULL ? g_strndup (word, colon - word) : NULL;
  place->path = g_strdup (colon != NULL ? colon + 1 : word);
}

void
cli_place_clear (CliPlace *place)
{
  g_clear_pointer (&place->domain, g_free);
  g_clear_pointer (&place->path, g_free);
}
