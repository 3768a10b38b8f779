/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes QEMU's command line apart. Knows of one option alone what it means: -chardev
 * has a name. */

#include "gw-qemu-options.h"

#include <string.h>

/**
 * gw_qemu_words:
 * @command_line: as /proc/PID/cmdline has it: a NUL behind each word
 *
 * Returns: (transfer full): the words
 */
char **
gw_qemu_words (const char *command_line, gsize length)
{
  GPtrArray *words = g_ptr_array_new ();

  for (gsize at = 0; at < length; at += strnlen (command_line + at, length - at) + 1)
    g_ptr_array_add (words, g_strndup (command_line + at, length - at));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

/* QEMU's "a=b,c=d": two commas stand for one. The first value may come without
 * its name. */
GHashTable *
gw_qemu_options_split (const char *text, const char *first_name)
{
  GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gboolean is_first = TRUE;

  while (*text != '\0')
    {
      g_autoptr (GString) word = g_string_new (NULL);
      char *equals;

      for (; *text != '\0' && (*text != ',' || text[1] == ','); text++)
        {
          g_string_append_c (word, *text);
          if (*text == ',')
            text++;
        }
      if (*text == ',')
        text++;
      equals = strchr (word->str, '=');
      if (equals != NULL)
        g_hash_table_insert (options, g_strndup (word->str, equals - word->str), g_strdup (equals + 1));
      else
        g_hash_table_insert (options, g_strdup (is_first ? first_name : word->str), g_strdup (is_first ? word->str : "on"));
      is_first = FALSE;
    }
  return options;
}

/* Returns: (transfer full) (nullable): the options of the -chardev with that id, and
 * its kind as "backend" */
GHashTable *
gw_qemu_find_chardev (char **words, const char *id)
{
  for (char **word = words; word[0] != NULL && word[1] != NULL; word++)
    if (g_str_equal (word[0], "-chardev") || g_str_equal (word[0], "--chardev"))
      {
        g_autoptr (GHashTable) options = gw_qemu_options_split (word[1], "backend");

        if (g_strcmp0 (g_hash_table_lookup (options, "id"), id) == 0)
          return g_steal_pointer (&options);
      }
  return NULL;
}

gboolean
gw_qemu_options_is_on (GHashTable *options, const char *name)
{
  const char *value = g_hash_table_lookup (options, name);

  return value != NULL && (g_str_equal (value, "on") || g_str_equal (value, "yes") || g_str_equal (value, "true"));
}
