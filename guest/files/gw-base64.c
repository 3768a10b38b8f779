/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Base64 from outside, all of it or an error. g_base64_decode() skips what it
 * does not know, and input that is changed is worse than input that is
 * refused. Knows no command. */

#include "gw-base64.h"

/* Line ends are let through as qemu-ga does: encoders of MIME put them in. */
static gboolean
is_base64 (const char *text)
{
  gsize digits = 0;
  gsize padding = 0;

  for (; *text != '\0'; text++)
    if (*text == '=')
      padding++;
    else if (padding == 0 && (g_ascii_isalnum (*text) || *text == '+' || *text == '/'))
      digits++;
    else if (*text != '\n')
      return FALSE;
  return padding <= 2 && (digits + padding) % 4 == 0;
}

/**
 * gw_base64_decode:
 * @name: the argument that holds the text, for the error
 *
 * Returns: (transfer full): the bytes, or %NULL with @error set if the text is
 *   not wholly base64 (RFC 4648, with padding)
 */
GBytes *
gw_base64_decode (const char *untrusted_text, const char *name, GError **error)
{
  gsize size;
  guchar *data;

  if (!is_base64 (untrusted_text))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter '%s' holds no valid base64", name);
      return NULL;
    }
  data = g_base64_decode (untrusted_text, &size);
  return g_bytes_new_take (data, size);
}
