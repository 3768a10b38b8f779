/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev-tree.h"

G_BEGIN_DECLS

/* Take an attribute, check it, and keep it. Where it is missing, *value stays as
 * it was, unless it has to be there. */

typedef enum
{
  GW_CHARDEV_MAY_BE_MISSING,
  GW_CHARDEV_HAS_TO_BE,
} GwChardevNeed;

gboolean gw_chardev_take_text (GwChardevElement *element, const char *name, GwChardevNeed need, char **value, GError **error);
gboolean gw_chardev_take_path (GwChardevElement *element, const char *name, GwChardevNeed need, gsize most, char **value,
                               GError **error);
gboolean gw_chardev_take_port_of_host (GwChardevElement *element, const char *name, char **value, GError **error);
gboolean gw_chardev_take_host (GwChardevElement *element, const char *name, GwChardevNeed need, char **value, GError **error);
gboolean gw_chardev_take_service (GwChardevElement *element, const char *name, GwChardevNeed need, guint least, char **value,
                                  GError **error);
gboolean gw_chardev_take_number (GwChardevElement *element, const char *name, GwChardevNeed need, guint least, guint most,
                                 int *value, GError **error);
gboolean gw_chardev_take_hex (GwChardevElement *element, const char *name, guint64 most, char **value, GError **error);
gboolean gw_chardev_take_switch (GwChardevElement *element, const char *name, const char *on, const char *off,
                                 GwChardevSwitch *value, GError **error);

G_END_DECLS
