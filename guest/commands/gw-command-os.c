/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest says of its operating system. */

#include "gw-command.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* os-release(5): names there and in the reply (qga/qapi-schema.json). */
static const struct
{
  const char *key;
  const char *member;
} os_release_keys[] = {
  { "ID", "id" },
  { "NAME", "name" },
  { "PRETTY_NAME", "pretty-name" },
  { "VERSION", "version" },
  { "VERSION_ID", "version-id" },
  { "VARIANT", "variant" },
  { "VARIANT_ID", "variant-id" },
};

static void
add_os_release_line (JsonObject *info, const char *line)
{
  const char *equals = strchr (line, '=');

  if (equals == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (os_release_keys); i++)
    {
      g_autofree char *value = NULL;
      g_autofree char *valid = NULL;

      if (strlen (os_release_keys[i].key) != (gsize) (equals - line)
          || strncmp (os_release_keys[i].key, line, equals - line) != 0)
        continue;
      value = g_shell_unquote (equals + 1, NULL);
      if (value == NULL)
        return;
      valid = g_utf8_make_valid (value, -1);
      json_object_set_string_member (info, os_release_keys[i].member, valid);
    }
}

/* A guest without the file still has a kernel to tell of. */
static void
add_os_release (JsonObject *info)
{
  const char *named = g_getenv ("QGA_OS_RELEASE");
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (named != NULL)
    g_file_get_contents (named, &text, NULL, NULL);
  else if (!g_file_get_contents ("/etc/os-release", &text, NULL, NULL))
    g_file_get_contents ("/usr/lib/os-release", &text, NULL, NULL);
  if (text == NULL)
    return;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_os_release_line (info, g_strstrip (lines[i]));
}

static GError *
system_error (const char *call, int code)
{
  return g_error_new (GW_ERROR, GW_ERROR_FAILED, "%s: %s", call, g_strerror (code));
}

static void
run_get_osinfo (GwCall *call, JsonObject *arguments)
{
  struct utsname kernel;
  JsonObject *info;

  if (uname (&kernel) != 0)
    {
      gw_call_fail (call, system_error ("uname", errno));
      return;
    }
  info = json_object_new ();
  json_object_set_string_member (info, "kernel-release", kernel.release);
  json_object_set_string_member (info, "kernel-version", kernel.version);
  json_object_set_string_member (info, "machine", kernel.machine);
  add_os_release (info);
  gw_call_return_object (call, info);
}

static void
run_get_host_name (GwCall *call, JsonObject *arguments)
{
  /* Asked each time: g_get_host_name() keeps the first answer for ever. */
  char name[256] = "";
  g_autofree char *valid = NULL;
  JsonObject *info;

  if (gethostname (name, sizeof name - 1) != 0)
    {
      gw_call_fail (call, system_error ("gethostname", errno));
      return;
    }
  valid = g_utf8_make_valid (name, -1);
  info = json_object_new ();
  json_object_set_string_member (info, "host-name", valid);
  gw_call_return_object (call, info);
}

const GwCommand gw_commands_os[] = {
  { "guest-get-osinfo", "Return the kernel and the operating system's name", "2.10", GW_COMMAND_PLAIN, run_get_osinfo,
    { { NULL } } },
  { "guest-get-host-name", "Return the guest's host name", "2.10", GW_COMMAND_PLAIN, run_get_host_name, { { NULL } } },
  { NULL },
};
