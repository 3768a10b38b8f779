/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's command line: our own words, and qemu-ga's for those who have
 * them in their scripts. */

#include "gw-options.h"

#define DEFAULT_CHANNEL "virtio:org.guestwire.agent.0"

/* qemu-ga's methods (-m): its default path, and our address for it. */
static const struct
{
  const char *name;
  const char *prefix;
  const char *default_path;
} methods[] = {
  { "virtio-serial", "virtio", "/dev/virtio-ports/org.qemu.guest_agent.0" },
  { "isa-serial", "tty", "/dev/ttyS0" },
  { "unix-listen", "unix-listen", NULL },
};

/* @method may be NULL: then @path is a virtio-serial port, as in qemu-ga. */
static char *
method_address (const char *method, const char *path, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (method != NULL && !g_str_equal (method, methods[i].name))
        continue;
      if (path == NULL)
        path = methods[i].default_path;
      if (path != NULL)
        return g_strdup_printf ("%s:%s", methods[i].prefix, path);
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--method %s needs a --path", method);
      return NULL;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "unknown method '%s'; there are virtio-serial, isa-serial and unix-listen", method);
  return NULL;
}

static gboolean
choose_channels (GwOptions *options, const char *method, const char *path, GError **error)
{
  char *address;

  if (method == NULL && path == NULL)
    {
      if (options->channels == NULL)
        options->channels = g_strsplit (DEFAULT_CHANNEL, " ", 1);
      return TRUE;
    }
  if (options->channels != NULL)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           "--channel stands for --method and --path: give the one or the others");
      return FALSE;
    }
  address = method_address (method, path, error);
  if (address == NULL)
    return FALSE;
  options->channels = g_new0 (char *, 2);
  options->channels[0] = address;
  return TRUE;
}

/**
 * gw_options_parse:
 *
 * Prints the help text and exits if that is asked for.
 *
 * Returns: %FALSE with %G_OPTION_ERROR set
 */
gboolean
gw_options_parse (GwOptions *options, int *argc, char ***argv, GError **error)
{
  g_autofree char *method = NULL;
  g_autofree char *path = NULL;
  const GOptionEntry entries[] = {
    { "channel", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->channels,
      "Serve this channel: virtio:NAME, tty:PATH or unix-listen:PATH. May be given more than once. Default: " DEFAULT_CHANNEL,
      "ADDRESS" },
    { "method", 'm', 0, G_OPTION_ARG_STRING, &method, "As qemu-ga's: virtio-serial, isa-serial or unix-listen", "METHOD" },
    { "path", 'p', 0, G_OPTION_ARG_FILENAME, &path, "As qemu-ga's: the device or socket of the method", "PATH" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &options->verbose, "Log each request", NULL },
    { "version", 'V', 0, G_OPTION_ARG_NONE, &options->show_version, "Print the version and exit", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- serve the agent's commands to this machine's host");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument '%s'", (*argv)[1]);
      return FALSE;
    }
  return choose_channels (options, method, path, error);
}

void
gw_options_clear (GwOptions *options)
{
  g_clear_pointer (&options->channels, g_strfreev);
}
