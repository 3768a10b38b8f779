/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How to reach the host's end of a channel, as text that people type. Only
 * understands the text: opening is gw-connect's business. */

#include "gw-address.h"

#include <limits.h>
#include <string.h>
#include <sys/un.h>

/**
 * GwAddress:
 *
 * How to reach the host's end of a channel. Never changes once made, so any
 * number of threads may share one.
 *
 * Since: 0.1
 */
struct _GwAddress
{
  GObject parent_instance;

  GwAddressKind kind;
  char *text;
  const char *path; /* inside of text */
};

G_DEFINE_TYPE (GwAddress, gw_address, G_TYPE_OBJECT)

typedef struct
{
  GwAddressKind kind;
  const char *prefix;
  const char *form;
  gsize path_max; /* bytes, without the NUL */
} Kind;

static const Kind kinds[] = {
  { GW_ADDRESS_UNIX, "unix:", "unix:PATH", sizeof (((struct sockaddr_un *) NULL)->sun_path) - 1 },
  { GW_ADDRESS_PTY, "pty:", "pty:PATH", PATH_MAX - 1 },
};

static void
gw_address_finalize (GObject *object)
{
  GwAddress *self = GW_ADDRESS (object);

  g_free (self->text);
  G_OBJECT_CLASS (gw_address_parent_class)->finalize (object);
}

static void
gw_address_class_init (GwAddressClass *class)
{
  G_OBJECT_CLASS (class)->finalize = gw_address_finalize;
}

static void
gw_address_init (GwAddress *self G_GNUC_UNUSED)
{
}

static const Kind *
find_kind (const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (text, kinds[i].prefix))
      return &kinds[i];
  return NULL;
}

static void
set_unknown_form (const char *text, GError **error)
{
  g_autoptr (GString) forms = g_string_new (NULL);
  g_autofree char *shown = g_filename_display_name (text);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_string_append_printf (forms, "%s%s", i == 0 ? "" : i + 1 < G_N_ELEMENTS (kinds) ? ", " : " or ", kinds[i].form);
  if (text[0] == '/')
    g_string_append_printf (forms, "; did you mean %s%s?", g_str_has_prefix (text, "/dev/") ? "pty:" : "unix:", shown);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "'%s' is no address: an address is %s", shown, forms->str);
}

static gboolean
check_path (const Kind *kind, const char *path, GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  if (path[0] != '/')
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "%s needs an absolute path, not '%s'", kind->form, shown);
      return FALSE;
    }
  if (strlen (path) > kind->path_max)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
                   "%s can hold a path of at most %" G_GSIZE_FORMAT " bytes, and this one has %" G_GSIZE_FORMAT,
                   kind->form, kind->path_max, strlen (path));
      return FALSE;
    }
  return TRUE;
}

/**
 * gw_address_new:
 * @text: (type filename): the address: `unix:PATH` or `pty:PATH`, with an
 *   absolute path
 * @error: return location for a #GError
 *
 * Understands an address. Whether anything is there shows when it is opened.
 *
 * Returns: (transfer full): a new #GwAddress, or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS set, whose message says what forms there are
 *
 * Since: 0.1
 */
GwAddress *
gw_address_new (const char *text, GError **error)
{
  g_autoptr (GwAddress) self = NULL;
  const Kind *kind;

  g_return_val_if_fail (text != NULL, NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  kind = find_kind (text);
  if (kind == NULL)
    {
      set_unknown_form (text, error);
      return NULL;
    }
  if (!check_path (kind, text + strlen (kind->prefix), error))
    return NULL;

  self = g_object_new (GW_TYPE_ADDRESS, NULL);
  self->kind = kind->kind;
  self->text = g_strdup (text);
  self->path = self->text + strlen (kind->prefix);
  return g_steal_pointer (&self);
}

/**
 * gw_address_get_kind:
 * @address: a #GwAddress
 *
 * Returns: how the address is reached
 *
 * Since: 0.1
 */
GwAddressKind
gw_address_get_kind (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), GW_ADDRESS_UNIX);
  return address->kind;
}

/**
 * gw_address_get_path:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (nullable) (type filename): the absolute path of
 *   the socket or terminal; %NULL for kinds that have none
 *
 * Since: 0.1
 */
const char *
gw_address_get_path (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->path;
}

/**
 * gw_address_to_string:
 * @address: a #GwAddress
 *
 * Returns: (transfer none) (type filename): the address as text, which
 *   gw_address_new() understands
 *
 * Since: 0.1
 */
const char *
gw_address_to_string (GwAddress *address)
{
  g_return_val_if_fail (GW_IS_ADDRESS (address), NULL);
  return address->text;
}
