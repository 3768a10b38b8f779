/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-shutdown, by the programs that the system has for it. */

#include "gw-command-power.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-command.h"
#include "gw-limits.h"
#include "gw-program.h"
#include "gw-shutdown.h"

typedef struct
{
  const char *name;
  const char *flags[2]; /* of shutdown(8): both sysvinit's and systemd's know them */
  const char *program;  /* where there is no shutdown(8), as with BusyBox */
} Mode;

static const Mode modes[] = {
  { "powerdown", { "-h", "-P" }, "poweroff" },
  { "halt", { "-h", "-H" }, "halt" },
  { "reboot", { "-r" }, "reboot" },
};

static const char *folder = "/sbin";

/**
 * gw_command_power_set_folder:
 * @path: (not nullable): where the programs are, in place of /sbin; not copied
 */
void
gw_command_power_set_folder (const char *path)
{
  folder = path;
}

static const Mode *
find_mode (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    if (g_str_equal (modes[i].name, name))
      return &modes[i];
  return NULL;
}

static char **
build_argv (const Mode *mode)
{
  g_autofree char *shutdown = g_build_filename (folder, "shutdown", NULL);
  GStrvBuilder *argv = g_strv_builder_new ();
  char **result;

  if (access (shutdown, X_OK) == 0)
    {
      g_strv_builder_add (argv, shutdown);
      for (guint i = 0; i < G_N_ELEMENTS (mode->flags) && mode->flags[i] != NULL; i++)
        g_strv_builder_add (argv, mode->flags[i]);
      /* Not "+0", which is a time to systemd: for that it wants logind, and a guest may have none. */
      g_strv_builder_add (argv, "now");
      g_strv_builder_add (argv, "hypervisor initiated shutdown");
    }
  else
    {
      g_autofree char *program = g_build_filename (folder, mode->program, NULL);

      g_strv_builder_add (argv, program);
    }
  result = g_strv_builder_end (argv);
  g_strv_builder_unref (argv);
  return result;
}

/* What it printed tells more than its status. */
static GError *
describe_failure (GwProgram *program)
{
  int status = gw_program_get_wait_status (program);
  gboolean truncated;
  g_autoptr (GBytes) output = gw_program_get_output (program, GW_STREAM_STDOUT, &truncated);
  gsize length;
  const char *data = g_bytes_get_data (output, &length);
  g_autofree char *bytes = g_strndup (data, MIN (length, GW_ERROR_TEXT_MAX));
  g_autofree char *text = g_utf8_make_valid (bytes != NULL ? g_strstrip (bytes) : "", -1);

  if (!WIFEXITED (status))
    return g_error_new (GW_ERROR, GW_ERROR_FAILED, "child process has terminated abnormally%s%s",
                        *text != '\0' ? ": " : "", text);
  if (*text != '\0')
    return g_error_new (GW_ERROR, GW_ERROR_FAILED, "child process has failed to shutdown: %s", text);
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "child process has failed to shutdown: exit status %d",
                      WEXITSTATUS (status));
}

/* A system that goes down sends SIGTERM to all there is, so to this program
 * too if it is still there to wait. */
static gboolean
is_going_down (int status)
{
  return (WIFEXITED (status) && WEXITSTATUS (status) == 0) || (WIFSIGNALED (status) && WTERMSIG (status) == SIGTERM);
}

typedef struct
{
  GwCall *call;
  const Mode *mode;
} Shutdown;

static void
on_ended (GwProgram *program, gpointer data)
{
  g_autofree Shutdown *shutdown = data;
  GwCall *call = shutdown->call;

  if (is_going_down (gw_program_get_wait_status (program)))
    {
      gw_shutdown_tell (gw_events_get (), shutdown->mode->name);
      gw_call_end_silently (call);
    }
  else
    gw_call_fail (call, describe_failure (program));
  gw_program_free (program);
}

static void
run_shutdown (GwCall *call, JsonObject *arguments)
{
  const Mode *mode = find_mode (json_object_get_string_member_with_default (arguments, "mode", "powerdown"));
  g_auto (GStrv) argv = NULL;
  GError *error = NULL;
  Shutdown *shutdown;

  if (mode == NULL)
    {
      gw_call_fail (call, g_error_new_literal (GW_ERROR, GW_ERROR_FAILED,
                                               "mode is invalid (valid values are: halt|powerdown|reboot"));
      return;
    }
  argv = build_argv (mode);
  shutdown = g_new (Shutdown, 1);
  *shutdown = (Shutdown){ call, mode };
  if (gw_program_start (argv, NULL, NULL, GW_CAPTURE_MERGED, on_ended, shutdown, &error) == NULL)
    {
      g_free (shutdown);
      gw_call_fail (call, error);
    }
}

const GwCommand gw_commands_power[] = {
  { "guest-shutdown", "Power down, halt or reboot the guest; answered only if that fails", "0.15.0", GW_COMMAND_NO_SUCCESS,
    run_shutdown, { { "mode", GW_ARGUMENT_STRING, TRUE } } },
  { NULL },
};
