/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables for people. */

#include "cli-table.h"

/* Returns: (transfer full): what is shown of @untrusted_text, which may be NULL */
char *
cli_table_cell (const char *untrusted_text)
{
  return untrusted_text != NULL && *untrusted_text != '\0' ? cli_escape (untrusted_text, -1) : g_strdup ("-");
}

static void
append_line (GString *text, const char *const *cells, const glong *widths)
{
  for (guint i = 0; cells[i] != NULL; i++)
    {
      g_string_append (text, cells[i]);
      if (cells[i + 1] != NULL)
        g_string_append_printf (text, "%*s", (int) (widths[i] - g_utf8_strlen (cells[i], -1) + 2), "");
    }
  g_string_append_c (text, '\n');
}

/**
 * cli_print_table:
 * @headings: up to NULL
 * @rows: of as many cells each, of cli_table_cell(), up to NULL
 *
 * Prints nothing where there are no rows.
 *
 * Returns: the exit status
 */
int
cli_print_table (Cli *cli, const char *const *headings, GPtrArray *rows)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree glong *widths = g_new (glong, g_strv_length ((char **) headings));

  for (guint i = 0; headings[i] != NULL; i++)
    {
      widths[i] = g_utf8_strlen (headings[i], -1);
      for (guint j = 0; j < rows->len; j++)
        widths[i] = MAX (widths[i], g_utf8_strlen (((char **) g_ptr_array_index (rows, j))[i], -1));
    }
  if (rows->len > 0)
    append_line (text, headings, widths);
  for (guint i = 0; i < rows->len; i++)
    append_line (text, g_ptr_array_index (rows, i), widths);
  return cli_print (cli, text->str);
}
