/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plays the files of a corpus to a fuzz target, for builds without libFuzzer. */

#include <glib.h>

#include "fuzz.h"

int
main (int argc, char **argv)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;
  guint count = 0;

  if (argc != 2 || (folder = g_dir_open (argv[1], 0, NULL)) == NULL)
    {
      g_printerr ("usage: %s FOLDER\n", argv[0]);
      return 2;
    }
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);
      g_autofree char *data = NULL;
      gsize length;

      if (!g_file_get_contents (path, &data, &length, NULL))
        g_error ("cannot read %s", path);
      LLVMFuzzerTestOneInput ((const guint8 *) data, length);
      count++;
    }
  g_print ("%u inputs\n", count);
  return count > 0 ? 0 : 1;
}
