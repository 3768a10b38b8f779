/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guest-set-time: hosts call it when they resume a guest that was asleep. Sets
 * the system's clock, and the hardware's (RTC) after it; or with no time, the
 * system's after the hardware's. */

#include "gw-command-set-time.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw-command.h"
#include "gw-limits.h"
#include "gw-program.h"

#define NANOSECONDS G_GINT64_CONSTANT (1000000000)

static const char *hwclock = "/sbin/hwclock";
static int (*settime) (clockid_t clock, const struct timespec *time) = clock_settime;

/**
 * gw_command_set_time_replace:
 * @program: what to run in place of hwclock(8); not copied
 * @func: what to call in place of clock_settime(2)
 */
void
gw_command_set_time_replace (const char *program, int (*func) (clockid_t clock, const struct timespec *time))
{
  hwclock = program;
  settime = func;
}

static GError *
describe_failure (GwProgram *program)
{
  gboolean truncated;
  g_autoptr (GBytes) output = gw_program_get_output (program, GW_STREAM_STDOUT, &truncated);
  gsize length;
  const char *data = g_bytes_get_data (output, &length);
  g_autofree char *bytes = g_strndup (data, MIN (length, GW_ERROR_TEXT_MAX));
  g_autofree char *text = g_utf8_make_valid (bytes != NULL ? g_strstrip (bytes) : "", -1);

  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "hwclock failed to synchronize the clocks%s%s", *text != '\0' ? ": " : "",
                      text);
}

static void
on_ended (GwProgram *program, gpointer data)
{
  GwCall *call = data;
  int status = gw_program_get_wait_status (program);

  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    gw_call_return (call, NULL);
  else
    gw_call_fail (call, describe_failure (program));
  gw_program_free (program);
}

static void
run_hwclock (GwCall *call, const char *direction)
{
  char *argv[] = { (char *) hwclock, (char *) direction, NULL };
  GError *error = NULL;

  if (gw_program_start (argv, NULL, NULL, GW_CAPTURE_MERGED, on_ended, call, &error) == NULL)
    gw_call_fail (call, error);
}

static GError *
set_system_clock (gint64 untrusted_time)
{
  struct timespec time = { .tv_sec = untrusted_time / NANOSECONDS, .tv_nsec = untrusted_time % NANOSECONDS };

  if (untrusted_time < 0)
    return g_error_new (GW_ERROR, GW_ERROR_FAILED, "Time %" G_GINT64_FORMAT " is before the Epoch", untrusted_time);
  if (settime (CLOCK_REALTIME, &time) == 0)
    return NULL;
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "Failed to set time to guest: %s", g_strerror (errno));
}

static void
run_set_time (GwCall *call, JsonObject *arguments)
{
  gboolean given = json_object_has_member (arguments, "time");
  gboolean has_hwclock = access (hwclock, X_OK) == 0;
  GError *error = NULL;

  if (given)
    error = set_system_clock (json_object_get_int_member (arguments, "time"));
  else if (!has_hwclock)
    error = g_error_new (GW_ERROR, GW_ERROR_FAILED, "there is no %s to read the hardware clock with; give a time", hwclock);
  if (error != NULL)
    gw_call_fail (call, error);
  else if (has_hwclock)
    run_hwclock (call, given ? "-w" : "-s");
  else
    {
      /* What was asked for is done; the hardware's clock is for the next boot,
       * and many guests have none. */
      g_message ("there is no %s: the hardware clock is left as it is", hwclock);
      gw_call_return (call, NULL);
    }
}

const GwCommand gw_commands_set_time[] = {
  { "guest-set-time", "Set the system's clock and the hardware's, or the system's from the hardware's", "1.5",
    GW_COMMAND_PLAIN, run_set_time, { { "time", GW_ARGUMENT_INT, TRUE } } },
  { NULL },
};
