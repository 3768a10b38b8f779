/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts what went wrong in a tree, and keeps the first of it. */

#include "gw-tree-troubles.h"

#include "gw-limits.h"

/* It is none, but is to be told. */
void
gw_tree_troubles_mention (GwTreeTroubles *troubles, const char *text)
{
  g_autofree char *whole = g_utf8_make_valid (text, -1);
  g_autofree char *cut = g_strndup (whole, GW_TREE_TROUBLE_TEXT_MAX);

  if (troubles->texts == NULL)
    troubles->texts = g_ptr_array_new_with_free_func (g_free);
  if (troubles->texts->len < GW_TREE_TROUBLES_MAX)
    g_ptr_array_add (troubles->texts, g_utf8_make_valid (cut, -1));
}

void
gw_tree_troubles_add (GwTreeTroubles *troubles, const char *text)
{
  troubles->count++;
  gw_tree_troubles_mention (troubles, text);
}

void
gw_tree_troubles_clear (GwTreeTroubles *troubles)
{
  g_clear_pointer (&troubles->texts, g_ptr_array_unref);
}
