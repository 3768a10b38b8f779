/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where messages go: GLib's own places (the journal, standard error), or a
 * file, with the time in each line. */

#include "gw-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char *log_path;
static int log_fd = -1;
static gint held; /* nothing may be written */
static gint dropped; /* messages, since then */

/* Names in messages come from the host: they begin no lines of their own. */
static void
append_printable (GString *line, const char *text)
{
  for (; *text != '\0'; text++)
    g_string_append_c (line, g_ascii_iscntrl (*text) ? '?' : *text);
}

static const char *
level_name (GLogLevelFlags level)
{
  static const struct
  {
    GLogLevelFlags level;
    const char *name;
  } names[] = {
    { G_LOG_LEVEL_ERROR, "error" },     { G_LOG_LEVEL_CRITICAL, "critical" }, { G_LOG_LEVEL_WARNING, "warning" },
    { G_LOG_LEVEL_MESSAGE, "message" }, { G_LOG_LEVEL_INFO, "info" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (level & names[i].level)
      return names[i].name;
  return "debug";
}

static const char *
field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key))
      return fields[i].value;
  return NULL;
}

static GLogWriterOutput
write_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  const char *message = field (fields, n_fields, "MESSAGE");
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *time = NULL;
  g_autoptr (GString) line = NULL;

  if (g_atomic_int_get (&held))
    {
      if (!g_log_writer_default_would_drop (level, field (fields, n_fields, "GLIB_DOMAIN")))
        g_atomic_int_inc (&dropped);
      return G_LOG_WRITER_HANDLED;
    }
  if (log_fd < 0 || message == NULL)
    return g_log_writer_default (level, fields, n_fields, data);
  if (g_log_writer_default_would_drop (level, field (fields, n_fields, "GLIB_DOMAIN")))
    return G_LOG_WRITER_HANDLED;
  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%Y-%m-%d %H:%M:%S");
  line = g_string_new (NULL);
  g_string_printf (line, "%s.%03d %s: ", time, g_date_time_get_microsecond (now) / 1000, level_name (level));
  append_printable (line, message);
  g_string_append_c (line, '\n');
  /* One write: lines of two agents do not mix. */
  return write (log_fd, line->str, line->len) < 0 ? G_LOG_WRITER_UNHANDLED : G_LOG_WRITER_HANDLED;
}

static void
show_debug_messages (void)
{
  const char *domains = g_getenv ("G_MESSAGES_DEBUG");

  if (domains == NULL)
    g_setenv ("G_MESSAGES_DEBUG", G_LOG_DOMAIN, TRUE);
}

/**
 * gw_log_start:
 * @verbose: whether debug messages are shown
 *
 * To be called once, before anything is logged.
 */
void
gw_log_start (gboolean verbose)
{
  if (verbose)
    show_debug_messages ();
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_line, NULL, NULL);
}

/**
 * gw_log_open:
 * @path: a file that messages are appended to from here on
 */
gboolean
gw_log_open (const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);

  if (fd < 0)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot open log file %s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (log_fd >= 0)
    close (log_fd);
  log_fd = fd;
  if (log_path != path)
    {
      g_free (log_path);
      log_path = g_strdup (path);
    }
  return TRUE;
}

/* The file may have been moved away. Without one, there is nothing to do. When
 * it cannot be opened, the old one goes on. */
gboolean
gw_log_reopen (GError **error)
{
  return log_path == NULL || gw_log_open (log_path, error);
}

/**
 * gw_log_hold:
 * @hold: whether messages are dropped from here on
 *
 * While file systems are frozen, to log would wait for the thaw: in a file, and
 * soon in the journal too. May be called in any thread.
 */
void
gw_log_hold (gboolean hold)
{
  int count;

  g_atomic_int_set (&held, hold);
  count = hold ? 0 : g_atomic_int_exchange (&dropped, 0);
  if (count > 0)
    g_message ("%d messages were dropped while file systems were frozen", count);
}
