/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that a client in this process has run by the agent. Tests alone. */

#include "agent-program.h"

#include <string.h>

#include "wait.h"

gint64
program_start (Client *client, const char *arguments)
{
  g_autofree char *request = g_strdup_printf ("{\"execute\":\"guest-exec\",\"arguments\":%s}", arguments);
  g_autoptr (JsonObject) result = NULL;

  say (client, request);
  result = hear_return (client);
  return json_object_get_int_member (result, "pid");
}

JsonObject *
program_status (Client *client, gint64 pid)
{
  g_autofree char *request
      = g_strdup_printf ("{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":%" G_GINT64_FORMAT "}}", pid);

  say (client, request);
  return hear_return (client);
}

JsonObject *
program_wait (Client *client, gint64 pid)
{
  gint64 deadline = g_get_monotonic_time () + GW_TEST_DEADLINE_S * G_USEC_PER_SEC;

  for (;;)
    {
      g_autoptr (JsonObject) result = program_status (client, pid);

      if (json_object_get_boolean_member (result, "exited"))
        return g_steal_pointer (&result);
      g_assert_cmpuint (json_object_get_size (result), ==, 1);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
    }
}

JsonObject *
program_run (Client *client, const char *arguments)
{
  return program_wait (client, program_start (client, arguments));
}

void
assert_output (JsonObject *result, const char *member, const char *expected)
{
  const char *text = json_object_get_string_member_with_default (result, member, NULL);
  gsize length = 0;
  g_autofree guchar *data = text != NULL ? g_base64_decode (text, &length) : NULL;

  g_assert_cmpmem (data, length, expected, expected != NULL ? strlen (expected) : 0);
}
