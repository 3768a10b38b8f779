/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks users up, by a name or a number. May be called in any thread. */

#include "gw-live-user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#include "gw-limits.h"

static int
look_up (const char *name, struct passwd *entry, char *buffer, gsize size, struct passwd **found)
{
  guint64 uid;
  int code = getpwnam_r (name, entry, buffer, size, found);

  /* A name of digits alone is a name, where there is one. */
  if (*found == NULL && code != ERANGE && g_ascii_string_to_unsigned (name, 10, 0, G_MAXUINT32 - 1, &uid, NULL))
    code = getpwuid_r (uid, entry, buffer, size, found);
  return code;
}

static void
add_groups (GwLiveUser *user)
{
  user->n_groups = 32;
  user->groups = g_new (gid_t, user->n_groups);
  while (getgrouplist (user->name, user->gid, user->groups, &user->n_groups) < 0)
    user->groups = g_renew (gid_t, user->groups, user->n_groups);
}

/**
 * gw_live_user_find:
 * @name: a name or a uid
 *
 * Returns: (transfer full): the user, or %NULL with @error set
 */
GwLiveUser *
gw_live_user_find (const char *name, GError **error)
{
  gsize size = 4 * GW_KIB;
  g_autofree char *buffer = g_malloc (size);
  struct passwd entry;
  struct passwd *found = NULL;
  GwLiveUser *user;
  int code;

  while ((code = look_up (name, &entry, buffer, size, &found)) == ERANGE && size < GW_MIB)
    {
      size *= 2;
      buffer = g_realloc (buffer, size);
    }
  if (found == NULL)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "there is no user '%s'%s%s", name, code != 0 ? ": " : "",
                   code != 0 ? g_strerror (code) : "");
      return NULL;
    }
  user = g_new0 (GwLiveUser, 1);
  user->uid = found->pw_uid;
  user->gid = found->pw_gid;
  user->name = g_strdup (found->pw_name);
  user->home = g_strdup (found->pw_dir);
  user->shell = g_strdup (found->pw_shell != NULL && *found->pw_shell != '\0' ? found->pw_shell : "/bin/sh");
  add_groups (user);
  return user;
}

/**
 * gw_live_user_set_environment:
 * @environment: (transfer full):
 *
 * Returns: (transfer full): @environment with what a session of the user's has
 */
char **
gw_live_user_set_environment (const GwLiveUser *user, char **environment)
{
  environment = g_environ_setenv (environment, "HOME", user->home, TRUE);
  environment = g_environ_setenv (environment, "USER", user->name, TRUE);
  environment = g_environ_setenv (environment, "LOGNAME", user->name, TRUE);
  return g_environ_setenv (environment, "SHELL", user->shell, TRUE);
}

/* What a login says of the place, and not of the agent. */
static const char *const kept_by_login[] = {
  "LANG",        "LANGUAGE",    "LC_ALL",     "LC_COLLATE", "LC_CTYPE",
  "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME",    "TZ",
};

/**
 * gw_live_user_login_environment:
 *
 * Returns: (transfer full): what login(1) gives
 */
char **
gw_live_user_login_environment (const GwLiveUser *user)
{
  char **environment = gw_live_user_set_environment (user, g_new0 (char *, 1));
  g_autofree char *mail = g_strconcat ("/var/mail/", user->name, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kept_by_login); i++)
    if (g_getenv (kept_by_login[i]) != NULL)
      environment = g_environ_setenv (environment, kept_by_login[i], g_getenv (kept_by_login[i]), TRUE);
  environment = g_environ_setenv (environment, "MAIL", mail, TRUE);
  return g_environ_setenv (environment, "PATH",
                           user->uid == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                                          : "/usr/local/bin:/usr/bin:/bin",
                           TRUE);
}

/**
 * gw_live_user_login_words:
 * @arguments: of the shell; one without any is a login shell
 *
 * Returns: (transfer full): the shell's file, what it is called, and @arguments
 */
char **
gw_live_user_login_words (const GwLiveUser *user, char *const *arguments)
{
  g_autofree char *base = g_path_get_basename (user->shell);
  GPtrArray *words = g_ptr_array_new ();

  g_ptr_array_add (words, g_strdup (user->shell));
  g_ptr_array_add (words, g_strconcat (*arguments == NULL ? "-" : "", base, NULL));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (words, g_strdup (*arguments));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

void
gw_live_user_free (GwLiveUser *user)
{
  g_free (user->groups);
  g_free (user->name);
  g_free (user->home);
  g_free (user->shell);
  g_free (user);
}
