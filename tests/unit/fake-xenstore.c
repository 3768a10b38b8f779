/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A store of Xen's for tests: a tree, watches, and the quirks of real ones. */

#include "fake-xenstore.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-xenstore-wire.h"

typedef struct
{
  guint32 type, id, transaction, length;
} Header;

typedef struct
{
  int fd;
  gboolean is_first;
  GPtrArray *watches; /* of char**: path, token */
} Connection;

struct _FakeXenstore
{
  FakeXenstoreWays ways;
  char *folder;
  char *path;
  int listen_fd;
  int stop_fd;
  GThread *thread;
  GMutex lock; /* of all below */
  GCond accepted;
  gboolean was_accepted; /* anybody, ever */
  GTree *values;
  GHashTable *owners;
  GHashTable *refused; /* path -> the error that the next request for it gets */
  GPtrArray *connections;
};

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  close (connection->fd);
  g_ptr_array_unref (connection->watches);
  g_free (connection);
}

static void
say (FakeXenstore *fake, Connection *connection, guint32 type, guint32 id, const void *payload, gsize length)
{
  Header header = { .type = type, .id = id, .length = length };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize step;

  if (fake->ways & FAKE_XENSTORE_BROKEN)
    header.length = GW_XENSTORE_PAYLOAD_MAX + 1;
  g_byte_array_append (bytes, (const guint8 *) &header, sizeof header);
  g_byte_array_append (bytes, payload, length);
  step = fake->ways & FAKE_XENSTORE_PIECES ? 1 : bytes->len;
  for (gsize at = 0; at < bytes->len; at += step)
    if (send (connection->fd, bytes->data + at, step, MSG_NOSIGNAL) < 0)
      return;
}

static void
say_event (FakeXenstore *fake, Connection *connection, const char *path, const char *token)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) path, strlen (path) + 1);
  g_byte_array_append (bytes, (const guint8 *) token, strlen (token) + 1);
  say (fake, connection, GW_XENSTORE_WATCH_EVENT, 0, bytes->data, bytes->len);
}

static gboolean
is_within (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

typedef struct
{
  const char *folder;
  GByteArray *names; /* each with its NUL */
  char *last;
  gboolean found;
} Listing;

static gboolean
list_one (gpointer key, gpointer value, gpointer data)
{
  Listing *listing = data;
  const char *path = key;
  const char *name = path + strlen (listing->folder) + 1;
  g_autofree char *first = NULL;

  if (!is_within (path, listing->folder))
    return FALSE;
  listing->found = TRUE;
  if (strlen (path) == strlen (listing->folder))
    return FALSE;
  first = g_strndup (name, strcspn (name, "/"));
  if (g_strcmp0 (first, listing->last) == 0)
    return FALSE;
  g_byte_array_append (listing->names, (const guint8 *) first, strlen (first) + 1);
  g_free (listing->last);
  listing->last = g_steal_pointer (&first);
  return FALSE;
}

static void
say_error (FakeXenstore *fake, Connection *connection, guint32 id, const char *name)
{
  say (fake, connection, GW_XENSTORE_ERROR, id, name, strlen (name) + 1);
}

static void
answer_list (FakeXenstore *fake, Connection *connection, guint32 id, const char *path)
{
  Listing listing = { .folder = path, .names = g_byte_array_new () };

  g_tree_foreach (fake->values, list_one, &listing);
  if (listing.found)
    say (fake, connection, GW_XENSTORE_DIRECTORY, id, listing.names->data, listing.names->len);
  else
    say_error (fake, connection, id, "ENOENT");
  g_byte_array_unref (listing.names);
  g_free (listing.last);
}

static void
answer_rights (FakeXenstore *fake, Connection *connection, guint32 id, const char *path)
{
  guint owner = GPOINTER_TO_UINT (g_hash_table_lookup (fake->owners, path));
  g_autofree char *rights = g_strdup_printf ("n%u", owner);

  say (fake, connection, GW_XENSTORE_GET_PERMS, id, rights, strlen (rights) + 1);
}

static void
answer_read (FakeXenstore *fake, Connection *connection, guint32 id, const char *path)
{
  const char *value = g_tree_lookup (fake->values, path);

  if (value != NULL)
    say (fake, connection, GW_XENSTORE_READ, id, value, strlen (value));
  else
    say_error (fake, connection, id, "ENOENT");
}

static void
answer_watch (FakeXenstore *fake, Connection *connection, guint32 type, guint32 id, const char *path,
              const char *token)
{
  for (guint i = 0; i < connection->watches->len; i++)
    {
      char **watch = connection->watches->pdata[i];

      if (g_str_equal (watch[0], path) && g_str_equal (watch[1], token))
        {
          if (type == GW_XENSTORE_WATCH)
            {
              say_error (fake, connection, id, "EEXIST");
              return;
            }
          g_ptr_array_remove_index (connection->watches, i);
          break;
        }
    }
  say (fake, connection, type, fake->ways & FAKE_XENSTORE_NO_IDS ? 0 : id, "OK", 3);
  if (type != GW_XENSTORE_WATCH)
    return;
  g_ptr_array_add (connection->watches, g_strdupv ((char *[]){ (char *) path, (char *) token, NULL }));
  say_event (fake, connection, path, token);
}

static gboolean
refuse (FakeXenstore *fake, Connection *connection, guint32 id, const char *path)
{
  const char *error = g_hash_table_lookup (fake->refused, path);

  if (error == NULL)
    return FALSE;
  say_error (fake, connection, id, error);
  g_hash_table_remove (fake->refused, path);
  return TRUE;
}

static void
answer (FakeXenstore *fake, Connection *connection, const Header *header, const char *path)
{
  if (fake->ways & FAKE_XENSTORE_MUTE || (fake->ways & FAKE_XENSTORE_MUTE_FIRST && connection->is_first))
    return;
  if (fake->ways & FAKE_XENSTORE_SPURIOUS)
    say_event (fake, connection, "nothing/of/interest", "of-somebody-else");
  if (fake->ways & FAKE_XENSTORE_STRAY)
    {
      say (fake, connection, 7, header->id, "stray", 5);
      if (header->type == GW_XENSTORE_WATCH)
        say (fake, connection, GW_XENSTORE_WATCH, header->id + 1000, "stray", 5);
    }
  if (refuse (fake, connection, header->id, path))
    return;
  switch (header->type)
    {
    case GW_XENSTORE_DIRECTORY:
      answer_list (fake, connection, header->id, path);
      break;
    case GW_XENSTORE_READ:
      answer_read (fake, connection, header->id, path);
      break;
    case GW_XENSTORE_GET_PERMS:
      answer_rights (fake, connection, header->id, path);
      break;
    case GW_XENSTORE_WATCH:
    case GW_XENSTORE_UNWATCH:
      answer_watch (fake, connection, header->type, header->id, path, path + strlen (path) + 1);
      break;
    default:
      g_error ("the store is asked for %u", header->type);
    }
}

/* Returns FALSE at the connection's end. */
static gboolean
serve (FakeXenstore *fake, Connection *connection)
{
  Header header;
  char payload[GW_XENSTORE_PAYLOAD_MAX + 1] = "";

  if (recv (connection->fd, &header, sizeof header, MSG_WAITALL) != sizeof header)
    return FALSE;
  g_assert_cmpuint (header.length, <=, GW_XENSTORE_REQUEST_MAX);
  g_assert_cmpint (recv (connection->fd, payload, header.length, MSG_WAITALL), ==, header.length);
  answer (fake, connection, &header, payload);
  return TRUE;
}

static void
serve_all (FakeXenstore *fake, const struct pollfd *items, guint n_items)
{
  if (items[1].revents != 0)
    {
      Connection *connection = g_new0 (Connection, 1);

      connection->fd = accept (fake->listen_fd, NULL, NULL);
      connection->is_first = !fake->was_accepted;
      fake->was_accepted = TRUE;
      connection->watches = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
      g_ptr_array_add (fake->connections, connection);
      g_cond_broadcast (&fake->accepted);
    }
  for (guint i = 2; i < n_items; i++)
    for (guint j = 0; items[i].revents != 0 && j < fake->connections->len; j++)
      {
        Connection *connection = fake->connections->pdata[j];

        if (connection->fd == items[i].fd && !serve (fake, connection))
          g_ptr_array_remove_index (fake->connections, j);
        else if (connection->fd != items[i].fd)
          continue;
        break;
      }
}

static gpointer
run (gpointer data)
{
  FakeXenstore *fake = data;
  struct pollfd items[64] = { { .fd = fake->stop_fd, .events = POLLIN }, { .fd = fake->listen_fd, .events = POLLIN } };

  for (;;)
    {
      guint n_items = 2;

      g_mutex_lock (&fake->lock);
      for (guint i = 0; i < fake->connections->len; i++)
        {
          const Connection *connection = fake->connections->pdata[i];

          items[n_items++] = (struct pollfd){ .fd = connection->fd, .events = POLLIN };
        }
      g_mutex_unlock (&fake->lock);
      poll (items, n_items, -1);
      if (items[0].revents != 0)
        return NULL;
      g_mutex_lock (&fake->lock);
      serve_all (fake, items, n_items);
      g_mutex_unlock (&fake->lock);
    }
}

static int
compare (gconstpointer one, gconstpointer other, gpointer data)
{
  return strcmp (one, other);
}

FakeXenstore *
fake_xenstore_new (FakeXenstoreWays ways)
{
  FakeXenstore *fake = g_new0 (FakeXenstore, 1);
  struct sockaddr_un name = { .sun_family = AF_UNIX };

  fake->ways = ways;
  fake->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  fake->path = g_build_filename (fake->folder, "xenstored", NULL);
  fake->values = g_tree_new_full (compare, NULL, g_free, g_free);
  fake->owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  fake->refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  fake->connections = g_ptr_array_new_with_free_func (connection_free);
  g_strlcpy (name.sun_path, fake->path, sizeof name.sun_path);
  fake->listen_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (fake->listen_fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (listen (fake->listen_fd, 8), ==, 0);
  fake->stop_fd = eventfd (0, EFD_CLOEXEC);
  g_setenv ("XENSTORED_PATH", fake->path, TRUE);
  fake->thread = g_thread_new ("xenstored", run, fake);
  return fake;
}

void
fake_xenstore_free (FakeXenstore *fake)
{
  g_assert_cmpint (eventfd_write (fake->stop_fd, 1), ==, 0);
  g_thread_join (fake->thread);
  g_unsetenv ("XENSTORED_PATH");
  close (fake->listen_fd);
  close (fake->stop_fd);
  g_unlink (fake->path);
  g_rmdir (fake->folder);
  g_ptr_array_unref (fake->connections);
  g_hash_table_unref (fake->refused);
  g_hash_table_unref (fake->owners);
  g_tree_unref (fake->values);
  g_free (fake->path);
  g_free (fake->folder);
  g_free (fake);
}

void
fake_xenstore_set (FakeXenstore *fake, const char *path, const char *value)
{
  g_mutex_lock (&fake->lock);
  if (value != NULL)
    g_tree_replace (fake->values, g_strdup (path), g_strdup (value));
  else
    g_tree_remove (fake->values, path);
  for (guint i = 0; i < fake->connections->len; i++)
    {
      Connection *connection = fake->connections->pdata[i];

      for (guint j = 0; j < connection->watches->len; j++)
        {
          char **watch = connection->watches->pdata[j];

          if (is_within (path, watch[0]))
            say_event (fake, connection, path, watch[1]);
        }
    }
  g_mutex_unlock (&fake->lock);
}

void
fake_xenstore_set_owner (FakeXenstore *fake, const char *path, guint domain)
{
  g_mutex_lock (&fake->lock);
  g_hash_table_replace (fake->owners, g_strdup (path), GUINT_TO_POINTER (domain));
  g_mutex_unlock (&fake->lock);
}

/* @error: such as `EAGAIN`. */
void
fake_xenstore_refuse_once (FakeXenstore *fake, const char *path, const char *error)
{
  g_mutex_lock (&fake->lock);
  g_hash_table_replace (fake->refused, g_strdup (path), g_strdup (error));
  g_mutex_unlock (&fake->lock);
}

/* The daemon is killed and started again. Somebody is, or will be, connected. */
void
fake_xenstore_hang_up (FakeXenstore *fake)
{
  g_mutex_lock (&fake->lock);
  while (fake->connections->len == 0)
    g_cond_wait (&fake->accepted, &fake->lock);
  for (guint i = 0; i < fake->connections->len; i++)
    {
      Connection *connection = fake->connections->pdata[i];

      shutdown (connection->fd, SHUT_RDWR);
    }
  g_mutex_unlock (&fake->lock);
}

guint
fake_xenstore_get_watches (FakeXenstore *fake)
{
  guint count = 0;

  g_mutex_lock (&fake->lock);
  for (guint i = 0; i < fake->connections->len; i++)
    {
      const Connection *connection = fake->connections->pdata[i];

      count += connection->watches->len;
    }
  g_mutex_unlock (&fake->lock);
  return count;
}
