/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev-tree.h"

G_BEGIN_DECLS

/* A form of XML: how an element in it is told, and read. */

gboolean gw_chardev_rfc_claims (const GwChardevElement *element);
GwChardev *gw_chardev_rfc_read (GwChardevElement *element, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean gw_chardev_libvirt_claims (const GwChardevElement *element);
GwChardev *gw_chardev_libvirt_read (GwChardevElement *element, GError **error) G_GNUC_WARN_UNUSED_RESULT;

GwChardevDevice gw_chardev_device_of (const GwChardevElement *element);
gboolean gw_chardev_finish (const GwChardevTree *tree, GPtrArray *devices, GError **error);

G_END_DECLS
