/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at utmp, or at logind's sessions, whenever that was written to
 * (inotify(7)), and tells what is different from before. */

#include "gw-logins.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-poll.h"
#include "gw-utmp.h"

struct _GwLogins
{
  GwEvents *events;
  char *path;
  int fd;
  GwPollItem *item;
  gboolean is_folder; /* logind's */
  GHashTable *known;  /* key -> GwLogin */
};

/* --- The file ----------------------------------------------------------- */

static gboolean
fail (GError **error, const char *path, int code)
{
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "%s: %s", path, g_strerror (code));
  return FALSE;
}

/**
 * gw_logins_read_file:
 * @bytes: (out) (transfer full): @path's first @most
 */
gboolean
gw_logins_read_file (const char *path, gsize most, guint8 **bytes, gsize *length, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  g_autoptr (GByteArray) read_bytes = g_byte_array_new ();
  guint8 buffer[4096];
  gssize got = 1;

  if (fd < 0)
    return fail (error, path, errno);
  while (got != 0 && read_bytes->len < most)
    {
      got = read (fd, buffer, MIN (sizeof buffer, most - read_bytes->len));
      if (got < 0 && errno != EINTR)
        {
          fail (error, path, errno);
          close (fd);
          return FALSE;
        }
      if (got > 0)
        g_byte_array_append (read_bytes, buffer, got);
    }
  close (fd);
  *bytes = g_byte_array_steal (read_bytes, length);
  return TRUE;
}

static GPtrArray *
read_utmp (const char *path, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  gsize length;

  if (!gw_logins_read_file (path, GW_UTMP_MAX, &bytes, &length, error))
    return NULL;
  return gw_utmp_parse (bytes, length);
}

static void
add_session (GPtrArray *list, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree guint8 *bytes = NULL;
  g_autofree char *text = NULL;
  GwLogin *login;
  gsize length;

  if (!gw_logins_read_file (path, GW_LOGIN_SESSION_MAX, &bytes, &length, NULL))
    return;
  text = g_strndup ((const char *) bytes, length);
  login = gw_login_parse_session (text);
  if (login != NULL)
    g_ptr_array_add (list, login);
}

/* Beside the files there are pipes, NAME.ref, and files that are not whole. */
static GPtrArray *
read_sessions (const char *path, GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, error);
  GPtrArray *list;
  const char *name;

  if (folder == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_login_free);
  while ((name = g_dir_read_name (folder)) != NULL && list->len < GW_LOGIN_SESSIONS_MAX)
    if (strchr (name, '.') == NULL)
      add_session (list, path, name);
  return list;
}

/* Returns: (transfer full) (nullable): who is logged in now, by keys */
static GHashTable *
read_logins (GwLogins *logins, GError **error)
{
  g_autoptr (GPtrArray) list
      = logins->is_folder ? read_sessions (logins->path, error) : read_utmp (logins->path, error);
  GHashTable *table;

  if (list == NULL)
    return NULL;
  table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) gw_login_free);
  g_ptr_array_set_free_func (list, NULL);
  for (guint i = 0; i < list->len; i++)
    g_hash_table_replace (table, gw_login_get_key (list->pdata[i]), list->pdata[i]);
  return table;
}

/* --- What has changed --------------------------------------------------- */

static void
tell (GwEvents *events, const char *name, const GwLogin *login)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "user", login->user);
  json_object_set_string_member (data, "line", login->line);
  if (login->host[0] != '\0')
    json_object_set_string_member (data, "host", login->host);
  json_object_set_int_member (data, "pid", login->pid);
  gw_events_tell_object (events, name, data);
}

static void
tell_missing (GwEvents *events, const char *name, GHashTable *from, GHashTable *other)
{
  GHashTableIter iter;
  gpointer key, login;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &login))
    if (!g_hash_table_contains (other, key))
      tell (events, name, login);
}

static void
look (GwLogins *logins)
{
  GHashTable *now = read_logins (logins, NULL);

  if (now == NULL)
    return;
  tell_missing (logins->events, "user-logged-out", logins->known, now);
  tell_missing (logins->events, "user-logged-in", now, logins->known);
  g_hash_table_unref (logins->known);
  logins->known = now;
}

static void
on_written (guint32 events, gpointer data)
{
  GwLogins *logins = data;
  char buffer[4096];

  while (read (logins->fd, buffer, sizeof buffer) > 0)
    continue;
  look (logins);
}

/* --- Its life ----------------------------------------------------------- */

static gboolean
watch (GwLogins *logins, GError **error)
{
  /* logind puts a file in the place of another. */
  guint32 events = logins->is_folder ? IN_MOVED_TO | IN_DELETE : IN_MODIFY;

  logins->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (logins->fd < 0 || inotify_add_watch (logins->fd, logins->path, events) < 0)
    return fail (error, logins->path, errno);
  logins->item = gw_poll_add (NULL, logins->fd, EPOLLIN, on_written, logins, error);
  if (logins->item == NULL)
    return FALSE;
  /* Who is there already is no event. */
  logins->known = read_logins (logins, error);
  return logins->known != NULL;
}

/**
 * gw_logins_new:
 * @events: where to tell of them; outlives this
 * @path: %GW_UTMP_PATH or %GW_SESSIONS_PATH, but for tests
 */
GwLogins *
gw_logins_new (GwEvents *events, const char *path, GError **error)
{
  g_autoptr (GwLogins) logins = g_new0 (GwLogins, 1);

  logins->events = events;
  logins->path = g_strdup (path);
  logins->is_folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  logins->fd = -1;
  if (!watch (logins, error))
    return NULL;
  return g_steal_pointer (&logins);
}

void
gw_logins_free (GwLogins *logins)
{
  g_clear_pointer (&logins->item, gw_poll_remove);
  if (logins->fd >= 0)
    close (logins->fd);
  g_clear_pointer (&logins->known, g_hash_table_unref);
  g_free (logins->path);
  g_free (logins);
}
