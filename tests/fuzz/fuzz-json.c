/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes through gw_json_parse(): what the guard lets pass, json-glib takes
 * and gives back the same. */

#include <string.h>

#include "fuzz.h"
#include "gw-json.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = gw_json_parse ((const char *) data, length, &error);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) again = NULL;

  if (node == NULL)
    {
      /* Only the guard names a byte. */
      if (g_error_matches (error, GW_ERROR, GW_ERROR_INVALID_JSON) && strstr (error->message, " at byte ") == NULL)
        fuzz_fail ("json-glib refused what the guard let pass: %s", error->message);
      return 0;
    }
  text = gw_json_to_string (node, data[0] % 2);
  again = gw_json_parse (text, -1, &error);
  if (again == NULL)
    fuzz_fail ("not parsed again: %s", error->message);
  if (!json_node_equal (node, again))
    fuzz_fail ("parsed again it is another value");
  return 0;
}
