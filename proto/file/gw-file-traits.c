/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes, owners and times: what of them is taken over, and how it is set.
 * Knows no file by its name. */

#include "gw-file-traits.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "gw-file-error.h"
#include "gw-limits.h"

#define SECOND_NS G_GINT64_CONSTANT (1000000000)

/* For getpwnam_r() and the like: groups may have many members. */
#define ENTRY_MAX (1024 * 1024)

/* Some file systems have times that lie centuries outside of what this holds:
 * the nearest is what is said then. */
gint64
gw_file_mtime_ns (const struct stat *status)
{
  const gint64 most = G_MAXINT64 / SECOND_NS - 1;

  return CLAMP (status->st_mtim.tv_sec, -most, most) * SECOND_NS + status->st_mtim.tv_nsec;
}

void
gw_file_traits_of_other (GwFileTraits *traits, const GwFileRules *rules, const GwFileTraits *untrusted_other)
{
  const GwFileTraits asked = {
    .mode = untrusted_other->mode >= 0 ? untrusted_other->mode & rules->mode_mask : -1,
    .uid = rules->keep_owner ? untrusted_other->uid : rules->uid,
    .gid = rules->keep_owner ? untrusted_other->gid : rules->gid,
    .timed = untrusted_other->timed,
    .mtime_ns = untrusted_other->mtime_ns,
  };

  gw_file_traits_override (traits, &asked);
}

/* What is asked for comes before what there is. */
void
gw_file_traits_override (GwFileTraits *traits, const GwFileTraits *asked)
{
  if (asked->uid >= 0 || asked->gid >= 0)
    traits->inherited = FALSE;
  traits->uid = asked->uid >= 0 ? asked->uid : traits->uid;
  traits->gid = asked->gid >= 0 ? asked->gid : traits->gid;
  traits->mode = asked->mode >= 0 ? asked->mode : traits->mode;
  traits->timed = asked->timed;
  traits->mtime_ns = asked->mtime_ns;
}

static void
fill_times (struct timespec times[2], gint64 mtime_ns)
{
  gint64 rest = mtime_ns % SECOND_NS;
  gboolean before = rest < 0;

  times[0] = (struct timespec){ .tv_nsec = UTIME_NOW };
  times[1] = (struct timespec){ .tv_sec = mtime_ns / SECOND_NS - before, .tv_nsec = rest + (before ? SECOND_NS : 0) };
}

/**
 * gw_file_traits_set:
 * @mode_otherwise: if none is said
 * @path: for messages
 *
 * The owner first: a change of it takes bits of the mode away.
 */
gboolean
gw_file_traits_set (const GwFileTraits *traits, int fd, guint mode_otherwise, const char *path, GError **error)
{
  mode_t mode = traits->mode >= 0 ? (mode_t) traits->mode & 07777 : mode_otherwise;
  struct timespec times[2];

  if ((traits->uid >= 0 || traits->gid >= 0) && fchown (fd, traits->uid, traits->gid) != 0)
    {
      if (!traits->inherited)
        return gw_file_fail (error, errno, "give its owner to", path);
      /* They were not meant for this owner. */
      mode &= 0777;
    }
  if (fchmod (fd, mode) != 0)
    return gw_file_fail (error, errno, "set the mode of", path);
  fill_times (times, traits->mtime_ns);
  return !traits->timed || futimens (fd, times) == 0 || gw_file_fail (error, errno, "set the time of", path);
}

/* A link is followed whoever owns it, so nothing depends on these. */
void
gw_file_traits_set_on_link (const GwFileTraits *traits, int folder, const char *name)
{
  struct timespec times[2];

  if ((traits->uid >= 0 || traits->gid >= 0)
      && fchownat (folder, name, traits->uid, traits->gid, AT_SYMLINK_NOFOLLOW) != 0)
    g_debug ("the owner of a link cannot be set: %s", g_strerror (errno));
  fill_times (times, traits->mtime_ns);
  if (traits->timed && utimensat (folder, name, times, AT_SYMLINK_NOFOLLOW) != 0)
    g_debug ("the time of a link cannot be set: %s", g_strerror (errno));
}

/* --- Owners --------------------------------------------------------------- */

/* A number for sure is +N, as for chown. Returns whether it is one. */
static gboolean
take_number (const char *text, gint64 *id)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text[0] == '+' ? text + 1 : text, 10, 0, G_MAXUINT32 - 1, &number, NULL))
    return FALSE;
  *id = (gint64) number;
  return TRUE;
}

static gboolean
find_user (const char *name, gint64 *uid, GError **error)
{
  g_autofree char *buffer = g_malloc (ENTRY_MAX);
  struct passwd entry, *found = NULL;

  if (name[0] != '+' && getpwnam_r (name, &entry, buffer, ENTRY_MAX, &found) == 0 && found != NULL)
    *uid = found->pw_uid;
  else if (!take_number (name, uid))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "there is no user '%s'", name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
find_group (const char *name, gint64 *gid, GError **error)
{
  g_autofree char *buffer = g_malloc (ENTRY_MAX);
  struct group entry, *found = NULL;

  if (name[0] != '+' && getgrnam_r (name, &entry, buffer, ENTRY_MAX, &found) == 0 && found != NULL)
    *gid = found->gr_gid;
  else if (!take_number (name, gid))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "there is no group '%s'", name);
      return FALSE;
    }
  return TRUE;
}

/* Whether it is USER, USER:GROUP or :GROUP, whoever that is. */
gboolean
gw_file_owner_check (const char *text, GError **error)
{
  const char *colon = strchr (text, ':');
  gboolean fine = text[0] != '\0' && strlen (text) <= GW_FILE_OWNER_MAX;

  if (fine && (colon == NULL || (colon[1] != '\0' && strchr (colon + 1, ':') == NULL)))
    return TRUE;
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "an owner is USER, USER:GROUP or :GROUP");
  return FALSE;
}

/**
 * gw_file_owner_find:
 * @text: that of gw_file_owner_check(); names of this machine, or numbers
 *
 * May take long, where users come over a network.
 */
gboolean
gw_file_owner_find (const char *text, gint64 *uid, gint64 *gid, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (!gw_file_owner_check (text, error))
    return FALSE;
  parts = g_strsplit (text, ":", 2);
  return (parts[0][0] == '\0' || find_user (parts[0], uid, error))
         && (parts[1] == NULL || find_group (parts[1], gid, error));
}
