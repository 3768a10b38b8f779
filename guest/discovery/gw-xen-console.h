/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-hvc.h"
#include "gw-xenstore.h"

G_BEGIN_DECLS

/* One console device of Xen's bus, and what the store says of it. */
typedef struct _GwXenConsole GwXenConsole;

typedef void (*GwXenConsoleFunc) (GwXenConsole *console, gpointer data);

struct _GwXenConsole
{
  char *syspath;
  char *name;       /* NULL while it has none that is good */
  GwHvcPlace place;
  char *devnode;    /* what was announced, or NULL */
  char *announced;  /* and by which name */
  gboolean known;   /* the store has been asked once */

  char *node;
  GwXenstore *store;
  GwXenstoreWatch *watch;
  guint asked;
  gboolean stale;
  guint again;      /* a timer: the store was busy */
  GwXenConsoleFunc changed;
  gpointer data;
};

GwXenConsole *gw_xen_console_new (GwXenstore *store, const char *syspath, const char *node, GwXenConsoleFunc changed,
                                  gpointer data);
void gw_xen_console_free (GwXenConsole *console);
void gw_xen_console_look (GwXenConsole *console);
gboolean gw_xen_console_is_asking (const GwXenConsole *console);
gboolean gw_xen_console_is_bound (const GwXenConsole *console);

G_END_DECLS
