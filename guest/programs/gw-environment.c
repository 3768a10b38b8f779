/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The environment of what runs for a host: that of a session of the agent's
 * user, and nothing that was said to the agent itself. */

#include "gw-environment.h"

#include <pwd.h>
#include <unistd.h>

/* What a service manager tells the agent is not meant for its children. */
static const char *const agents_own[] = {
  "G_MESSAGES_DEBUG", "INVOCATION_ID", "JOURNAL_STREAM",
  "LISTEN_FDNAMES",   "LISTEN_FDS",    "LISTEN_PID",
  "MAINPID",          "NOTIFY_SOCKET", "MEMORY_PRESSURE_WATCH",
  "QGA_CONF",         "WATCHDOG_PID",  "MEMORY_PRESSURE_WRITE",
  "SYSTEMD_EXEC_PID", "WATCHDOG_USEC", "RUNTIME_DIRECTORY",
};

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static char **
set_default (char **environment, const char *name, const char *value)
{
  return value != NULL ? g_environ_setenv (environment, name, value, FALSE) : environment;
}

/**
 * gw_environment_new:
 *
 * Returns: (transfer full): NAME=VALUE words
 */
char **
gw_environment_new (void)
{
  const struct passwd *user = getpwuid (geteuid ());
  char **environment = g_get_environ ();

  for (guint i = 0; i < G_N_ELEMENTS (agents_own); i++)
    environment = g_environ_unsetenv (environment, agents_own[i]);
  environment = set_default (environment, "PATH", DEFAULT_PATH);
  if (user == NULL)
    return environment;
  environment = set_default (environment, "HOME", user->pw_dir);
  environment = set_default (environment, "USER", user->pw_name);
  environment = set_default (environment, "LOGNAME", user->pw_name);
  return set_default (environment, "SHELL", user->pw_shell);
}
