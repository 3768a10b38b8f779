/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file in the guest, for tests of its way to and from a host in frames. */

#include "transfer-place.h"

#include <glib/gstdio.h>
#include <string.h>

#include "gw-digest.h"

void
place_open (Place *place)
{
  place->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "file", NULL);
  host_open (&place->host, GW_PORT_SOCKET);
}

guint
count_files (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
  guint count = 0;

  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

void
place_close (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->folder, 0, NULL);
  const char *name;

  host_close (&place->host);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (place->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (place->folder);
  g_free (place->folder);
  g_free (place->path);
}

void
assert_content (Place *place, const void *data, gsize length)
{
  g_autofree char *content = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (place->path, &content, &size, NULL));
  g_assert_cmpmem (content, size, data, length);
}

char *
digest_of (const void *data, gsize length)
{
  g_autoptr (GwDigest) digest = gw_digest_new (GW_DIGEST_XXH64);

  gw_digest_add (digest, data, length);
  return gw_digest_dup_text (digest);
}

guint8 *
make_noise (gsize length)
{
  guint8 *data = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    data[i] = i * 7 + i / 251 + 1;
  return data;
}
