/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* qga.state.isfrozen. qemu-ga's is empty. Ours says in which boot it
 * was written: a disk that was copied while frozen has it too, and a system
 * that starts from the copy is not frozen. */

#include "gw-freeze-mark.h"

#include <unistd.h>

#define GROUP "freeze"

/* Returns: (transfer full): where it is */
char *
gw_freeze_mark_path (const char *folder)
{
  return g_build_filename (folder, "qga.state.isfrozen", NULL);
}

static char *
own_boot_id (void)
{
  char *boot_id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (boot_id);
}

/**
 * gw_freeze_mark_read:
 *
 * Nothing is written: that would wait for the thaw.
 */
GwMark
gw_freeze_mark_read (const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *boot_id = NULL;
  g_autofree char *own = own_boot_id ();

  if (access (path, F_OK) != 0)
    return GW_MARK_NONE;
  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  boot_id = g_key_file_get_string (file, GROUP, "boot-id", NULL);
  if (boot_id != NULL && !g_str_equal (boot_id, own))
    return GW_MARK_NONE;
  return g_key_file_get_boolean (file, GROUP, "leased", NULL) ? GW_MARK_LEASED : GW_MARK_FROZEN;
}

/* Before the first file system is frozen. */
void
gw_freeze_mark_write (const char *path, gboolean leased)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *own = own_boot_id ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  g_key_file_set_string (file, GROUP, "boot-id", own);
  g_key_file_set_boolean (file, GROUP, "leased", leased);
  if (!g_key_file_save_to_file (file, path, &error))
    g_warning ("%s: %s: an agent that is killed while file systems are frozen leaves the next one without knowledge of it",
               path, error->message);
}

/* After the last one was thawed. */
void
gw_freeze_mark_remove (const char *path)
{
  unlink (path);
}
