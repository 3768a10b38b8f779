/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-exec and guest-file-* as agents have them, in few lines and with
 * faults on demand. */

#include "fake-guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-json.h"

/* --- Programs ----------------------------------------------------------- */

static char *
result_of (int status, const char *output, gsize output_length, const char *errors, gsize errors_length)
{
  g_autofree char *out = g_base64_encode ((const guchar *) output, output_length);
  g_autofree char *err = g_base64_encode ((const guchar *) errors, errors_length);

  return g_strdup_printf ("{\"exited\": true, \"%s\": %d, \"out-data\": \"%s\", \"err-data\": \"%s\"}",
                          WIFSIGNALED (status) ? "signal" : "exitcode",
                          WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status), out, err);
}

typedef struct
{
  GByteArray *bytes;
  int fd;
} Stream;

static gpointer
read_all (gpointer data)
{
  Stream *stream = data;
  guint8 buffer[4096];
  gssize length;

  while ((length = read (stream->fd, buffer, sizeof buffer)) > 0)
    g_byte_array_append (stream->bytes, buffer, length);
  close (stream->fd);
  return NULL;
}

static char *
run_program (JsonObject *arguments, GError **error)
{
  JsonArray *array = json_object_get_array_member (arguments, "arg");
  const char *input = json_object_get_string_member_with_default (arguments, "input-data", "");
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  Stream out = { NULL, -1 }, err = { NULL, -1 };
  g_autofree guchar *data = NULL;
  GThread *threads[2];
  char *result;
  gsize length;
  int in = -1, status;
  GPid pid;

  g_ptr_array_add (words, (gpointer) json_object_get_string_member (arguments, "path"));
  for (guint i = 0; i < json_array_get_length (array); i++)
    g_ptr_array_add (words, (gpointer) json_array_get_string_element (array, i));
  g_ptr_array_add (words, NULL);
  if (!g_spawn_async_with_pipes ("/", (char **) words->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                 NULL, NULL, &pid, &in, &out.fd, &err.fd, error))
    return NULL;
  out.bytes = g_byte_array_new ();
  err.bytes = g_byte_array_new ();
  threads[0] = g_thread_new ("out", read_all, &out);
  threads[1] = g_thread_new ("err", read_all, &err);
  data = g_base64_decode (input, &length);
  g_assert_cmpint (write (in, data, length), ==, length);
  close (in);
  g_thread_join (threads[0]);
  g_thread_join (threads[1]);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  result = result_of (status, (const char *) out.bytes->data, out.bytes->len, (const char *) err.bytes->data,
                      err.bytes->len);
  g_byte_array_unref (out.bytes);
  g_byte_array_unref (err.bytes);
  return result;
}

static char *
do_exec (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  char *result = run_program (arguments, error);

  if (result == NULL)
    return NULL;
  guest->last++;
  g_hash_table_insert (guest->results, GINT_TO_POINTER (guest->last), result);
  return g_strdup_printf ("{\"pid\": %" G_GINT64_FORMAT "}", guest->last);
}

static char *
do_exec_status (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  gint64 pid = json_object_get_int_member (arguments, "pid");
  const char *result = g_hash_table_lookup (guest->results, GINT_TO_POINTER (pid));

  if (guest->looks > 0)
    {
      guest->looks--;
      return g_strdup ("{\"exited\": false}");
    }
  if (result == NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "PID %" G_GINT64_FORMAT " does not exist", pid);
  return g_strdup (result);
}

/* --- Files -------------------------------------------------------------- */

static int
find_file (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  gint64 handle = json_object_get_int_member (arguments, "handle");
  gpointer fd = g_hash_table_lookup (guest->files, GINT_TO_POINTER (handle));

  if (fd == NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "handle '%" G_GINT64_FORMAT "' has not been found", handle);
  return GPOINTER_TO_INT (fd);
}

static char *
do_open (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  const char *mode = json_object_get_string_member (arguments, "mode");
  int flags = mode[0] == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : mode[1] == '+' ? O_RDWR : O_RDONLY;
  int fd = open (json_object_get_string_member (arguments, "path"), flags | O_CLOEXEC, 0644);

  if (fd < 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, g_strerror (errno));
      return NULL;
    }
  guest->last++;
  g_hash_table_insert (guest->files, GINT_TO_POINTER (guest->last), GINT_TO_POINTER (fd));
  return g_strdup_printf ("%" G_GINT64_FORMAT, guest->last);
}

static char *
do_close (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  if (find_file (guest, arguments, error) == 0)
    return NULL;
  g_hash_table_remove (guest->files, GINT_TO_POINTER (json_object_get_int_member (arguments, "handle")));
  return g_strdup ("{}");
}

static char *
do_read (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  int fd = find_file (guest, arguments, error);
  gint64 count = json_object_get_int_member (arguments, "count");
  g_autofree guchar *data = g_malloc (count);
  g_autofree char *text = NULL;
  gssize length;

  if (fd == 0)
    return NULL;
  length = read (fd, data, count);
  g_assert_cmpint (length, >=, 0);
  text = g_base64_encode (data, length);
  return g_strdup_printf ("{\"count\": %d, \"buf-b64\": \"%s\", \"eof\": %s}", (int) length, text,
                          length < count ? "true" : "false");
}

static char *
do_write (FakeGuest *guest, JsonObject *arguments, gboolean less, GError **error)
{
  int fd = find_file (guest, arguments, error);
  g_autofree guchar *data = NULL;
  gsize length;

  if (fd == 0)
    return NULL;
  data = g_base64_decode (json_object_get_string_member (arguments, "buf-b64"), &length);
  length = less ? (length + 1) / 2 : length;
  g_assert_cmpint (write (fd, data, length), ==, length);
  return g_strdup_printf ("{\"count\": %d, \"eof\": false}", (int) length);
}

static char *
do_seek (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  int fd = find_file (guest, arguments, error);
  off_t position;

  if (fd == 0)
    return NULL;
  position = lseek (fd, json_object_get_int_member (arguments, "offset"), json_object_get_int_member (arguments, "whence"));
  if (position < 0)
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "failed to seek file");
      return NULL;
    }
  return g_strdup_printf ("{\"position\": %" G_GINT64_FORMAT ", \"eof\": false}", (gint64) position);
}

static char *
do_flush (FakeGuest *guest, JsonObject *arguments, GError **error)
{
  return find_file (guest, arguments, error) == 0 ? NULL : g_strdup ("{}");
}

/* --- Any of them -------------------------------------------------------- */

/* What it returns, or NULL with @error set. */
static char *
run_command (FakeGuest *guest, const char *command, JsonObject *arguments, gboolean less, GError **error)
{
  if (g_str_equal (command, "guest-exec"))
    return do_exec (guest, arguments, error);
  if (g_str_equal (command, "guest-exec-status"))
    return do_exec_status (guest, arguments, error);
  if (g_str_equal (command, "guest-file-open"))
    return do_open (guest, arguments, error);
  if (g_str_equal (command, "guest-file-close"))
    return do_close (guest, arguments, error);
  if (g_str_equal (command, "guest-file-read"))
    return do_read (guest, arguments, error);
  if (g_str_equal (command, "guest-file-write"))
    return do_write (guest, arguments, less, error);
  if (g_str_equal (command, "guest-file-seek"))
    return do_seek (guest, arguments, error);
  if (g_str_equal (command, "guest-file-flush"))
    return do_flush (guest, arguments, error);
  return g_strdup ("{}");
}

static GuestFaultKind
fault_of (FakeGuest *guest, const char *command)
{
  const GuestFault *fault = &guest->fault;
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (guest->counts, command)) + 1;

  g_hash_table_insert (guest->counts, g_strdup (command), GUINT_TO_POINTER (count));
  if (g_strcmp0 (fault->command, command) == 0 && count >= fault->from && count <= MAX (fault->from, fault->to))
    return fault->kind;
  return GUEST_WELL;
}

static gboolean
answer (FakeAgent *agent, int fd, const char *line, gint64 id)
{
  FakeGuest *guest = agent->data;
  g_autoptr (JsonNode) request = gw_json_parse (line, -1, NULL);
  JsonObject *object = json_node_get_object (request);
  const char *command = json_object_get_string_member (object, "execute");
  JsonObject *arguments
      = json_object_has_member (object, "arguments") ? json_object_get_object_member (object, "arguments") : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;
  GuestFaultKind fault = fault_of (guest, command);

  if (fault == GUEST_LACKS)
    return fake_agent_fail (fd, id, "CommandNotFound", "The command has not been found");
  if (fault == GUEST_FAILS)
    return fake_agent_fail (fd, id, "GenericError", "it went wrong");
  if (fault == GUEST_LOSES_REQUEST)
    return FALSE;
  if (fault == GUEST_SAYS)
    return fake_agent_return (fd, id, guest->fault.value);
  if (fault == GUEST_FORGETS_FILES)
    g_hash_table_remove_all (guest->files);
  value = run_command (guest, command, arguments, fault == GUEST_TAKES_LESS, &error);
  if (fault == GUEST_LOSES_ANSWER)
    return FALSE;
  if (value == NULL)
    return fake_agent_fail (fd, id, "GenericError", error->message);
  return fake_agent_return (fd, id, value);
}

static void
close_file (gpointer fd)
{
  close (GPOINTER_TO_INT (fd));
}

/* @fault: (nullable): what goes wrong */
void
fake_guest_init (FakeGuest *guest, const char *path, const GuestFault *fault)
{
  *guest = (FakeGuest){ .last = 1000 };
  if (fault != NULL)
    guest->fault = *fault;
  guest->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guest->files = g_hash_table_new_full (NULL, NULL, NULL, close_file);
  guest->results = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  fake_agent_init (&guest->agent, path, answer, guest);
}

void
fake_guest_stop (FakeGuest *guest)
{
  fake_agent_stop (&guest->agent);
  /* Nobody leaves files open. */
  g_assert_cmpuint (g_hash_table_size (guest->files), ==, 0);
  g_hash_table_unref (guest->counts);
  g_hash_table_unref (guest->files);
  g_hash_table_unref (guest->results);
}

/* How often it was called. Not while a call is on the way. */
guint
fake_guest_count (FakeGuest *guest, const char *command)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (guest->counts, command));
}
