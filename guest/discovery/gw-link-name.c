/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a channel's name, which the host has chosen, to that of its link. */

#include "gw-link-name.h"

#include <limits.h>
#include <string.h>

/* What udev leaves as it is in a link's name. */
#define PLAIN "#+-.:=@_"

/**
 * gw_link_name:
 *
 * Returns: (transfer full) (nullable): the name of a file, in which whatever
 *   is unusual is an underscore; never hidden, and never in another folder. Or
 *   %NULL if @untrusted_name is none at all: empty, longer than a file's name
 *   may be, not UTF-8, or with control characters.
 */
char *
gw_link_name (const char *untrusted_name)
{
  g_autoptr (GString) name = g_string_new (NULL);

  if (*untrusted_name == '\0' || strlen (untrusted_name) > NAME_MAX || !g_utf8_validate (untrusted_name, -1, NULL))
    return NULL;
  for (const char *at = untrusted_name; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (g_unichar_iscntrl (character))
        return NULL;
      if (character >= 0x80 || g_ascii_isalnum (character) || strchr (PLAIN, (int) character) != NULL)
        g_string_append_unichar (name, character);
      else
        g_string_append_c (name, '_');
    }
  if (*name->str == '.')
    *name->str = '_';
  return g_strdup (name->str);
}

/* A port may be asked for by its link: serving the name works without one. */
const char *
gw_link_target (const char *place)
{
  static const char *const folders[] = { "/dev/virtio-ports/", GW_LINK_FOLDER "/" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (g_str_has_prefix (place, folders[i]))
      return place + strlen (folders[i]);
  return place;
}
