/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-hvc.h"

G_BEGIN_DECLS

/* What each terminal's link is called, found out once. */
typedef struct
{
  GwHvcPlace place;
  char *link; /* the name of its link, or NULL */
} GwXenMapRow;

GPtrArray *gw_xen_map_new (void);
const char *gw_xen_map_link (GPtrArray *map, guint hvc);
void gw_xen_map_announce (GPtrArray *map, const char *folder);

G_END_DECLS
