/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An agent that is stopped may be stopped with its machine, or alone, to be
 * upgraded. systemd has jobs for the one and not for the other; where it is not
 * there, init has set a run level. */

#include "gw-shutdown.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-logins.h"
#include "gw-program.h"
#include "gw-utmp.h"

/* Is there where systemd runs (sd_booted(3)). */
#define SYSTEMD_FOLDER "/run/systemd/system"

/* The units that it starts to go down (systemd.special(7)), and what
 * guest-shutdown calls that. */
static const struct
{
  const char *unit;
  const char *mode;
} targets[] = {
  { "reboot.target", "reboot" },      { "kexec.target", "reboot" },  { "soft-reboot.target", "reboot" },
  { "poweroff.target", "powerdown" }, { "exit.target", "powerdown" }, { "halt.target", "halt" },
};

static gboolean told;

/**
 * gw_shutdown_tell:
 * @mode: (nullable): as in guest-shutdown; %NULL where it is not known
 */
void
gw_shutdown_tell (GwEvents *events, const char *mode)
{
  JsonObject *data = json_object_new ();

  told = TRUE;
  if (mode != NULL)
    json_object_set_string_member (data, "mode", mode);
  gw_events_tell_object (events, "shutdown-begun", data);
}

gboolean
gw_shutdown_was_told (void)
{
  return told;
}

/**
 * gw_shutdown_find_in_jobs:
 * @untrusted_jobs: what `systemctl list-jobs` says: NUMBER UNIT TYPE STATE
 * @mode: (out): see gw_shutdown_tell()
 *
 * Returns: whether the machine goes down
 */
gboolean
gw_shutdown_find_in_jobs (const char *untrusted_jobs, const char **mode)
{
  g_auto (GStrv) lines = g_strsplit (untrusted_jobs, "\n", -1);
  gboolean found = FALSE;

  *mode = NULL;
  for (char **line = lines; *line != NULL; line++)
    {
      char number[32], unit[64], type[32];

      if (sscanf (*line, "%31s %63s %31s", number, unit, type) != 3 || strcmp (type, "start") != 0)
        continue;
      found = found || strcmp (unit, "shutdown.target") == 0;
      for (guint i = 0; i < G_N_ELEMENTS (targets); i++)
        if (strcmp (unit, targets[i].unit) == 0)
          {
            *mode = targets[i].mode;
            return TRUE;
          }
    }
  return found;
}

/* --- Asking ------------------------------------------------------------- */

typedef struct
{
  GwShutdownFunc func;
  gpointer data;
} Question;

static void
on_jobs (GwProgram *program, gpointer data)
{
  g_autofree Question *question = data;
  gboolean truncated;
  g_autoptr (GBytes) output = gw_program_get_output (program, GW_STREAM_STDOUT, &truncated);
  gsize length;
  const char *bytes = g_bytes_get_data (output, &length);
  g_autofree char *jobs = g_strndup (bytes, length);
  const char *mode = NULL;
  gboolean going_down = jobs != NULL && gw_shutdown_find_in_jobs (jobs, &mode);

  gw_program_free (program);
  question->func (going_down, mode, question->data);
}

static gboolean
ask_systemd (GwShutdownFunc func, gpointer data)
{
  char *argv[] = { (char *) "systemctl", (char *) "list-jobs", (char *) "--no-legend", (char *) "--plain",
                   (char *) "--full", (char *) "--no-pager", NULL };
  Question *question = g_new (Question, 1);
  g_autoptr (GError) error = NULL;

  *question = (Question){ func, data };
  if (gw_program_start (argv, NULL, NULL, GW_CAPTURE_MERGED, on_jobs, question, &error) != NULL)
    return TRUE;
  g_debug ("systemd cannot be asked: %s", error->message);
  g_free (question);
  return FALSE;
}

static void
ask_run_level (GwShutdownFunc func, gpointer data)
{
  g_autofree guint8 *bytes = NULL;
  gsize length = 0;
  char level = 0;

  if (gw_logins_read_file (GW_UTMP_PATH, GW_UTMP_MAX, &bytes, &length, NULL))
    level = gw_utmp_find_run_level (bytes, length);
  func (level == '0' || level == '6', level == '6' ? "reboot" : "powerdown", data);
}

/**
 * gw_shutdown_ask:
 * @func: gets the answer, now or later
 */
void
gw_shutdown_ask (GwShutdownFunc func, gpointer data)
{
  if (access (SYSTEMD_FOLDER, F_OK) != 0 || !ask_systemd (func, data))
    ask_run_level (func, data);
}
