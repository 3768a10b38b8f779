/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-file-*: files read and written by their handles. Texts of errors are
 * qemu-ga's. Where that has stdio streams, these are plain descriptors: what
 * was written is there for others to read before the answer is. */

#include "gw-command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gw-base64.h"
#include "gw-limits.h"
#include "gw-open-files.h"

static GError *
system_error (const char *what)
{
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "%s: %s", what, g_strerror (errno));
}

static GError *
wrong_count (gint64 count)
{
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "value '%" G_GINT64_FORMAT "' is invalid for argument count", count);
}

/* The descriptor of the argument "handle", or -1 with @error set. */
static int
find_fd (JsonObject *arguments, GError **error)
{
  return gw_open_files_find (json_object_get_int_member (arguments, "handle"), error);
}

/* --- Open, close -------------------------------------------------------- */

/* fopen(3)'s modes, in the spellings that qemu-ga takes. */
static gboolean
parse_mode (const char *mode, int *flags, GError **error)
{
  static const struct
  {
    const char *spellings[3];
    int flags;
  } modes[] = {
    { { "r", "rb" }, O_RDONLY },
    { { "w", "wb" }, O_WRONLY | O_CREAT | O_TRUNC },
    { { "a", "ab" }, O_WRONLY | O_CREAT | O_APPEND },
    { { "r+", "rb+", "r+b" }, O_RDWR },
    { { "w+", "wb+", "w+b" }, O_RDWR | O_CREAT | O_TRUNC },
    { { "a+", "ab+", "a+b" }, O_RDWR | O_CREAT | O_APPEND },
  };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    for (guint j = 0; j < G_N_ELEMENTS (modes[i].spellings); j++)
      if (g_strcmp0 (mode, modes[i].spellings[j]) == 0)
        {
          *flags = modes[i].flags;
          return TRUE;
        }
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "invalid file open mode '%s'", mode);
  return FALSE;
}

static void
run_open (GwCall *call, JsonObject *arguments)
{
  const char *path = gw_argument_string (arguments, "path");
  const char *mode = json_object_get_string_member_with_default (arguments, "mode", "r");
  GError *error = NULL;
  gint64 handle;
  int flags;

  if (!parse_mode (mode, &flags, &error))
    gw_call_fail (call, error);
  else if (!gw_open_files_open (path, flags, &handle, &error))
    {
      g_prefix_error (&error, "failed to open file '%s' (mode: '%s'): ", path, mode);
      gw_call_fail (call, error);
    }
  else
    gw_call_return (call, json_node_init_int (json_node_alloc (), handle));
}

static void
run_close (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;

  if (gw_open_files_close (json_object_get_int_member (arguments, "handle"), &error))
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, error);
}

/* --- Read --------------------------------------------------------------- */

typedef struct
{
  GString *base64;
  int state;
  int save;
  gsize count;
  gboolean eof;
} Reading;

/* Encoded piece by piece: the largest read is never held as bytes and as text. */
static void
add_bytes (Reading *reading, const guint8 *bytes, gsize length)
{
  gsize before = reading->base64->len;
  gsize added;

  g_string_set_size (reading->base64, before + (length / 3 + 1) * 4 + 4);
  added = g_base64_encode_step (bytes, length, FALSE, reading->base64->str + before, &reading->state, &reading->save);
  g_string_set_size (reading->base64, before + added);
  reading->count += length;
}

static void
end_bytes (Reading *reading)
{
  char last[8];
  gsize added = g_base64_encode_close (FALSE, last, &reading->state, &reading->save);

  g_string_append_len (reading->base64, last, added);
}

/* Reads on until there is all of it, as fread(3) does: only an end of file, a
 * FIFO or terminal with nothing more in it, or an error makes it less. An
 * error is told at once only if it cost nothing; the next read meets it again.
 * So a FIFO with nothing in it fails with EAGAIN (as in qemu-ga): a count of 0
 * would send callers that read until "eof" round and round. */
static gboolean
read_bytes (Reading *reading, int fd, gsize count)
{
  guint8 buffer[GW_FILE_STEP];

  while (reading->count < count)
    {
      gssize length = read (fd, buffer, MIN (sizeof buffer, count - reading->count));

      if (length < 0 && errno == EINTR)
        continue;
      if (length < 0)
        return reading->count > 0;
      if (length == 0)
        {
          reading->eof = TRUE;
          break;
        }
      add_bytes (reading, buffer, length);
    }
  return TRUE;
}

static void
run_read (GwCall *call, JsonObject *arguments)
{
  gint64 count = json_object_get_int_member_with_default (arguments, "count", GW_FILE_READ_DEFAULT);
  GError *error = NULL;
  int fd = find_fd (arguments, &error);
  Reading reading = { NULL };
  JsonObject *result;

  if (fd >= 0 && (count < 0 || count > GW_FILE_READ_MAX))
    error = wrong_count (count);
  if (error != NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  reading.base64 = g_string_new (NULL);
  if (!read_bytes (&reading, fd, MIN (count, GW_FILE_REPLY_MAX)))
    {
      gw_call_fail (call, system_error ("failed to read file"));
      g_string_free (reading.base64, TRUE);
      return;
    }
  end_bytes (&reading);
  result = json_object_new ();
  json_object_set_int_member (result, "count", reading.count);
  json_object_set_string_member (result, "buf-b64", reading.base64->str);
  g_string_free (reading.base64, TRUE);
  json_object_set_boolean_member (result, "eof", reading.eof);
  gw_call_return_object (call, result);
}

/* --- Write -------------------------------------------------------------- */

/* Returns how much was written, or -1 with errno set. A FIFO or terminal that
 * takes no more now makes it less, and fails if it took nothing. Any other
 * error fails, even after a part was written: a caller that does not look at
 * the count must not take a full disk for success. */
static gssize
write_bytes (int fd, const guint8 *bytes, gsize count)
{
  gsize written = 0;

  while (written < count)
    {
      gssize length = write (fd, bytes + written, count - written);

      if (length >= 0)
        written += length;
      else if (errno == EAGAIN && written > 0)
        break;
      else if (errno != EINTR)
        return -1;
    }
  return written;
}

static GBytes *
decode_bytes (JsonObject *arguments, gsize *count, GError **error)
{
  g_autoptr (GBytes) bytes = gw_base64_decode (gw_argument_string (arguments, "buf-b64"), "buf-b64", error);
  gint64 asked;

  if (bytes == NULL)
    return NULL;
  *count = g_bytes_get_size (bytes);
  asked = json_object_get_int_member_with_default (arguments, "count", *count);
  if (asked < 0 || (guint64) asked > *count)
    {
      g_propagate_error (error, wrong_count (asked));
      return NULL;
    }
  *count = asked;
  return g_steal_pointer (&bytes);
}

static void
run_write (GwCall *call, JsonObject *arguments)
{
  g_autoptr (GBytes) bytes = NULL;
  GError *error = NULL;
  int fd = find_fd (arguments, &error);
  JsonObject *result;
  gssize written;
  gsize count;

  if (fd >= 0)
    bytes = decode_bytes (arguments, &count, &error);
  if (bytes == NULL)
    {
      gw_call_fail (call, error);
      return;
    }
  written = write_bytes (fd, g_bytes_get_data (bytes, NULL), count);
  if (written < 0)
    {
      gw_call_fail (call, system_error ("failed to write to file"));
      return;
    }
  result = json_object_new ();
  json_object_set_int_member (result, "count", written);
  json_object_set_boolean_member (result, "eof", FALSE);
  gw_call_return_object (call, result);
}

/* --- Seek, flush -------------------------------------------------------- */

/* GuestFileWhence: a word, or the number that it stands for in qemu-ga's
 * schema. */
static gboolean
parse_whence (JsonNode *value, int *whence, GError **error)
{
  static const struct
  {
    const char *word;
    int whence;
  } words[] = { { "set", SEEK_SET }, { "cur", SEEK_CUR }, { "end", SEEK_END } };
  GType type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_INVALID;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if ((type == G_TYPE_STRING && g_str_equal (json_node_get_string (value), words[i].word))
        || (type == G_TYPE_INT64 && json_node_get_int (value) == i))
      {
        *whence = words[i].whence;
        return TRUE;
      }
  if (type == G_TYPE_STRING)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "Parameter 'whence' does not accept value '%s'",
                 json_node_get_string (value));
  else if (type == G_TYPE_INT64)
    g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "invalid whence code %" G_GINT64_FORMAT, json_node_get_int (value));
  else
    g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED,
                         "Invalid parameter type for 'whence', expected: GuestFileWhence");
  return FALSE;
}

static void
run_seek (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;
  int fd = find_fd (arguments, &error);
  JsonObject *result;
  off_t position;
  int whence;

  if (fd < 0 || !parse_whence (json_object_get_member (arguments, "whence"), &whence, &error))
    {
      gw_call_fail (call, error);
      return;
    }
  position = lseek (fd, json_object_get_int_member (arguments, "offset"), whence);
  if (position < 0)
    {
      gw_call_fail (call, system_error ("failed to seek file"));
      return;
    }
  result = json_object_new ();
  json_object_set_int_member (result, "position", position);
  json_object_set_boolean_member (result, "eof", FALSE);
  gw_call_return_object (call, result);
}

/* Nothing waits here to be written. qemu-ga's does no fsync(2) either. */
static void
run_flush (GwCall *call, JsonObject *arguments)
{
  GError *error = NULL;

  if (find_fd (arguments, &error) >= 0)
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, error);
}

const GwCommand gw_commands_file[] = {
  { "guest-file-open", "Open a file and return a handle for it", "0.15.0", GW_COMMAND_PLAIN, run_open,
    { { "path", GW_ARGUMENT_STRING }, { "mode", GW_ARGUMENT_STRING, TRUE } } },
  { "guest-file-close", "Close a handle", "0.15.0", GW_COMMAND_PLAIN, run_close, { { "handle", GW_ARGUMENT_INT } } },
  { "guest-file-read", "Read from an open file", "0.15.0", GW_COMMAND_PLAIN, run_read,
    { { "handle", GW_ARGUMENT_INT }, { "count", GW_ARGUMENT_INT, TRUE } } },
  { "guest-file-write", "Write to an open file", "0.15.0", GW_COMMAND_PLAIN, run_write,
    { { "handle", GW_ARGUMENT_INT }, { "buf-b64", GW_ARGUMENT_STRING }, { "count", GW_ARGUMENT_INT, TRUE } } },
  { "guest-file-seek", "Move the place in an open file at which it is read or written", "0.15.0", GW_COMMAND_PLAIN,
    run_seek,
    { { "handle", GW_ARGUMENT_INT }, { "offset", GW_ARGUMENT_INT }, { "whence", GW_ARGUMENT_ANY } } },
  { "guest-file-flush", "Return when all that was written to a file is with the kernel", "0.15.0", GW_COMMAND_PLAIN,
    run_flush, { { "handle", GW_ARGUMENT_INT } } },
  { NULL },
};
