/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings as a key file, as qemu-ga has them: read, and written. */

#include "gw-settings.h"

#define GROUP "general"

static const GwSetting *
find_key (const char *key)
{
  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    if (g_str_equal (setting->key, key))
      return setting;
  return NULL;
}

static gboolean
load_key (GwSettings *settings, GKeyFile *file, const GwSetting *setting, GError **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) addresses = NULL;
  GError *problem = NULL;

  if (setting->kind == GW_SETTING_FLAG)
    {
      if (g_key_file_get_boolean (file, GROUP, setting->key, &problem))
        gw_setting_add (setting, settings, NULL);
      else if (problem != NULL)
        g_propagate_error (error, problem);
      return problem == NULL;
    }
  text = g_key_file_get_string (file, GROUP, setting->key, error);
  if (text == NULL)
    return FALSE;
  if (setting->kind != GW_SETTING_ADDRESSES)
    {
      gw_setting_add (setting, settings, g_strstrip (text));
      return TRUE;
    }
  addresses = g_strsplit_set (text, ",;", -1);
  for (guint i = 0; addresses[i] != NULL; i++)
    if (*g_strstrip (addresses[i]) != '\0')
      gw_setting_add (setting, settings, addresses[i]);
  return TRUE;
}

static gboolean
load_group (GwSettings *settings, GKeyFile *file, const char *path, GPtrArray *warnings, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      const GwSetting *setting = find_key (keys[i]);

      if (setting == NULL)
        g_ptr_array_add (warnings, g_strdup_printf ("%s: there is no key '%s'; it has no effect", path, keys[i]));
      else if (!load_key (settings, file, setting, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * gw_settings_load:
 * @path: a key file
 * @warnings: (element-type utf8): gets a text for each key that is not known
 *
 * Returns: %FALSE with %G_FILE_ERROR, %G_KEY_FILE_ERROR set
 */
gboolean
gw_settings_load (GwSettings *settings, const char *path, GPtrArray *warnings, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return FALSE;
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!g_str_equal (groups[i], GROUP))
      g_ptr_array_add (warnings, g_strdup_printf ("%s: there is no group '%s'; it has no effect", path, groups[i]));
  return load_group (settings, file, path, warnings, error);
}

static char *
joined (GPtrArray *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->len; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : ",", (const char *) list->pdata[i]);
  return g_string_free (text, FALSE);
}

/**
 * gw_settings_dump:
 *
 * Returns: (transfer full): @settings as a file for gw_settings_load()
 */
char *
gw_settings_dump (const GwSettings *settings)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  for (const GwSetting *setting = gw_settings_table; setting->key != NULL; setting++)
    {
      gpointer value = gw_setting_of (setting, settings);
      g_autofree char *list = NULL;

      if (setting->help == NULL)
        continue;
      if (setting->kind == GW_SETTING_FLAG)
        g_key_file_set_boolean (file, GROUP, setting->key, *(gboolean *) value);
      else if (setting->kind == GW_SETTING_STRING && *(char **) value != NULL)
        g_key_file_set_string (file, GROUP, setting->key, *(char **) value);
      else if (setting->kind != GW_SETTING_STRING && (*(GPtrArray **) value)->len > 0)
        {
          list = joined (*(GPtrArray **) value);
          g_key_file_set_string (file, GROUP, setting->key, list);
        }
    }
  return g_key_file_to_data (file, NULL, NULL);
}
