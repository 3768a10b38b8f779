/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks what attributes say: paths, hosts, ports, numbers. Knows no form of
 * XML and no hypervisor, only what none of them could use. */

#include "gw-chardev-check.h"

#include <string.h>

#include "gw-limits.h"

static gboolean
is_printable (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text))
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return FALSE;
  return TRUE;
}

/* Returns FALSE where there is nothing to keep; then @is_fine tells whether that is right. */
static gboolean
begin (GwChardevElement *element, const char *name, GwChardevNeed need, const char **untrusted_text, gboolean *is_fine,
       GError **error)
{
  *untrusted_text = gw_chardev_element_take (element, name);
  *is_fine = TRUE;
  if (*untrusted_text == NULL)
    {
      if (need == GW_CHARDEV_HAS_TO_BE)
        *is_fine = gw_chardev_element_fail (element, name, error, "it has to be there");
      return FALSE;
    }
  if (!is_printable (*untrusted_text))
    {
      *is_fine = gw_chardev_element_fail (element, name, error, "control characters are refused");
      return FALSE;
    }
  return TRUE;
}

static void
keep (char **value, const char *text)
{
  g_free (*value);
  *value = g_strdup (text);
}

gboolean
gw_chardev_take_text (GwChardevElement *element, const char *name, GwChardevNeed need, char **value, GError **error)
{
  const char *text;
  gboolean is_fine;

  if (!begin (element, name, need, &text, &is_fine, error))
    return is_fine;
  if (*text == '\0')
    return gw_chardev_element_fail (element, name, error, "it is empty");
  keep (value, text);
  return TRUE;
}

/**
 * gw_chardev_take_path:
 * @most: how many bytes it may have
 */
gboolean
gw_chardev_take_path (GwChardevElement *element, const char *name, GwChardevNeed need, gsize most, char **value, GError **error)
{
  const char *path;
  gboolean is_fine;

  if (!begin (element, name, need, &path, &is_fine, error))
    return is_fine;
  /* The hypervisor's folder is not the one where this was written. */
  if (path[0] != '/')
    return gw_chardev_element_fail (element, name, error, "the path has to be absolute: it has to begin with '/'");
  if (strlen (path) > most)
    return gw_chardev_element_fail (element, name, error,
                                    "such a path has %" G_GSIZE_FORMAT " bytes at most, and this one has %" G_GSIZE_FORMAT,
                                    most, strlen (path));
  keep (value, path);
  return TRUE;
}

/* COM1 on a host with Windows. */
static gboolean
is_com (const char *text)
{
  return g_str_has_prefix (text, "COM") && text[3] != '0'
         && g_ascii_string_to_unsigned (text + 3, 10, 1, GW_CHARDEV_HOST_PORT_MAX, NULL, NULL);
}

gboolean
gw_chardev_take_port_of_host (GwChardevElement *element, const char *name, char **value, GError **error)
{
  const char *text = gw_chardev_element_look (element, name);

  if (text != NULL && is_com (text))
    return gw_chardev_take_text (element, name, GW_CHARDEV_HAS_TO_BE, value, error);
  return gw_chardev_take_path (element, name, GW_CHARDEV_HAS_TO_BE, GW_CHARDEV_PATH_MAX, value, error);
}

/* --- Hosts -------------------------------------------------------------- */

static gboolean
is_ipv6 (const char *text)
{
  g_autofree char *number = g_strndup (text, strcspn (text, "%"));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (number);
  const char *scope = text + strlen (number);

  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6)
    return FALSE;
  return *scope == '\0' || (scope[1] != '\0' && strpbrk (scope + 1, "%/,=@ \"'[]") == NULL);
}

/* Numbers and dots alone are an address, and a wrong one is no name. */
static gboolean
is_name_or_ipv4 (const char *text)
{
  if (strspn (text, "0123456789.") == strlen (text))
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

      return address != NULL;
    }
  for (const char *at = text; *at != '\0'; at++)
    if ((guchar) *at < 0x80 && !g_ascii_isalnum (*at) && strchr ("-._", *at) == NULL)
      return FALSE;
  return strlen (text) <= GW_CHARDEV_HOST_MAX && text[0] != '-' && text[0] != '.';
}

/* Empty is any address of this machine. Brackets around an IPv6 address belong
 * to how it is written beside a port, and not to it. */
gboolean
gw_chardev_take_host (GwChardevElement *element, const char *name, GwChardevNeed need, char **value, GError **error)
{
  g_autofree char *host = NULL;
  const char *text;
  gboolean is_fine;
  gsize length;

  if (!begin (element, name, need, &text, &is_fine, error))
    return is_fine;
  length = strlen (text);
  host = length > 2 && text[0] == '[' && text[length - 1] == ']' ? g_strndup (text + 1, length - 2) : g_strdup (text);
  if (strchr (host, ':') != NULL ? !is_ipv6 (host) : *host != '\0' && !is_name_or_ipv4 (host))
    return gw_chardev_element_fail (element, name, error, "this is neither an address nor a host's name");
  keep (value, host);
  return TRUE;
}

/* A letter, then letters, digits and hyphens, 15 at most (RFC 6335). */
static gboolean
is_service_name (const char *text)
{
  if (!g_ascii_isalpha (text[0]) || strlen (text) > 15)
    return FALSE;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && *text != '-')
      return FALSE;
  return TRUE;
}

/**
 * gw_chardev_take_service:
 * @least: 0 where any port will do, else 1
 */
gboolean
gw_chardev_take_service (GwChardevElement *element, const char *name, GwChardevNeed need, guint least, char **value,
                         GError **error)
{
  const char *text;
  gboolean is_fine;
  guint64 number;

  if (!begin (element, name, need, &text, &is_fine, error))
    return is_fine;
  g_clear_pointer (value, g_free);
  if (g_ascii_string_to_unsigned (text, 10, least, 65535, &number, NULL))
    *value = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  else if (is_service_name (text))
    *value = g_strdup (text);
  else
    return gw_chardev_element_fail (element, name, error, "a port is a number from %u to 65535, or the name of a service",
                                    least);
  return TRUE;
}

/* --- Numbers and switches ----------------------------------------------- */

gboolean
gw_chardev_take_number (GwChardevElement *element, const char *name, GwChardevNeed need, guint least, guint most, int *value,
                        GError **error)
{
  const char *text;
  gboolean is_fine;
  guint64 number;

  if (!begin (element, name, need, &text, &is_fine, error))
    return is_fine;
  if (!g_ascii_string_to_unsigned (text, 10, least, most, &number, NULL))
    return gw_chardev_element_fail (element, name, error, "it is a number from %u to %u", least, most);
  *value = (int) number;
  return TRUE;
}

/**
 * gw_chardev_take_hex:
 *
 * Takes a number to base 16, with 0x before it or not: so libvirt reads those of
 * addresses on buses.
 */
gboolean
gw_chardev_take_hex (GwChardevElement *element, const char *name, guint64 most, char **value, GError **error)
{
  const char *text;
  gboolean is_fine;
  guint64 number;

  if (!begin (element, name, GW_CHARDEV_MAY_BE_MISSING, &text, &is_fine, error))
    return is_fine;
  if (g_ascii_strncasecmp (text, "0x", 2) == 0)
    text += 2;
  if (!g_ascii_string_to_unsigned (text, 16, 0, most, &number, NULL))
    return gw_chardev_element_fail (element, name, error,
                                    "it is a hexadecimal number from 0x0 to 0x%" G_GINT64_MODIFIER "x, with 0x before it or not", most);
  g_free (*value);
  *value = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", number);
  return TRUE;
}

gboolean
gw_chardev_take_switch (GwChardevElement *element, const char *name, const char *on, const char *off, GwChardevSwitch *value,
                        GError **error)
{
  const char *text = gw_chardev_element_take (element, name);

  if (text == NULL)
    return TRUE;
  if (g_str_equal (text, on))
    *value = GW_CHARDEV_SWITCH_ON;
  else if (g_str_equal (text, off))
    *value = GW_CHARDEV_SWITCH_OFF;
  else
    return gw_chardev_element_fail (element, name, error, "it is '%s' or '%s'", on, off);
  return TRUE;
}
