/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes the elements of character devices out of XML: out of a whole domain's,
 * or one or more that stand alone. Knows where they are and on which line, and
 * nothing of what they mean. No I/O. */

#include "gw-chardev-tree.h"

#include <string.h>

#include "gw-limits.h"

typedef struct
{
  GwChardevTree *tree;
  GPtrArray *outer;   /* of char *: elements around the devices */
  GPtrArray *open;    /* of GwChardevElement: the device that we are in, and what in it */
  GString *os_type;
  gboolean has_root;  /* a <domain> or <devices> was there */
  guint line;         /* of the last "<" */
} Reader;

/* --- Elements ----------------------------------------------------------- */

static void
attribute_free (gpointer data)
{
  GwChardevTreeAttribute *attribute = data;

  g_free (attribute->name);
  g_free (attribute->untrusted_value);
  g_free (attribute);
}

static void
element_free (gpointer data)
{
  GwChardevElement *element = data;

  g_free (element->name);
  g_ptr_array_unref (element->attributes);
  g_ptr_array_unref (element->children);
  g_free (element);
}

void
gw_chardev_tree_free (GwChardevTree *tree)
{
  g_ptr_array_unref (tree->devices);
  g_free (tree->domain_type);
  g_free (tree->os_type);
  g_free (tree);
}

static GwChardevTreeAttribute *
find_attribute (const GwChardevElement *element, const char *name)
{
  for (guint i = 0; i < element->attributes->len; i++)
    {
      GwChardevTreeAttribute *attribute = g_ptr_array_index (element->attributes, i);

      if (g_str_equal (attribute->name, name))
        return attribute;
    }
  return NULL;
}

const char *
gw_chardev_element_look (const GwChardevElement *element, const char *attribute)
{
  GwChardevTreeAttribute *found = find_attribute (element, attribute);

  return found != NULL ? found->untrusted_value : NULL;
}

const char *
gw_chardev_element_take (GwChardevElement *element, const char *attribute)
{
  GwChardevTreeAttribute *found = find_attribute (element, attribute);

  if (found == NULL)
    return NULL;
  found->is_taken = TRUE;
  return found->untrusted_value;
}

static GwChardevElement *
find_child (const GwChardevElement *element, const char *name)
{
  for (guint i = 0; i < element->children->len; i++)
    {
      GwChardevElement *child = g_ptr_array_index (element->children, i);

      if (!child->is_taken && g_str_equal (child->name, name))
        return child;
    }
  return NULL;
}

gboolean
gw_chardev_element_has_child (const GwChardevElement *element, const char *name)
{
  return find_child (element, name) != NULL;
}

/* The first of that name that is not taken yet. */
GwChardevElement *
gw_chardev_element_take_child (GwChardevElement *element, const char *name)
{
  GwChardevElement *child = find_child (element, name);

  if (child != NULL)
    child->is_taken = TRUE;
  return child;
}

/* Text for people, who do not want 4 KiB of it. */
static char *
shorten (const char *text)
{
  const char *end = g_utf8_strlen (text, -1) > GW_CHARDEV_SHOWN_MAX ? g_utf8_offset_to_pointer (text, GW_CHARDEV_SHOWN_MAX) : NULL;

  return end != NULL ? g_strdup_printf ("%.*s…", (int) (end - text), text) : g_strdup (text);
}

/**
 * gw_chardev_element_list_rest:
 * @texts: (element-type utf8): gets a text for each attribute and element that
 *   nobody has taken
 */
void
gw_chardev_element_list_rest (const GwChardevElement *element, GPtrArray *texts)
{
  g_autofree char *name = shorten (element->name);

  for (guint i = 0; i < element->attributes->len; i++)
    {
      const GwChardevTreeAttribute *attribute = g_ptr_array_index (element->attributes, i);
      g_autofree char *shown = shorten (attribute->name);

      if (!attribute->is_taken)
        g_ptr_array_add (texts, g_strdup_printf ("line %u: the attribute '%s' of <%s>", element->line, shown, name));
    }
  for (guint i = 0; i < element->children->len; i++)
    {
      const GwChardevElement *child = g_ptr_array_index (element->children, i);
      g_autofree char *shown = shorten (child->name);

      if (!child->is_taken)
        g_ptr_array_add (texts, g_strdup_printf ("line %u: <%s> in <%s>", child->line, shown, name));
      else
        gw_chardev_element_list_rest (child, texts);
    }
}

/* Returns: (nullable): the first thing that nobody has taken */
char *
gw_chardev_element_describe_rest (const GwChardevElement *element)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  gw_chardev_element_list_rest (element, texts);
  return texts->len > 0 ? g_strdup (g_ptr_array_index (texts, 0)) : NULL;
}

/**
 * gw_chardev_element_fail:
 * @attribute: (nullable): which one it is about
 *
 * Returns: %FALSE, always
 */
gboolean
gw_chardev_element_fail (const GwChardevElement *element, const char *attribute, GError **error, const char *format, ...)
{
  const char *value = attribute != NULL ? gw_chardev_element_look (element, attribute) : NULL;
  g_autofree char *name = shorten (element->name);
  g_autofree char *shown = value != NULL ? shorten (value) : NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (shown != NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: <%s %s='%s'>: %s", element->line, name, attribute, shown, text);
  else if (attribute != NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: <%s> without the attribute '%s': %s", element->line, name,
                 attribute, text);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: <%s>: %s", element->line, name, text);
  return FALSE;
}

/* --- Reading ------------------------------------------------------------ */

static gboolean
is_device (const char *name)
{
  return g_str_equal (name, "serial") || g_str_equal (name, "parallel") || g_str_equal (name, "console")
         || g_str_equal (name, "channel");
}

/* Whether the elements around are these, up to a NULL. */
static gboolean
is_in (const Reader *reader, const char *first, const char *second, const char *third)
{
  const char *const wanted[] = { first, second, third };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      const char *here = i < reader->outer->len ? g_ptr_array_index (reader->outer, i) : NULL;

      if (g_strcmp0 (here, wanted[i]) != 0)
        return FALSE;
    }
  return reader->outer->len <= G_N_ELEMENTS (wanted);
}

static gboolean
is_among_devices (const Reader *reader)
{
  return is_in (reader, NULL, NULL, NULL) || is_in (reader, "devices", NULL, NULL) || is_in (reader, "domain", "devices", NULL);
}

static gboolean
fail_large (const Reader *reader, GError **error, const char *what, guint most)
{
  g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "line %u: %s: %u is the most", reader->line, what, most);
  return FALSE;
}

static gboolean
take_attributes (const Reader *reader, GwChardevElement *element, const char **names, const char **values, GError **error)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      GwChardevTreeAttribute *attribute;

      if (i >= GW_CHARDEV_ATTRIBUTES_MAX)
        return fail_large (reader, error, "too many attributes", GW_CHARDEV_ATTRIBUTES_MAX);
      if (strlen (names[i]) > GW_CHARDEV_TEXT_MAX || strlen (values[i]) > GW_CHARDEV_TEXT_MAX)
        return fail_large (reader, error, "too many bytes in an attribute", GW_CHARDEV_TEXT_MAX);
      if (find_attribute (element, names[i]) != NULL)
        return gw_chardev_element_fail (element, names[i], error, "it is there twice");
      attribute = g_new0 (GwChardevTreeAttribute, 1);
      attribute->name = g_strdup (names[i]);
      attribute->untrusted_value = g_strdup (values[i]);
      g_ptr_array_add (element->attributes, attribute);
    }
  return TRUE;
}

/* Where a new element belongs: among the devices, or into the one that is open. */
static GPtrArray *
place_for (const Reader *reader, GError **error)
{
  GwChardevElement *parent;

  if (reader->open->len == 0)
    {
      if (reader->tree->devices->len < GW_CHARDEVS_MAX)
        return reader->tree->devices;
      fail_large (reader, error, "too many devices", GW_CHARDEVS_MAX);
      return NULL;
    }
  parent = g_ptr_array_index (reader->open, reader->open->len - 1);
  if (reader->open->len < GW_CHARDEV_DEPTH_MAX && parent->children->len < GW_CHARDEV_CHILDREN_MAX)
    return parent->children;
  if (reader->open->len < GW_CHARDEV_DEPTH_MAX)
    fail_large (reader, error, "too many elements in one", GW_CHARDEV_CHILDREN_MAX);
  else
    fail_large (reader, error, "elements too deep in each other", GW_CHARDEV_DEPTH_MAX);
  return NULL;
}

static gboolean
begin_element (Reader *reader, const char *name, const char **names, const char **values, GError **error)
{
  GPtrArray *place = place_for (reader, error);
  GwChardevElement *element;

  if (place == NULL)
    return FALSE;
  if (strlen (name) > GW_CHARDEV_TEXT_MAX)
    return fail_large (reader, error, "too many bytes in an element's name", GW_CHARDEV_TEXT_MAX);
  element = g_new0 (GwChardevElement, 1);
  element->name = g_strdup (name);
  element->line = reader->line;
  element->attributes = g_ptr_array_new_with_free_func (attribute_free);
  element->children = g_ptr_array_new_with_free_func (element_free);
  g_ptr_array_add (place, element);
  g_ptr_array_add (reader->open, element);
  return take_attributes (reader, element, names, values, error);
}

static gboolean
begin_outer (Reader *reader, const char *name, const char **names, const char **values, GError **error)
{
  gboolean is_root = reader->outer->len == 0;

  if (is_root && !g_str_equal (name, "domain") && !g_str_equal (name, "devices"))
    {
      g_autofree char *shown = shorten (name);

      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML,
                   "line %u: <%s>: here a <domain> begins, <devices>, or a <serial>, <parallel>, <console> or <channel>",
                   reader->line, shown);
      return FALSE;
    }
  if (is_root && reader->has_root)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: <%s>: a second machine; convert one at a time",
                   reader->line, name);
      return FALSE;
    }
  if (reader->outer->len >= GW_CHARDEV_OUTER_DEPTH_MAX)
    return fail_large (reader, error, "elements too deep in each other", GW_CHARDEV_OUTER_DEPTH_MAX);
  if (is_root)
    {
      reader->has_root = TRUE;
      for (guint i = 0; names[i] != NULL; i++)
        if (g_str_equal (name, "domain") && g_str_equal (names[i], "type") && reader->tree->domain_type == NULL)
          reader->tree->domain_type = g_strdup (values[i]);
    }
  g_ptr_array_add (reader->outer, g_strdup (name));
  return TRUE;
}

static void
on_start (GMarkupParseContext *context G_GNUC_UNUSED, const char *element, const char **names, const char **values,
          gpointer data, GError **error)
{
  Reader *reader = data;

  if (reader->open->len > 0 || (is_among_devices (reader) && is_device (element)))
    begin_element (reader, element, names, values, error);
  else
    begin_outer (reader, element, names, values, error);
}

static void
on_end (GMarkupParseContext *context G_GNUC_UNUSED, const char *element G_GNUC_UNUSED, gpointer data,
        GError **error G_GNUC_UNUSED)
{
  Reader *reader = data;

  if (reader->open->len > 0)
    g_ptr_array_set_size (reader->open, (int) reader->open->len - 1);
  else
    g_ptr_array_set_size (reader->outer, (int) reader->outer->len - 1);
}

static void
on_text (GMarkupParseContext *context G_GNUC_UNUSED, const char *text, gsize length, gpointer data,
         GError **error G_GNUC_UNUSED)
{
  Reader *reader = data;

  if (reader->open->len == 0 && is_in (reader, "domain", "os", "type") && reader->os_type->len + length <= GW_CHARDEV_TEXT_MAX)
    g_string_append_len (reader->os_type, text, (gssize) length);
}

/* GMarkup tells the line where a tag ends. So it is given the text up to each
 * "<", and the line of that is known. */
static gboolean
feed (GMarkupParseContext *context, Reader *reader, const char *text, gsize length, GError **error)
{
  const char *end = text + length;

  reader->line = 1;
  while (text < end)
    {
      const char *next = memchr (text + 1, '<', (gsize) (end - text - 1));
      gsize step = (gsize) ((next != NULL ? next : end) - text);

      if (!g_markup_parse_context_parse (context, text, (gssize) step, error))
        return FALSE;
      for (gsize i = 0; i < step; i++)
        reader->line += text[i] == '\n' ? 1 : 0;
      text += step;
    }
  return g_markup_parse_context_end_parse (context, error);
}

static gboolean
parse (Reader *reader, const char *text, gsize length, GError **error)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, reader, NULL);
  g_autoptr (GError) problem = NULL;

  if (feed (context, reader, text, length, &problem))
    return TRUE;
  if (problem->domain == GW_ERROR)
    g_propagate_error (error, g_steal_pointer (&problem));
  else
    g_set_error_literal (error, GW_ERROR, GW_ERROR_INVALID_XML, problem->message);
  return FALSE;
}

/* GMarkup passes them on, and what is behind one in a value would be lost unsaid. */
static gboolean
refuse_nul (const char *untrusted_text, gsize length, GError **error)
{
  const char *nul = memchr (untrusted_text, '\0', length);
  guint line = 1;

  if (nul == NULL)
    return TRUE;
  for (const char *at = untrusted_text; at < nul; at++)
    line += *at == '\n';
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_XML, "line %u: XML has no NUL", line);
  return FALSE;
}

/**
 * gw_chardev_tree_parse:
 * @untrusted_text: a domain's XML, or elements of devices in a row
 *
 * Returns: (transfer full): the devices, or %NULL with an error set
 */
GwChardevTree *
gw_chardev_tree_parse (const char *untrusted_text, gsize length, GError **error)
{
  g_autoptr (GwChardevTree) tree = g_new0 (GwChardevTree, 1);
  g_autoptr (GPtrArray) outer = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  g_autoptr (GString) os_type = g_string_new (NULL);
  Reader reader = { .tree = tree, .outer = outer, .open = open, .os_type = os_type };

  tree->devices = g_ptr_array_new_with_free_func (element_free);
  if (length > GW_DOMAIN_XML_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "XML with more than %u bytes", GW_DOMAIN_XML_MAX);
      return NULL;
    }
  if (!refuse_nul (untrusted_text, length, error) || !parse (&reader, untrusted_text, length, error))
    return NULL;
  tree->os_type = os_type->len > 0 ? g_strstrip (g_strdup (os_type->str)) : NULL;
  return g_steal_pointer (&tree);
}
