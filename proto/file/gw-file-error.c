/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How it is told what is wrong with a file. */

#include "gw-file-error.h"

gboolean
gw_file_fail (GError **error, int number, const char *what, const char *path)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot %s '%s': %s", what, shown,
               g_strerror (number));
  return FALSE;
}

gboolean
gw_file_refuse (GError **error, GFileError code, const char *path, const char *what)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, code, "'%s' %s", shown, what);
  return FALSE;
}

/* Whether nobody wants it any more: an error too. */
gboolean
gw_file_is_stopped (const int *stopped, GError **error)
{
  if (!g_atomic_int_get (stopped))
    return FALSE;
  g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "stopped");
  return TRUE;
}
