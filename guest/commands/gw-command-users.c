/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-get-users: who is logged in, by utmp. The file is read as it is: what
 * getutxent(3) does waits for a lock that any user can hold. */

#include "gw-command-users.h"

#include <string.h>
#include <utmpx.h>

#include "gw-command.h"
#include "gw-limits.h"

static const char *file = "/var/run/utmp";

/**
 * gw_command_users_set_file:
 * @path: what to read in the place of utmp; not copied
 */
void
gw_command_users_set_file (const char *path)
{
  file = path;
}

/* Since when: the first of all logins. */
static void
add_login (GHashTable *users, JsonArray *list, const struct utmpx *login)
{
  g_autofree char *bytes = g_strndup (login->ut_user, sizeof login->ut_user);
  g_autofree char *name = g_utf8_make_valid (bytes, -1);
  double since = login->ut_tv.tv_sec + login->ut_tv.tv_usec / 1e6;
  JsonObject *user = g_hash_table_lookup (users, name);

  if (user == NULL && g_hash_table_size (users) < GW_USERS_MAX)
    {
      user = json_object_new ();
      json_object_set_string_member (user, "user", name);
      json_object_set_double_member (user, "login-time", since);
      json_array_add_object_element (list, user);
      g_hash_table_insert (users, g_steal_pointer (&name), user);
    }
  else if (user != NULL && since < json_object_get_double_member (user, "login-time"))
    json_object_set_double_member (user, "login-time", since);
}

/* A system without the file has nobody logged in, or does not say. */
static void
run_get_users (GwCall *call, JsonObject *arguments)
{
  g_autoptr (GHashTable) users = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (JsonArray) list = json_array_new ();
  g_autofree char *bytes = NULL;
  gsize length = 0;

  g_file_get_contents (file, &bytes, &length, NULL);
  for (gsize at = 0; at + sizeof (struct utmpx) <= length; at += sizeof (struct utmpx))
    {
      struct utmpx login;

      memcpy (&login, bytes + at, sizeof login);
      if (login.ut_type == USER_PROCESS)
        add_login (users, list, &login);
    }
  gw_call_return (call, json_node_init_array (json_node_alloc (), list));
}

const GwCommand gw_commands_users[] = {
  { "guest-get-users", "Return who is logged in, and since when", "2.10", GW_COMMAND_PLAIN, run_get_users, { { NULL } } },
  { NULL },
};
