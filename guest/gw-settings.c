/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of settings, and how values get into them. Knows neither the
 * command line nor a file. */

#include "gw-settings.h"

#define AT(member) G_STRUCT_OFFSET (GwSettings, member)

const GwSetting gw_settings_table[] = {
  { "channel", "channel", 0, GW_SETTING_ADDRESSES, AT (channels), "ADDRESS",
    "Serve this channel: virtio:NAME, xen:NAME, tty:PATH, unix-listen:PATH or vsock:PORT. May be given more than once. "
    "Default: virtio:org.guestwire.agent.0 and xen:org.guestwire.agent.0" },
  { "hold", "hold", 0, GW_SETTING_ADDRESSES, AT (hold), "PATTERN",
    "Keep Xen consoles of such names open and raw for other programs, with * and ?; \"none\" for none. May be given more "
    "than once. Default: *.vport" },
  { "daemon", "daemonize", 'd', GW_SETTING_FLAG, AT (daemon), NULL, "Go to the background once it serves" },
  { "method", "method", 'm', GW_SETTING_STRING, AT (method), "METHOD",
    "As qemu-ga's: virtio-serial, isa-serial, unix-listen or vsock-listen" },
  { "path", "path", 'p', GW_SETTING_STRING, AT (path), "PATH", "As qemu-ga's: the device, socket or CID:PORT of the method" },
  { "logfile", "logfile", 'l', GW_SETTING_STRING, AT (log_file), "FILE", "Log there; SIGHUP opens it again" },
  { "pidfile", "pidfile", 'f', GW_SETTING_STRING, AT (pid_file), "FILE",
    "Write the process id there, and refuse to run beside another agent that did" },
  { "fsfreeze-hook", "fsfreeze-hook", 'F', GW_SETTING_STRING, AT (freeze_hook), "[=HOOK]",
    "Run this program, with \"freeze\" before file systems are frozen and \"thaw\" after they are thawed" },
  { "fsfreeze-timeout", "fsfreeze-timeout", 0, GW_SETTING_STRING, AT (freeze_timeout), "SECONDS",
    "Thaw file systems by itself when they were frozen for so long. Default: 0, which is never" },
  { "statedir", "statedir", 't', GW_SETTING_STRING, AT (state_folder), "FOLDER", "Keep what must outlive the agent there" },
  { "verbose", "verbose", 'v', GW_SETTING_FLAG, AT (verbose), NULL, "Log each request" },
  { "retry-path", "retry-path", 'r', GW_SETTING_FLAG, AT (retry_path), NULL,
    "Accepted as qemu-ga's; a path that is not there is always tried again" },
  { "block-rpcs", "block-rpcs", 'b', GW_SETTING_NAMES, AT (block_rpcs), "LIST",
    "Commands that are refused, with commas between; \"help\" lists all that there are" },
  { "blacklist", "blacklist", 0, GW_SETTING_NAMES, AT (block_rpcs), "LIST", NULL },
  { "allow-rpcs", "allow-rpcs", 'a', GW_SETTING_NAMES, AT (allow_rpcs), "LIST",
    "The only commands that are not refused; \"help\" lists all that there are" },
  { "block-events", "block-events", 0, GW_SETTING_NAMES, AT (block_events), "LIST",
    "Events that are not told, with commas between, as user-logged-in" },
  { NULL },
};

static gboolean
is_list (const GwSetting *setting)
{
  return setting->kind == GW_SETTING_ADDRESSES || setting->kind == GW_SETTING_NAMES;
}

void
gw_settings_init (GwSettings *settings)
{
  *settings = (GwSettings){ .channels = g_ptr_array_new_with_free_func (g_free),
                            .hold = g_ptr_array_new_with_free_func (g_free),
                            .block_rpcs = g_ptr_array_new_with_free_func (g_free),
                            .allow_rpcs = g_ptr_array_new_with_free_func (g_free),
                            .block_events = g_ptr_array_new_with_free_func (g_free) };
}

void
gw_settings_clear (GwSettings *settings)
{
  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    if (setting->kind == GW_SETTING_STRING)
      g_clear_pointer ((char **) gw_setting_of (setting, settings), g_free);
  g_clear_pointer (&settings->channels, g_ptr_array_unref);
  g_clear_pointer (&settings->hold, g_ptr_array_unref);
  g_clear_pointer (&settings->block_rpcs, g_ptr_array_unref);
  g_clear_pointer (&settings->allow_rpcs, g_ptr_array_unref);
  g_clear_pointer (&settings->block_events, g_ptr_array_unref);
}

/* Where its value is: a gboolean, a char * or a GPtrArray *. */
gpointer
gw_setting_of (const GwSetting *setting, const GwSettings *settings)
{
  return G_STRUCT_MEMBER_P (settings, setting->offset);
}

static void
add_to_list (GPtrArray *list, const char *word)
{
  for (guint i = 0; i < list->len; i++)
    if (g_str_equal (list->pdata[i], word))
      return;
  g_ptr_array_add (list, g_strdup (word));
}

/* qemu-ga's lists have commas; key files have semicolons, which in qemu-ga
 * make one long name that blocks nothing. Here both part names. */
static void
add_names (GPtrArray *list, const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, ",;", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0')
      add_to_list (list, words[i]);
}

/**
 * gw_setting_add:
 * @value: (nullable): a string or names; %NULL sets a flag
 *
 * The last string wins; lists grow.
 */
void
gw_setting_add (const GwSetting *setting, GwSettings *settings, const char *value)
{
  gpointer place = gw_setting_of (setting, settings);

  switch (setting->kind)
    {
    case GW_SETTING_FLAG:
      *(gboolean *) place = TRUE;
      break;
    case GW_SETTING_STRING:
      g_free (*(char **) place);
      *(char **) place = g_strdup (value);
      break;
    case GW_SETTING_ADDRESSES:
      add_to_list (*(GPtrArray **) place, value);
      break;
    case GW_SETTING_NAMES:
    default:
      add_names (*(GPtrArray **) place, value);
      break;
    }
}

static void
merge_list (const GwSetting *setting, GwSettings *settings, const GwSettings *over)
{
  GPtrArray *to = *(GPtrArray **) gw_setting_of (setting, settings);
  GPtrArray *from = *(GPtrArray **) gw_setting_of (setting, over);

  if (setting->kind == GW_SETTING_ADDRESSES && from->len > 0)
    g_ptr_array_set_size (to, 0);
  for (guint i = 0; i < from->len; i++)
    add_to_list (to, from->pdata[i]);
}

/**
 * gw_settings_merge:
 * @settings: the file's
 * @over: the command line's, which are stronger
 */
void
gw_settings_merge (GwSettings *settings, const GwSettings *over)
{
  /* Two ways to say the same: the stronger one takes the place of both. */
  if (over->method != NULL || over->path != NULL)
    g_ptr_array_set_size (settings->channels, 0);
  if (over->channels->len > 0)
    {
      g_clear_pointer (&settings->method, g_free);
      g_clear_pointer (&settings->path, g_free);
    }
  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    {
      gpointer value = gw_setting_of (setting, over);

      if (is_list (setting))
        merge_list (setting, settings, over);
      else if (setting->kind == GW_SETTING_FLAG ? *(gboolean *) value : *(char **) value != NULL)
        gw_setting_add (setting, settings, setting->kind == GW_SETTING_STRING ? *(char **) value : NULL);
    }
}
