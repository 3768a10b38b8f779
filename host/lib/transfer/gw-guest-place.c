/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to be known and done about a file in the guest that the agent's
 * guest-file commands cannot tell or do. POSIX shell, and programs as both
 * coreutils and busybox have them. Each may be run twice. Makes no call. */

#include "gw-guest-place.h"

#include <string.h>

/* The x keeps line ends in the name. */
const char gw_guest_place_prepare[]
    = "fail () { printf '%s\\n' \"$1\" >&2; exit 1; }\n"
      "t=$1\n"
      "if [ -d \"$t\" ]; then\n"
      "  [ -n \"$2\" ] || fail \"$t: is a directory, and the file's name is no UTF-8: say what to call it there\"\n"
      "  t=${t%/}/$2\n"
      "else case $t in */) fail \"$t: no such directory\";; esac; fi\n"
      "if [ -L \"$t\" ]; then\n"
      "  f=$(readlink -f -- \"$t\" && echo x) || fail \"$t: a symbolic link to what is not there\"\n"
      "  t=${f%?x}\n"
      "fi\n"
      "[ ! -d \"$t\" ] || fail \"$t: is a directory\"\n"
      "[ ! -e \"$t\" ] || [ -f \"$t\" ] || fail \"$t: is no regular file\"\n"
      "[ -d \"${t%/*}/\" ] || fail \"${t%/*}: no such directory\"\n"
      "p=${t%/*}/.guestwire-$3\n"
      "rm -f -- \"$p\" && (umask 077; set -C; : > \"$p\") || fail \"$t: cannot be written beside\"\n"
      "printf '%s\\0%s' \"$p\" \"$t\"\n";

/* The owner and SELinux's label are the old file's, where there was one and
 * the guest can do it. A second run finds it done. */
const char gw_guest_place_commit[]
    = "fail () { printf '%s\\n' \"$1\" >&2; exit 1; }\n"
      "if [ -f \"$1\" ]; then\n"
      "  n=$(wc -c <\"$1\") && [ \"$n\" -eq \"$4\" ] || fail \"$2: $n bytes came, and not $4\"\n"
      "  if [ -f \"$2\" ]; then\n"
      "    chown \"$(stat -c %u:%g -- \"$2\")\" \"$1\" 2>/dev/null\n"
      "    chcon --reference=\"$2\" -- \"$1\" 2>/dev/null\n"
      "  fi\n"
      "  chmod \"$3\" \"$1\" || exit 1\n"
      "  sync \"$1\" 2>/dev/null\n"
      "  [ ! -d \"$2\" ] || fail \"$2: is a directory\"\n"
      "  mv -f -T -- \"$1\" \"$2\" 2>/dev/null || mv -f -- \"$1\" \"$2\" || exit 1\n"
      "fi\n"
      "[ ! -e \"$1\" ] && [ -f \"$2\" ] && n=$(wc -c <\"$2\") && [ \"$n\" -eq \"$4\" ] || fail \"$2: was not replaced\"\n";

const char gw_guest_place_undo[] = "rm -f -- \"$1\"\n";

const char gw_guest_place_learn[] = "fail () { printf '%s\\n' \"$1\" >&2; exit 1; }\n"
                                    "[ ! -d \"$1\" ] || fail \"$1: is a directory\"\n"
                                    "[ ! -e \"$1\" ] || [ -f \"$1\" ] || fail \"$1: is no regular file\"\n"
                                    "stat -L -c %a -- \"$1\" 2>/dev/null\n"
                                    "exit 0\n";

/**
 * gw_guest_place_read:
 * @untrusted_output: what the prepare script wrote
 * @part: (out) (transfer full): the file beside
 * @path: (out) (transfer full): the target
 *
 * Returns: %FALSE with %GW_ERROR_PROTOCOL set if it is not two absolute paths
 *   in UTF-8
 */
gboolean
gw_guest_place_read (GBytes *untrusted_output, char **part, char **path, GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (untrusted_output, &length);
  const char *end = length > 0 ? memchr (text, '\0', length) : NULL;
  gsize part_length = end != NULL ? (gsize) (end - text) : 0;
  gsize path_length = end != NULL ? length - part_length - 1 : 0;

  if (path_length == 0 || text[0] != '/' || end[1] != '/' || !g_utf8_validate_len (text, part_length, NULL)
      || !g_utf8_validate_len (end + 1, path_length, NULL))
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_PROTOCOL, "the guest's shell does not say where to write");
      return FALSE;
    }
  *part = g_strndup (text, part_length);
  *path = g_strndup (end + 1, path_length);
  return TRUE;
}

/**
 * gw_guest_place_read_mode:
 * @untrusted_output: what the learn script wrote
 * @mode: (out): the permission bits; left alone if they are not known
 */
gboolean
gw_guest_place_read_mode (GBytes *untrusted_output, guint *mode)
{
  gsize length;
  const char *data = g_bytes_get_data (untrusted_output, &length);
  g_autofree char *text = g_strndup (length > 0 ? data : "", MIN (length, 16));
  guint64 number;

  if (!g_ascii_string_to_unsigned (g_strstrip (text), 8, 0, 07777, &number, NULL))
    return FALSE;
  *mode = number & 0777;
  return TRUE;
}
