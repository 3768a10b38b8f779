/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-error.h"

G_BEGIN_DECLS

/* What of a tree was not copied, while the rest went on. */
typedef struct
{
  guint64 count;    /* of what should have been */
  GPtrArray *texts; /* of the first ones, and of what was left out on purpose; UTF-8 */
} GwTreeTroubles;

void gw_tree_troubles_add (GwTreeTroubles *troubles, const char *text);
void gw_tree_troubles_mention (GwTreeTroubles *troubles, const char *text);
void gw_tree_troubles_clear (GwTreeTroubles *troubles);

G_END_DECLS
