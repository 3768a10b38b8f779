/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire chardev convert: devices as XML in, and as XML, arguments of QEMU or
 * lines of xl.cfg out. Asks no machine and starts none. */

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-limits.h"

/* What the library takes of XML, and one byte more. */
#define INPUT_MAX (GW_DOMAIN_XML_MAX + 1)

typedef struct
{
  char *to;
  char *from;
  char *qemu_version;
  char *xen_version;
  gboolean old_style;
  gboolean lossy;
  gboolean windows;
  gboolean null;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->to);
  g_free (options->from);
  g_free (options->qemu_version);
  g_free (options->xen_version);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* --- In ----------------------------------------------------------------- */

static GString *
read_all (int fd, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char part[16384];
  gssize length;

  while ((length = read (fd, part, MIN (sizeof part, INPUT_MAX - text->len))) != 0)
    if (length > 0)
      g_string_append_len (text, part, length);
    else if (errno != EINTR)
      {
        g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
        return NULL;
      }
  return g_steal_pointer (&text);
}

static GString *
read_input (const char *name, GError **error)
{
  gboolean is_standard = g_str_equal (name, "-");
  int fd = is_standard ? STDIN_FILENO : open (name, O_RDONLY | O_CLOEXEC);
  GString *text = NULL;

  if (fd >= 0)
    text = read_all (fd, error);
  else
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
  if (text == NULL)
    {
      g_autofree char *shown = g_filename_display_name (name);

      g_prefix_error (error, "cannot read %s: ", is_standard ? "standard input" : shown);
    }
  if (fd >= 0 && !is_standard)
    close (fd);
  return text;
}

static gboolean
read_form (const char *text, GwChardevForm *form)
{
  *form = GW_CHARDEV_FORM_ANY;
  if (g_strcmp0 (text, "rfc") == 0)
    *form = GW_CHARDEV_FORM_RFC;
  else if (g_strcmp0 (text, "libvirt") == 0)
    *form = GW_CHARDEV_FORM_LIBVIRT;
  return text == NULL || *form != GW_CHARDEV_FORM_ANY;
}

/* --- Out ---------------------------------------------------------------- */

static gboolean
needs_no_quotes (const char *word)
{
  return *word != '\0' && strspn (word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%") == strlen (word);
}

/* One line that can be pasted behind qemu-system-x86_64. */
static char *
quote_words (char **words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *quoted = needs_no_quotes (words[i]) ? g_strdup (words[i]) : g_shell_quote (words[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", quoted);
    }
  if (text->len > 0)
    g_string_append_c (text, '\n');
  return g_string_free (text, FALSE);
}

static int
print_with_nulls (Cli *cli, char **words)
{
  for (guint i = 0; words[i] != NULL; i++)
    {
      int problem = cli_write (STDOUT_FILENO, words[i], strlen (words[i]) + 1);

      /* Whoever read has enough. */
      if (problem == EPIPE)
        return 128 + SIGPIPE;
      if (problem != 0)
        {
          cli_complain ("cannot write to standard output: %s", g_strerror (problem));
          return cli->verb->failed;
        }
    }
  return 0;
}

static void
add_words (JsonBuilder *json, const char *member, char **words)
{
  json_builder_set_member_name (json, member);
  json_builder_begin_array (json);
  for (guint i = 0; words[i] != NULL; i++)
    json_builder_add_string_value (json, words[i]);
  json_builder_end_array (json);
}

/* @words: (nullable): arguments, else @text */
static int
print_as_json (Cli *cli, const Options *options, const char *text, char **words, char **notes)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) node = NULL;

  json_builder_begin_object (json);
  if (words != NULL)
    add_words (json, "arguments", words);
  else
    {
      json_builder_set_member_name (json, options->to);
      json_builder_add_string_value (json, text);
    }
  add_words (json, "notes", notes);
  json_builder_end_object (json);
  node = json_builder_get_root (json);
  return cli_print_json (cli, node);
}

static GwChardevWriteFlags
flags_of (const Options *options)
{
  return (options->old_style ? GW_CHARDEV_WRITE_OLD_STYLE : GW_CHARDEV_WRITE_DEFAULT)
         | (options->lossy ? GW_CHARDEV_WRITE_LOSSY : GW_CHARDEV_WRITE_DEFAULT)
         | (options->windows ? GW_CHARDEV_WRITE_WINDOWS : GW_CHARDEV_WRITE_DEFAULT);
}

static int
fail (Cli *cli, const GError *error)
{
  int status = cli_fail (cli, error);

  if (g_error_matches (error, GW_ERROR, GW_ERROR_AMBIGUOUS))
    cli_complain ("say which: --from rfc, or --from libvirt");
  if (g_error_matches (error, GW_ERROR, GW_ERROR_LOSSY))
    cli_complain ("--lossy leaves it out");
  return status;
}

static int
write_out (Cli *cli, const Options *options, GPtrArray *devices)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  g_auto (GStrv) notes = NULL;
  g_autofree char *text = NULL;

  if (g_str_equal (options->to, "qemu"))
    {
      words = gw_chardev_write_qemu (devices, options->qemu_version, flags_of (options), &notes, &error);
      text = words != NULL ? quote_words (words) : NULL;
    }
  else if (g_str_equal (options->to, "xl"))
    text = gw_chardev_write_xl (devices, options->xen_version, flags_of (options), &notes, &error);
  else
    text = gw_chardev_write_xml (devices, flags_of (options), &notes, &error);
  if (text == NULL)
    return fail (cli, error);
  if (cli->json)
    return print_as_json (cli, options, text, words, notes);
  for (guint i = 0; notes[i] != NULL; i++)
    cli_complain ("%s", notes[i]);
  return options->null ? print_with_nulls (cli, words) : cli_print (cli, text);
}

/* --- The command line --------------------------------------------------- */

/* What the line is wrong in, or NULL. */
static const char *
find_misuse (const Options *options, GwChardevForm *form)
{
  gboolean is_qemu = g_strcmp0 (options->to, "qemu") == 0;
  gboolean is_xl = g_strcmp0 (options->to, "xl") == 0;

  if (!is_qemu && !is_xl && g_strcmp0 (options->to, "libvirt") != 0)
    return "--to takes libvirt, qemu or xl";
  if (!read_form (options->from, form))
    return "--from takes rfc or libvirt";
  if (!is_qemu && (options->qemu_version != NULL || options->old_style || options->null))
    return "--qemu-version, --old-style and --null belong to --to qemu";
  if (!is_xl && options->xen_version != NULL)
    return "--xen-version belongs to --to xl";
  if (options->windows && !is_qemu)
    return "--windows belongs to --to qemu";
  return NULL;
}

static int
convert (Cli *cli, const Options *options, GwChardevForm form, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GString) text = read_input (name, &error);

  if (text == NULL)
    return cli_fail (cli, error);
  devices = gw_chardev_read_xml (text->str, (gssize) text->len, form, &error);
  if (devices == NULL)
    return fail (cli, error);
  if (devices->len == 0)
    cli_complain ("there is no <serial>, <parallel>, <console> or <channel> among its devices");
  return write_out (cli, options, devices);
}

int
cli_chardev_convert (Cli *cli, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &options.to, "Who is to have it: libvirt, qemu or xl", "FORM" },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options.from, "Take the XML for rfc's or libvirt's form", "FORM" },
    { "qemu-version", 0, 0, G_OPTION_ARG_STRING, &options.qemu_version, "Write for this QEMU, not the newest", "VERSION" },
    { "xen-version", 0, 0, G_OPTION_ARG_STRING, &options.xen_version, "Write for this Xen, not the newest", "VERSION" },
    { "old-style", 0, 0, G_OPTION_ARG_NONE, &options.old_style, "Use QEMU's -serial and -parallel", NULL },
    { "windows", 0, 0, G_OPTION_ARG_NONE, &options.windows, "Port n of the host is COMn", NULL },
    { "lossy", 0, 0, G_OPTION_ARG_NONE, &options.lossy, "Leave out what has no place there, and tell it", NULL },
    { "null", '0', 0, G_OPTION_ARG_NONE, &options.null, "End each argument of QEMU with a NUL", NULL },
    { 0 },
  };
  GwChardevForm form = GW_CHARDEV_FORM_ANY;
  const char *misuse;
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (argc != 2)
    return cli_misuse (cli, argc < 2 ? "a file is missing; - is standard input" : "too many arguments");
  if (options.to == NULL)
    return cli_misuse (cli, "who is to have it is missing: --to libvirt, --to qemu or --to xl");
  misuse = find_misuse (&options, &form);
  return misuse != NULL ? cli_misuse (cli, "%s", misuse) : convert (cli, &options, form, argv[1]);
}
