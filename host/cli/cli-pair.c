/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes [HOST:]PORT:HOST:PORT apart, where a /PATH may stand for either side.
 * Whether these are addresses, others see. */

#include "cli-pair.h"

#include <string.h>

/* Cut at colons, but not at those in brackets. */
static GPtrArray *
cut (const char *word)
{
  GPtrArray *fields = g_ptr_array_new_with_free_func (g_free);
  const char *from = word;
  gboolean bracketed = FALSE;

  for (const char *at = word;; at++)
    {
      if (*at == '[' || *at == ']')
        bracketed = *at == '[';
      if (*at != '\0' && (*at != ':' || bracketed))
        continue;
      g_ptr_array_add (fields, g_strndup (from, at - from));
      if (*at == '\0')
        return fields;
      from = at + 1;
    }
}

/* Returns FALSE if they are no address's fields. */
static gboolean
take (GPtrArray *fields, guint first, guint count, char **address)
{
  const char *field = count > 0 ? g_ptr_array_index (fields, first) : "";

  if (count == 1)
    *address = g_strdup (field);
  else if (count == 2 && field[0] == '\0')
    *address = g_strdup_printf ("*:%s", (const char *) g_ptr_array_index (fields, first + 1));
  else if (count == 2 && field[0] != '/')
    *address = g_strdup_printf ("%s:%s", field, (const char *) g_ptr_array_index (fields, first + 1));
  else
    return FALSE;
  return TRUE;
}

/**
 * cli_pair_split:
 * @listen: (out): where to listen; with an empty host, as of ssh, everywhere
 * @connect: (out): where to connect to
 *
 * Returns: whether it has the form
 */
gboolean
cli_pair_split (const char *word, char **listen, char **connect)
{
  g_autoptr (GPtrArray) fields = cut (word);
  const char *last = g_ptr_array_index (fields, fields->len - 1);
  guint tail = last[0] == '/' ? 1 : 2;
  g_autofree char *from = NULL;

  if (fields->len <= tail || !take (fields, 0, fields->len - tail, &from)
      || !take (fields, fields->len - tail, tail, connect))
    return FALSE;
  *listen = g_steal_pointer (&from);
  return TRUE;
}
