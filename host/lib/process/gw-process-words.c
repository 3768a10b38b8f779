/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-exec knows no directory and no user, and its environment replaces the
 * agent's. So these are brought about by programs of the guest, one in front
 * of the other, each of which ends by becoming the next:
 *
 *   user         /bin/sh looks whether there is such a user; runuser, or su
 *                where there is none
 *   directory    /bin/sh with cd, as that user
 *   environment  /usr/bin/env
 *
 * Every word travels as an argument: nothing is quoted, and nothing that was
 * asked for is ever read as a script. Makes no call. */

#include "gw-process-words.h"

#include <string.h>

/* $1 is the mark, $2 the user, and the rest "--" and what to run. Neither
 * runuser nor su tells its own failure from the program's, so the user is
 * looked up first; by name, since they know no numbers. su gives its shell
 * what follows: "--" as its name. */
static const char as_user[]
    = "user=$(id -un -- \"$2\") || { printf %s \"$1\" >&2; exit 125; }\n"
      "shift 2\n"
      "command -v runuser >/dev/null && exec runuser -u \"$user\" \"$@\"\n"
      "exec su -s /bin/sh -c 'exec \"$@\"' -- \"$user\" \"$@\"\n";

/* $1 is the mark, $2 the directory. */
static const char in_directory[] = "cd -- \"$2\" || { printf %s \"$1\" >&2; exit 125; }\n"
                                   "shift 2\n"
                                   "exec \"$@\"\n";

/* runuser ends with 1 for a program that is not there; a shell with 127, or
 * 126 for one that cannot be run. */
static const char plainly[] = "exec \"$@\"";

/* env takes a program with a "=" for a variable, and some shells' exec one
 * with a leading "-" for an option. A command behind an expansion is neither. */
static const char odd_name[] = "\"$@\"";

void
gw_process_words_clear (GwProcessWords *asked)
{
  g_clear_pointer (&asked->arguments, g_strfreev);
  g_clear_pointer (&asked->environment, g_strfreev);
  g_clear_pointer (&asked->directory, g_free);
  g_clear_pointer (&asked->user, g_free);
}

static gboolean
check_utf8 (const char *word, GError **error)
{
  g_autofree char *shown = NULL;

  if (word == NULL || g_utf8_validate (word, -1, NULL))
    return TRUE;
  shown = g_filename_display_name (word);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_JSON, "'%s' is no valid UTF-8, and guest-exec can carry nothing else",
               shown);
  return FALSE;
}

static gboolean
check_words (char *const *words, GError **error)
{
  for (; words != NULL && *words != NULL; words++)
    if (!check_utf8 (*words, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_environment (char *const *variables, GError **error)
{
  for (; variables != NULL && *variables != NULL; variables++)
    if (strchr (*variables, '=') == NULL || **variables == '=')
      {
        g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "a variable is NAME=VALUE, and not '%s'", *variables);
        return FALSE;
      }
  return TRUE;
}

/**
 * gw_process_words_check:
 *
 * Returns: %FALSE with %GW_ERROR_INVALID_JSON or %GW_ERROR_FAILED set if these
 *   words cannot be sent, or make no sense
 */
gboolean
gw_process_words_check (const GwProcessWords *asked, GError **error)
{
  if (!check_words (asked->arguments, error) || !check_words (asked->environment, error)
      || !check_utf8 (asked->directory, error) || !check_utf8 (asked->user, error)
      || !check_environment (asked->environment, error))
    return FALSE;
  if (asked->directory != NULL && asked->directory[0] != '/')
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "a directory in the guest is an absolute path, and not '%s'",
                   asked->directory);
      return FALSE;
    }
  /* The agent already runs as root: an empty name is a slip. */
  if (asked->user != NULL && (asked->user[0] == '\0' || asked->user[0] == '-'))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "'%s' is no user's name", asked->user);
      return FALSE;
    }
  return TRUE;
}

static void
add (GPtrArray *words, const char *word)
{
  g_ptr_array_add (words, g_strdup (word));
}

static void
add_shell (GPtrArray *words, const char *script)
{
  add (words, "/bin/sh");
  add (words, "-c");
  add (words, script);
  add (words, "sh");
}

static void
add_all (GPtrArray *words, char *const *more)
{
  for (; *more != NULL; more++)
    add (words, *more);
}

static gboolean
is_odd (const char *program)
{
  return program[0] == '-' || strchr (program, '=') != NULL;
}

/**
 * gw_process_words_compose:
 * @mark: what the guest's shells write at the end of standard error when the
 *   program could not be started for lack of its user or directory; what no
 *   program would write by chance
 *
 * Returns: (transfer full): the words for guest-exec
 */
char **
gw_process_words_compose (const GwProcessWords *asked, const char *mark)
{
  GPtrArray *words = g_ptr_array_new ();

  if (asked->user != NULL)
    {
      add_shell (words, as_user);
      add (words, mark);
      add (words, asked->user);
      add (words, "--");
    }
  if (asked->directory != NULL)
    {
      add_shell (words, in_directory);
      add (words, mark);
      add (words, asked->directory);
    }
  else if (asked->user != NULL)
    add_shell (words, plainly);
  if (asked->environment != NULL && asked->environment[0] != NULL)
    {
      add (words, "/usr/bin/env");
      add (words, "--");
      add_all (words, asked->environment);
    }
  if (words->len > 0 && is_odd (asked->arguments[0]))
    add_shell (words, odd_name);
  add_all (words, asked->arguments);
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}
