/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's command line: our own words, and qemu-ga's for those who have
 * them in their scripts. getopt_long(3) reads it, as qemu-ga's does: GOption
 * knows no -F/HOOK. */

#include "gw-options.h"

#include <getopt.h>
#include <string.h>

#include "gw-limits.h"

#define LETTERS_MAX 64
#define OPTIONS_MAX 32

/* What getopt_long() returns for options that have no letter. */
#define OPTION_FIRST 256

/* Options that are no settings. */
static const struct
{
  const char *option;
  char letter;
  int argument;
  const char *value;
  const char *help;
} others[] = {
  { "config", 'c', required_argument, "FILE", "Read this file, in place of $QGA_CONF and the default" },
  { "dump-conf", 'D', no_argument, NULL, "Print all settings as a configuration file and exit" },
  { "version", 'V', no_argument, NULL, "Print the version and exit" },
  { "help", 'h', no_argument, NULL, "Print this text and exit" },
};

/* Where the two kinds of agent keep things when not told. qemu-ga's are what
 * its packages have. */
static const struct
{
  const char *config;
  const char *pid_file;
  const char *state_folder;
  const char *freeze_folder; /* which ends with the boot, as a freeze does */
  const char *channels;      /* of which mostly one is there; NULL for qemu-ga's method */
  const char *hold;          /* what programs written for virtio-serial call their ports */
} defaults[] = {
  { "/etc/guestwire/agent.conf", "/run/guestwire-agent.pid", "/var/lib/guestwire", "/run/guestwire",
    "virtio:org.guestwire.agent.0 xen:org.guestwire.agent.0", "*.vport" },
  { "/etc/qemu/qemu-ga.conf", "/var/run/qemu-ga.pid", "/var/run", "/var/run", NULL, "none" },
};

#define DEFAULT_FREEZE_HOOK "/etc/qemu/fsfreeze-hook"

/* --- Channels ----------------------------------------------------------- */

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
  { "vsock-listen", "vsock", NULL },
};

/* Fills in what the one or the other says of itself, and returns the address. */
static char *
method_address (GwSettings *settings, GError **error)
{
  if (settings->method == NULL)
    settings->method = g_strdup (methods[0].name);
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (!g_str_equal (settings->method, methods[i].name))
        continue;
      if (settings->path == NULL)
        settings->path = g_strdup (methods[i].default_path);
      if (settings->path != NULL)
        return g_strdup_printf ("%s:%s", methods[i].prefix, settings->path);
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--method %s needs a --path", settings->method);
      return NULL;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "unknown method '%s'; there are virtio-serial, isa-serial, unix-listen and vsock-listen", settings->method);
  return NULL;
}

static void
add_words (GPtrArray *list, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (list, g_strdup (words[i]));
}

static gboolean
choose_channels (GwOptions *options, GError **error)
{
  GwSettings *settings = &options->settings;
  gboolean by_method = settings->method != NULL || settings->path != NULL;
  const char *channels = defaults[options->drop_in].channels;
  GPtrArray *list;

  if (by_method && settings->channels->len > 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                           "a channel stands for a method and a path: give the one or the others");
      return FALSE;
    }
  list = g_ptr_array_new ();
  if (by_method || (settings->channels->len == 0 && channels == NULL))
    {
      char *address = method_address (settings, error);

      if (address == NULL)
        {
          g_ptr_array_unref (list);
          return FALSE;
        }
      g_ptr_array_add (list, address);
    }
  else if (settings->channels->len == 0)
    add_words (settings->channels, channels);
  for (guint i = 0; i < settings->channels->len; i++)
    g_ptr_array_add (list, g_strdup (settings->channels->pdata[i]));
  g_ptr_array_add (list, NULL);
  options->channels = (char **) g_ptr_array_free (list, FALSE);
  return TRUE;
}

static void
choose_holds (GwOptions *options)
{
  GPtrArray *hold = options->settings.hold;
  GPtrArray *list = g_ptr_array_new ();

  if (hold->len == 0)
    add_words (hold, defaults[options->drop_in].hold);
  for (guint i = 0; i < hold->len; i++)
    if (!g_str_equal (hold->pdata[i], "none"))
      g_ptr_array_add (list, g_strdup (hold->pdata[i]));
  g_ptr_array_add (list, NULL);
  options->hold = (char **) g_ptr_array_free (list, FALSE);
}

/* --- The command line --------------------------------------------------- */

/* The two forms that getopt_long() wants. */
typedef struct
{
  char letters[LETTERS_MAX];
  struct option options[OPTIONS_MAX];
} Grammar;

static void
add_option (Grammar *grammar, guint *count, const char *name, char letter, int argument)
{
  gsize at = strlen (grammar->letters);

  g_assert (*count + 1 < OPTIONS_MAX && at + 4 < LETTERS_MAX);
  grammar->options[*count] = (struct option){ name, argument, NULL, OPTION_FIRST + (int) *count };
  (*count)++;
  if (letter == 0)
    return;
  grammar->options[*count - 1].val = letter;
  grammar->letters[at++] = letter;
  for (int i = 0; i < argument; i++)
    grammar->letters[at++] = ':';
}

static int
argument_of (const GwSetting *setting)
{
  if (setting->kind == GW_SETTING_FLAG)
    return no_argument;
  return setting->value[0] == '[' ? optional_argument : required_argument;
}

/* ':' first: a missing argument is told apart from an unknown option. */
static void
build_grammar (Grammar *grammar)
{
  guint count = 0;

  *grammar = (Grammar){ .letters = ":" };
  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    add_option (grammar, &count, setting->option, setting->letter, argument_of (setting));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    add_option (grammar, &count, others[i].option, others[i].letter, others[i].argument);
}

static const GwSetting *
find_setting (int value)
{
  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    if (value == setting->letter || value == OPTION_FIRST + (setting - gw_settings_table))
      return setting;
  return NULL;
}

static void
take_setting (GwOptions *options, GwSettings *settings, const GwSetting *setting, const char *value)
{
  /* QEMU's other word for it is "?". */
  if (setting->kind == GW_SETTING_NAMES && (g_strcmp0 (value, "help") == 0 || g_strcmp0 (value, "?") == 0))
    options->action = GW_ACTION_LIST;
  else
    gw_setting_add (setting, settings, value == NULL && setting->kind == GW_SETTING_STRING ? DEFAULT_FREEZE_HOOK : value);
}

static void
set_unknown (GError **error, const char *problem, const char *word, int letter)
{
  if (letter > 0 && letter < OPTION_FIRST && !g_str_has_prefix (word, "--"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "%s '-%c'", problem, letter);
  else
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "%s '%s'", problem, word);
}

static gboolean
take_option (GwOptions *options, GwSettings *settings, const char **config, int value, const char *word, GError **error)
{
  const GwSetting *setting = find_setting (value);

  if (setting != NULL)
    take_setting (options, settings, setting, optarg);
  else if (value == 'c')
    *config = optarg;
  else if (value == 'D')
    options->action = GW_ACTION_DUMP;
  else if (value == 'V')
    options->action = GW_ACTION_VERSION;
  else if (value == 'h')
    options->action = GW_ACTION_HELP;
  else
    {
      set_unknown (error, value == ':' ? "a value is missing after" : "there is no option", word, optopt);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_words (GwOptions *options, GwSettings *settings, const char **config, int argc, char **argv, GError **error)
{
  Grammar grammar;
  int value;

  build_grammar (&grammar);
  opterr = 0;
  optind = 0; /* begin anew, for glibc and musl alike */
  while ((value = getopt_long (argc, argv, grammar.letters, grammar.options, NULL)) != -1)
    if (!take_option (options, settings, config, value, argv[MAX (optind, 1) - 1], error))
      return FALSE;
  if (optind < argc)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected argument '%s'", argv[optind]);
      return FALSE;
    }
  return TRUE;
}

/* --- The file ----------------------------------------------------------- */

/* Only a file that was named here must be there: qemu-ga goes on without the
 * one that QGA_CONF names. */
static gboolean
load_file (GwOptions *options, const char *named, GError **error)
{
  const char *from_environment = g_getenv ("QGA_CONF");
  const char *path = named;
  g_autoptr (GError) problem = NULL;

  if (path == NULL)
    path = from_environment != NULL ? from_environment : defaults[options->drop_in].config;
  if (gw_settings_load (&options->settings, path, options->warnings, &problem))
    return TRUE;
  if (named == NULL && g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      if (from_environment != NULL)
        g_ptr_array_add (options->warnings, g_strdup_printf ("QGA_CONF names %s, which is not there", path));
      return TRUE;
    }
  g_propagate_prefixed_error (error, g_steal_pointer (&problem), "configuration file %s: ", path);
  return FALSE;
}

/* A daemon works in /, and its files are where they would be without that. */
static void
make_absolute (char **path)
{
  g_autofree char *given = g_steal_pointer (path);

  if (given != NULL)
    *path = g_canonicalize_filename (given, NULL);
}

static void
fill_in_defaults (GwOptions *options)
{
  GwSettings *settings = &options->settings;
  const char *freeze_folder = settings->state_folder;

  if (freeze_folder == NULL)
    freeze_folder = defaults[options->drop_in].freeze_folder;
  options->freeze_folder = settings->daemon ? g_canonicalize_filename (freeze_folder, NULL) : g_strdup (freeze_folder);
  if (settings->state_folder == NULL)
    settings->state_folder = g_strdup (defaults[options->drop_in].state_folder);
  if (settings->pid_file == NULL && settings->daemon)
    settings->pid_file = g_strdup (defaults[options->drop_in].pid_file);
  if (settings->daemon)
    {
      make_absolute (&settings->state_folder);
      make_absolute (&settings->pid_file);
      make_absolute (&settings->log_file);
      if (g_strcmp0 (settings->method, "unix-listen") == 0)
        make_absolute (&settings->path);
    }
}

static gboolean
choose_freeze_timeout (GwOptions *options, GError **error)
{
  const char *text = options->settings.freeze_timeout;
  guint64 seconds = 0;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, GW_FREEZE_TIMEOUT_MAX_S, &seconds, NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "fsfreeze-timeout '%s' is no number of seconds from 0 to %d",
                   text, GW_FREEZE_TIMEOUT_MAX_S);
      return FALSE;
    }
  options->freeze_timeout = seconds;
  return TRUE;
}

/**
 * gw_options_parse:
 *
 * Reads the command line, and the file that it or the environment names. The
 * command line is stronger. qemu-ga's words, or being called by its name, make
 * this a drop-in: qemu-ga's file is read then, since the block list in it must
 * hold.
 *
 * Returns: %FALSE with %G_OPTION_ERROR, %G_FILE_ERROR or %G_KEY_FILE_ERROR set
 */
gboolean
gw_options_parse (GwOptions *options, int argc, char **argv, GError **error)
{
  g_auto (GwSettings) words = { NULL };
  g_autofree char *name = g_path_get_basename (argc > 0 ? argv[0] : "");
  const char *config = NULL;

  *options = (GwOptions){ .warnings = g_ptr_array_new_with_free_func (g_free) };
  gw_settings_init (&options->settings);
  gw_settings_init (&words);
  if (!parse_words (options, &words, &config, argc, argv, error))
    return FALSE;
  if (options->action != GW_ACTION_SERVE && options->action != GW_ACTION_DUMP)
    return TRUE;
  options->drop_in = g_str_equal (name, "qemu-ga") || words.method != NULL || words.path != NULL;
  if (!load_file (options, config, error))
    return FALSE;
  gw_settings_merge (&options->settings, &words);
  fill_in_defaults (options);
  choose_holds (options);
  return choose_freeze_timeout (options, error) && choose_channels (options, error);
}

void
gw_options_clear (GwOptions *options)
{
  gw_settings_clear (&options->settings);
  g_clear_pointer (&options->channels, g_strfreev);
  g_clear_pointer (&options->hold, g_strfreev);
  g_clear_pointer (&options->freeze_folder, g_free);
  g_clear_pointer (&options->warnings, g_ptr_array_unref);
}

/* --- Help --------------------------------------------------------------- */

static void
add_help (GString *text, const char *option, char letter, const char *value, const char *help)
{
  g_autoptr (GString) left = g_string_new ("  ");

  if (letter != 0)
    g_string_append_printf (left, "-%c, ", letter);
  g_string_append_printf (left, "--%s", option);
  if (value != NULL)
    g_string_append_printf (left, "%s%s", *value == '[' ? "" : "=", value);
  g_string_append_printf (text, "%-28s  %s\n", left->str, help);
}

/* Returns: (transfer full): what --help prints */
char *
gw_options_help (void)
{
  GString *text = g_string_new ("Usage: guestwire-agent [OPTION…]\n"
                                "Serves the agent's commands to this machine's host.\n\n");

  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    if (setting->help != NULL)
      add_help (text, setting->option, setting->letter, setting->value, setting->help);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    add_help (text, others[i].option, others[i].letter, others[i].value, others[i].help);
  g_string_append (text, "\nguestwire-agent(8) has more.\n");
  return g_string_free (text, FALSE);
}
