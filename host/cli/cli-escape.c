/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text that comes from a guest never reaches a terminal with its control
 * characters: they could move the cursor, set titles or type commands. */

#include "cli-escape.h"

#include <string.h>

/* Besides the control characters (C0, DEL, C1): what reorders or hides the
 * text around it, as overrides of direction do, and line separators. */
static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
      return FALSE;
    default:
      return TRUE;
    }
}

/**
 * cli_escape:
 * @untrusted_text: any bytes
 * @length: how many, or -1 if they end in NUL
 *
 * Returns: (transfer full): one line of valid UTF-8 in which nothing acts on a
 *   terminal: other bytes are `\xNN`, other characters `\u{N}`
 */
char *
cli_escape (const char *untrusted_text, gssize length)
{
  const char *at = untrusted_text;
  const char *end = at + (length < 0 ? strlen (at) : (gsize) length);
  GString *text = g_string_new (NULL);

  while (at < end)
    {
      gunichar c = g_utf8_get_char_validated (at, end - at);

      if (c >= (gunichar) -2 || c < 0x20 || c == 0x7F)
        {
          g_string_append_printf (text, "\\x%02x", (guchar) *at);
          at++;
          continue;
        }
      if (is_harmless (c))
        g_string_append_unichar (text, c);
      else
        g_string_append_printf (text, "\\u{%x}", c);
      at = g_utf8_next_char (at);
    }
  return g_string_free (text, FALSE);
}

/**
 * cli_escape_json:
 * @untrusted_json: JSON text as json-glib writes it, with line ends
 *
 * Returns: (transfer full): the same value, in which nothing acts on a
 *   terminal
 */
char *
cli_escape_json (const char *untrusted_json)
{
  GString *text = g_string_new (NULL);

  for (const char *at = untrusted_json; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      /* All of them can only stand in strings. */
      if (c == '\n' || is_harmless (c))
        g_string_append_unichar (text, c);
      else if (c < 0x10000)
        g_string_append_printf (text, "\\u%04x", c);
      else
        g_string_append_printf (text, "\\u%04x\\u%04x", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF));
    }
  return g_string_free (text, FALSE);
}
