/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads character devices from XML: tells in which form each is written, and
 * has it read by who knows that form. */

#include "gw-chardev-read.h"

#include <string.h>

GwChardevDevice
gw_chardev_device_of (const GwChardevElement *element)
{
  for (GwChardevDevice i = GW_CHARDEV_DEVICE_SERIAL; i < GW_CHARDEV_DEVICE_CHANNEL; i++)
    if (g_str_equal (element->name, gw_chardev_device_to_string (i)))
      return i;
  return GW_CHARDEV_DEVICE_CHANNEL;
}

/* --- Which form --------------------------------------------------------- */

/* What an element alone tells. The RFC has no <serial> and no <channel>. */
static gboolean
tell_form (const GwChardevElement *element, GwChardevForm *form, GError **error)
{
  GwChardevDevice device = gw_chardev_device_of (element);
  gboolean is_rfc = gw_chardev_rfc_claims (element);
  gboolean is_libvirt = gw_chardev_libvirt_claims (element);

  if (is_rfc && is_libvirt)
    return gw_chardev_element_fail (element, NULL, error,
                                    "this is partly in the RFC's form (<listen>, <connect>, <sendto>, <bind>; path, port "
                                    "and pty as attributes) and partly in libvirt's (<source>, <target>, …)");
  if (is_libvirt || (!is_rfc && (device == GW_CHARDEV_DEVICE_SERIAL || device == GW_CHARDEV_DEVICE_CHANNEL)))
    *form = GW_CHARDEV_FORM_LIBVIRT;
  else
    *form = is_rfc ? GW_CHARDEV_FORM_RFC : GW_CHARDEV_FORM_ANY;
  return TRUE;
}

/* What cannot be told by itself is written as its neighbours are, if these are
 * all in one form. */
static gboolean
find_hint (const GwChardevTree *tree, GwChardevForm *hint, GError **error)
{
  gboolean is_mixed = FALSE;

  *hint = GW_CHARDEV_FORM_ANY;
  for (guint i = 0; i < tree->devices->len; i++)
    {
      GwChardevForm form;

      if (!tell_form (g_ptr_array_index (tree->devices, i), &form, error))
        return FALSE;
      is_mixed = is_mixed || (form != GW_CHARDEV_FORM_ANY && *hint != GW_CHARDEV_FORM_ANY && form != *hint);
      if (form != GW_CHARDEV_FORM_ANY)
        *hint = form;
    }
  if (is_mixed)
    *hint = GW_CHARDEV_FORM_ANY;
  return TRUE;
}

static gboolean
choose_form (const GwChardevElement *element, GwChardevForm hint, GwChardevForm *form, GError **error)
{
  if (!tell_form (element, form, error))
    return FALSE;
  if (*form == GW_CHARDEV_FORM_ANY)
    *form = hint;
  /* A parallel port is the same in both. */
  if (*form == GW_CHARDEV_FORM_ANY && gw_chardev_device_of (element) == GW_CHARDEV_DEVICE_PARALLEL)
    *form = GW_CHARDEV_FORM_LIBVIRT;
  if (*form != GW_CHARDEV_FORM_ANY)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_AMBIGUOUS,
               "line %u: <console> may be in the RFC's form, where it is a serial port, or in libvirt's, where it may be "
               "another kind of console: nothing here tells which",
               element->line);
  return FALSE;
}

/* --- Reading ------------------------------------------------------------ */

/* Whoever asked for a form may have asked for the wrong one. */
static void
add_advice (const GwChardevElement *element, GwChardevForm form, GError **error)
{
  gboolean is_rfc = gw_chardev_rfc_claims (element);
  gboolean is_libvirt = gw_chardev_libvirt_claims (element);
  g_autofree char *text = NULL;

  if (error == NULL || is_rfc == is_libvirt || is_rfc == (form == GW_CHARDEV_FORM_RFC))
    return;
  text = g_strdup_printf ("%s; it looks as in %s form, and was to be read in %s", (*error)->message,
                          is_rfc ? "the RFC's" : "libvirt's", is_rfc ? "libvirt's" : "the RFC's");
  g_free ((*error)->message);
  (*error)->message = g_steal_pointer (&text);
}

static GwChardev *
read_device (GwChardevElement *element, GwChardevForm form, GError **error)
{
  GwChardev *device = form == GW_CHARDEV_FORM_RFC ? gw_chardev_rfc_read (element, error) : gw_chardev_libvirt_read (element, error);

  if (device != NULL)
    {
      const char *type = gw_chardev_element_look (element, "type");

      device->origin = type != NULL ? g_strdup_printf ("<%s type='%s'>", element->name, type) : g_strdup_printf ("<%s>", element->name);
    }
  return device;
}

static gboolean
read_devices (const GwChardevTree *tree, GwChardevForm form, GPtrArray *devices, GError **error)
{
  GwChardevForm hint = form;

  if (form == GW_CHARDEV_FORM_ANY && !find_hint (tree, &hint, error))
    return FALSE;
  for (guint i = 0; i < tree->devices->len; i++)
    {
      GwChardevElement *element = g_ptr_array_index (tree->devices, i);
      GwChardevForm used = form;
      GwChardev *device;

      if (form == GW_CHARDEV_FORM_ANY && !choose_form (element, hint, &used, error))
        return FALSE;
      device = read_device (element, used, error);
      if (device == NULL)
        {
          add_advice (element, used, error);
          return FALSE;
        }
      g_ptr_array_add (devices, device);
    }
  return TRUE;
}

/**
 * gw_chardev_read_xml:
 * @xml: a domain's XML; its `<devices>`; or a `<serial>`, `<parallel>`,
 *   `<console>` or `<channel>`, or several in a row. It may be anybody's
 * @length: how many bytes it has, or -1 where it ends with a NUL
 * @form: the form it is in; with %GW_CHARDEV_FORM_ANY each device is looked at
 *
 * Reads character devices, in libvirt's form and in that of the RFC of 2007,
 * where a `<console>` is a serial port. Serial and parallel ports without a
 * number get one as libvirt 9.0 counts. The `<console>` that libvirt adds for the first
 * `<serial>` is that one, and is not told.
 *
 * Errors name the line, the element and the attribute. %GW_ERROR_AMBIGUOUS is a
 * `<console>` that could be in either form: ask for @form.
 *
 * Returns: (transfer container) (element-type GwChardev): the devices, in their
 *   order, or %NULL with an error set: %GW_ERROR_INVALID_XML,
 *   %GW_ERROR_AMBIGUOUS, %GW_ERROR_TOO_LARGE
 *
 * Since: 0.1
 */
GPtrArray *
gw_chardev_read_xml (const char *xml, gssize length, GwChardevForm form, GError **error)
{
  g_autoptr (GwChardevTree) tree = NULL;
  g_autoptr (GPtrArray) devices = NULL;

  g_return_val_if_fail (xml != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  tree = gw_chardev_tree_parse (xml, length < 0 ? strlen (xml) : (gsize) length, error);
  if (tree == NULL)
    return NULL;
  devices = g_ptr_array_new_with_free_func (g_object_unref);
  if (!read_devices (tree, form, devices, error) || !gw_chardev_finish (tree, devices, error))
    return NULL;
  return g_steal_pointer (&devices);
}
