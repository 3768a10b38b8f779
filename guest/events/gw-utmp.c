/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records of utmp: texts in fields that need not end in NUL, and whatever else
 * somebody has written there. And what logind writes, where there is no utmp. */

#include "gw-utmp.h"

#include <string.h>
#include <utmp.h>

void
gw_login_free (GwLogin *login)
{
  g_free (login->user);
  g_free (login->line);
  g_free (login->host);
  g_free (login);
}

/* Two logins at one terminal are told apart by it. */
char *
gw_login_get_key (const GwLogin *login)
{
  return g_strdup_printf ("%d %s %s %s", login->pid, login->line, login->user, login->host);
}

static char *
read_text (const char *field, gsize size)
{
  return g_utf8_make_valid (field, strnlen (field, size));
}

static GwLogin *
read_login (const struct utmp *record)
{
  GwLogin *login = g_new0 (GwLogin, 1);

  login->user = read_text (record->ut_user, sizeof record->ut_user);
  login->line = read_text (record->ut_line, sizeof record->ut_line);
  login->host = read_text (record->ut_host, sizeof record->ut_host);
  login->pid = record->ut_pid;
  return login;
}

/* The value of a line KEY=VALUE; empty if there is none. */
static char *
find_value (const char *text, const char *key)
{
  gsize length = strlen (key);

  for (const char *line = text; line != NULL; line = strchr (line, '\n'))
    {
      line += *line == '\n' ? 1 : 0;
      if (strncmp (line, key, length) == 0 && line[length] == '=')
        return g_utf8_make_valid (line + length + 1, strcspn (line + length + 1, "\n"));
    }
  return g_strdup ("");
}

/**
 * gw_login_parse_session:
 * @text: a file of logind's, as in /run/systemd/sessions
 *
 * Returns: (transfer full) (nullable): who is logged in by it; %NULL where it is
 *   no user's session, as that of a greeter, or ends
 */
GwLogin *
gw_login_parse_session (const char *text)
{
  g_autofree char *class = find_value (text, "CLASS");
  g_autofree char *state = find_value (text, "STATE");
  g_autofree char *leader = find_value (text, "LEADER");
  GwLogin *login;

  if (!g_str_equal (class, "user") || g_str_equal (state, "closing"))
    return NULL;
  login = g_new0 (GwLogin, 1);
  login->user = find_value (text, "USER");
  login->line = find_value (text, "TTY");
  login->host = find_value (text, "REMOTE_HOST");
  login->pid = (int) CLAMP (g_ascii_strtoll (leader, NULL, 10), 0, G_MAXINT);
  return login;
}

/**
 * gw_utmp_parse:
 *
 * Returns: (transfer full) (element-type GwLogin): who is logged in; a record
 *   that is not whole is left out
 */
GPtrArray *
gw_utmp_parse (const guint8 *bytes, gsize length)
{
  GPtrArray *logins = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_login_free);
  struct utmp record;

  for (; length >= sizeof record; bytes += sizeof record, length -= sizeof record)
    {
      memcpy (&record, bytes, sizeof record);
      if (record.ut_type == USER_PROCESS && record.ut_user[0] != '\0')
        g_ptr_array_add (logins, read_login (&record));
    }
  return logins;
}

/**
 * gw_utmp_find_run_level:
 *
 * Returns: a system V run level, as '0' while the system halts and '6' while it
 *   restarts; 0 where there is none
 */
char
gw_utmp_find_run_level (const guint8 *bytes, gsize length)
{
  struct utmp record;
  char level = 0;

  for (; length >= sizeof record; bytes += sizeof record, length -= sizeof record)
    {
      memcpy (&record, bytes, sizeof record);
      if (record.ut_type == RUN_LVL)
        level = record.ut_pid & 0xFF;
    }
  return level;
}
