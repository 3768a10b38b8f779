/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is mounted, from mountinfo (proc(5)): the file systems that have a
 * block device, in the order in which they were mounted. Knows not what they
 * are asked for. */

#include "gw-mounts.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Fields of a line; optional ones are between OPTIONS and a lone "-". */
enum
{
  FIELD_DEVICE = 2,
  FIELD_PATH = 4,
  FIELD_OPTIONS = 5,
};

enum
{
  AFTER_TYPE = 1, /* behind the "-" */
  AFTER_SOURCE = 2,
};

void
gw_mount_free (GwMount *mount)
{
  g_free (mount->path);
  g_free (mount->type);
  g_free (mount->source);
  g_free (mount);
}

/* --- One line --------------------------------------------------------------- */

static gboolean
is_octal (const char *text)
{
  return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' && text[2] >= '0' && text[2] <= '7';
}

/* White space, "#" and "\" are there as "\" and three octal digits. */
static char *
unescape (const char *text)
{
  GString *plain = g_string_new (NULL);

  while (*text != '\0')
    if (*text == '\\' && is_octal (text + 1))
      {
        g_string_append_c (plain, (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0'));
        text += 4;
      }
    else
      g_string_append_c (plain, *text++);
  return g_string_free (plain, FALSE);
}

static gboolean
parse_device (GwMount *mount, const char *text)
{
  char rest;

  return sscanf (text, "%u:%u%c", &mount->major, &mount->minor, &rest) == 2;
}

static char **
find_separator (char **fields)
{
  for (char **field = fields + FIELD_OPTIONS + 1; *field != NULL; field++)
    if (g_str_equal (*field, "-"))
      return field;
  return NULL;
}

/**
 * gw_mount_parse:
 * @line: of mountinfo, without its end
 *
 * Returns: (transfer full) (nullable): what is mounted, whatever it is on;
 *   %NULL if @line cannot be understood
 */
GwMount *
gw_mount_parse (const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", -1);
  g_autoptr (GwMount) mount = NULL;
  char **after;

  if (g_strv_length (fields) <= FIELD_OPTIONS + 1)
    return NULL;
  after = find_separator (fields);
  if (after == NULL || g_strv_length (after) <= AFTER_SOURCE)
    return NULL;
  mount = g_new0 (GwMount, 1);
  if (!parse_device (mount, fields[FIELD_DEVICE]))
    return NULL;
  mount->path = unescape (fields[FIELD_PATH]);
  mount->type = unescape (after[AFTER_TYPE]);
  mount->source = unescape (after[AFTER_SOURCE]);
  return *mount->path == '/' && *mount->type != '\0' ? g_steal_pointer (&mount) : NULL;
}

/* --- All of them --------------------------------------------------------------- */

/* Major number 0 is for what has no device, but btrfs has it too: it may have
 * many devices, and names one of them. */
static gboolean
has_device (GwMount *mount)
{
  struct stat status;

  if (mount->major != 0)
    return TRUE;
  if (!g_str_equal (mount->type, "btrfs") || stat (mount->source, &status) != 0 || !S_ISBLK (status.st_mode))
    return FALSE;
  mount->major = major (status.st_rdev);
  mount->minor = minor (status.st_rdev);
  mount->nameless = TRUE;
  return TRUE;
}

/**
 * gw_mounts_load:
 * @path: mountinfo
 *
 * Returns: (transfer full) (element-type GwMount): those on block devices, in
 *   the order of mounting; one device may be there more than once
 */
GPtrArray *
gw_mounts_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GPtrArray) mounts = g_ptr_array_new_with_free_func ((GDestroyNotify) gw_mount_free);

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    {
      g_autoptr (GwMount) mount = gw_mount_parse (*line);

      if (mount != NULL && has_device (mount))
        g_ptr_array_add (mounts, g_steal_pointer (&mount));
    }
  return g_steal_pointer (&mounts);
}

/* A number that two mounts of one device have both. */
guint64
gw_mount_get_device (const GwMount *mount)
{
  return makedev (mount->major, mount->minor);
}
