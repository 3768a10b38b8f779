/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of the agent say to it, and hear. */

#include "agent-client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-commands.h"
#include "gw-program-store.h"
#include "wait.h"

static void
on_lost (GwVoice *voice, const GError *error, gpointer data)
{
  Client *client = data;

  client->lost = TRUE;
  g_clear_pointer (&client->voice, gw_voice_free);
}

/* Programs of tests keep their output in a folder of their own. */
void
client_open_store (void)
{
  static gboolean is_open;
  g_autoptr (GError) error = NULL;

  if (is_open)
    return;
  is_open = TRUE;
  gw_program_store_open_private (&error);
  g_assert_no_error (error);
  atexit (gw_program_store_close);
}

void
client_open (Client *client)
{
  g_autoptr (GError) error = NULL;
  int fds[2];

  client_open_store ();
  *client = (Client){ .in = g_string_new (NULL) };
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), ==, 0);
  client->fd = fds[1];
  client->slots = gw_slots_new (GW_PORT_SOCKET, NULL, 1);
  client->voice = gw_voice_new (fds[0], client->slots, on_lost, client, &error);
  g_assert_no_error (error);
}

void
client_close (Client *client)
{
  g_clear_pointer (&client->voice, gw_voice_free);
  gw_slots_free (client->slots);
  close (client->fd);
  g_string_free (client->in, TRUE);
}

void
say_bytes (Client *client, const char *text, gsize length)
{
  while (length > 0)
    {
      gssize written = send (client->fd, text, length, MSG_NOSIGNAL);

      if (written < 0)
        g_assert_cmpint (errno, ==, EAGAIN);
      else
        {
          text += written;
          length -= written;
        }
      settle ();
    }
}

void
say (Client *client, const char *text)
{
  say_bytes (client, text, strlen (text));
}

/* Takes in what is there; TRUE if a whole line is. */
static gboolean
has_line (Client *client)
{
  char buffer[65536];
  gssize length;

  while ((length = read (client->fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (client->in, buffer, length);
  if (memchr (client->in->str + client->searched, '\n', client->in->len - client->searched) != NULL)
    return TRUE;
  client->searched = client->in->len;
  return FALSE;
}

/* The next line, without its end. */
char *
hear (Client *client)
{
  gint64 deadline = g_get_monotonic_time () + GW_TEST_DEADLINE_S * G_USEC_PER_SEC;
  char *line;
  gsize length;

  while (!has_line (client))
    {
      g_main_context_iteration (NULL, FALSE);
      if (g_get_monotonic_time () > deadline)
        g_error ("still waiting for a line");
    }
  length = (char *) memchr (client->in->str, '\n', client->in->len) - client->in->str;
  line = g_strndup (client->in->str, length);
  g_string_erase (client->in, 0, length + 1);
  client->searched = 0;
  return line;
}

void
assert_hear (Client *client, const char *expected)
{
  g_autofree char *line = hear (client);

  g_assert_cmpstr (line, ==, expected);
}

/* A ping with a mark, to show that nothing else was answered before. */
void
assert_nothing_else (Client *client)
{
  say (client, "\xff{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":991}}\n");
  assert_hear (client, "\xff{\"return\":991}");
}

/* The value that the next line returns. */
JsonNode *
hear_value (Client *client)
{
  g_autofree char *line = hear (client);
  g_autoptr (JsonNode) node = gw_json_parse (line, -1, NULL);

  g_assert_nonnull (node);
  if (!json_object_has_member (json_node_get_object (node), "return"))
    g_error ("no return: %s", line);
  return json_object_dup_member (json_node_get_object (node), "return");
}

JsonObject *
hear_return (Client *client)
{
  g_autoptr (JsonNode) value = hear_value (client);

  return json_node_dup_object (value);
}

static GPtrArray *
to_list (const char *text)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (list, g_strdup (words[i]));
  return list;
}

/* Names with spaces between, or NULL for no list. */
void
set_policy (const char *allow, const char *block)
{
  g_autoptr (GPtrArray) allow_list = to_list (allow);
  g_autoptr (GPtrArray) block_list = to_list (block);

  gw_commands_set_policy (gw_policy_new (allow_list, block_list));
}
