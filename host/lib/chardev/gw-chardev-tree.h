/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-chardev-private.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;
  char *untrusted_value;
  gboolean is_taken;
} GwChardevTreeAttribute;

/* An element of XML. What a reader has understood of it is taken; what is left
 * was not. */
typedef struct GwChardevElement
{
  char *name;
  guint line;
  gboolean is_taken;
  GPtrArray *attributes; /* of GwChardevTreeAttribute */
  GPtrArray *children;   /* of GwChardevElement */
} GwChardevElement;

/* What a text has of devices, and what it says of the domain that they are in. */
typedef struct
{
  GPtrArray *devices; /* of GwChardevElement */
  char *domain_type;  /* NULL outside of a <domain> */
  char *os_type;
} GwChardevTree;

GwChardevTree *gw_chardev_tree_parse (const char *untrusted_text, gsize length, GError **error);
void gw_chardev_tree_free (GwChardevTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwChardevTree, gw_chardev_tree_free)

const char *gw_chardev_element_look (const GwChardevElement *element, const char *attribute);
const char *gw_chardev_element_take (GwChardevElement *element, const char *attribute);
gboolean gw_chardev_element_has_child (const GwChardevElement *element, const char *name);
GwChardevElement *gw_chardev_element_take_child (GwChardevElement *element, const char *name);
char *gw_chardev_element_describe_rest (const GwChardevElement *element);
void gw_chardev_element_list_rest (const GwChardevElement *element, GPtrArray *texts);
gboolean gw_chardev_element_fail (const GwChardevElement *element, const char *attribute, GError **error,
                                  const char *format, ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
