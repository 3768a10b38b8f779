/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One test for each row of a table. Knows of a row that it has a name. */
#pragma once

#include <glib.h>

static inline void
add_row (const char *prefix, const char *name, gconstpointer row, GTestDataFunc test)
{
  g_autofree char *path = g_strconcat (prefix, name, NULL);

  g_test_add_data_func (path, row, test);
}

/* @prefix ends with a slash; @test gets the address of its row. */
#define ADD_ROWS(prefix, rows, test)                                                                                   \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    for (gsize row_ = 0; row_ < G_N_ELEMENTS (rows); row_++)                                                           \
      add_row (prefix, (rows)[row_].name, &(rows)[row_], test);                                                        \
  }                                                                                                                    \
  G_STMT_END
