/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire list: the domains of this host and their channels. */

#include "cli-table.h"

#include <unistd.h>

typedef enum
{
  DOMAIN,
  CHANNEL,
  KIND,
  STATE,
  ADDRESS,
  N_COLUMNS
} Column;

static const char *const headings[] = { "DOMAIN", "CHANNEL", "KIND", "STATE", "ADDRESS", NULL };

/* --- The table ---------------------------------------------------------- */

static const char *
word_of_domain (GwDomain *domain)
{
  switch (gw_domain_get_state (domain))
    {
    case GW_DOMAIN_RUNNING:
      return "running";
    case GW_DOMAIN_PAUSED:
      return "paused";
    case GW_DOMAIN_OFF:
      return "off";
    case GW_DOMAIN_UNKNOWN:
    default:
      return NULL;
    }
}

static const char *
word_of_channel (GwDomainChannel *channel)
{
  switch (gw_domain_channel_get_state (channel))
    {
    case GW_DOMAIN_CHANNEL_FREE:
      return "free";
    case GW_DOMAIN_CHANNEL_HELD:
      return "held";
    case GW_DOMAIN_CHANNEL_STALE:
      return "stale";
    case GW_DOMAIN_CHANNEL_UNKNOWN:
    default:
      return NULL;
    }
}

static void
add_words (GString *text, const char *words)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", words);
}

/* "paused, held by libvirtd (812), open in the guest" */
static char *
state_of_channel (GwDomain *domain, GwDomainChannel *channel)
{
  GString *text = g_string_new (NULL);
  const char *holder = gw_domain_channel_get_holder_name (channel);
  const char *word = word_of_channel (channel);
  gboolean is_open;

  if (gw_domain_get_state (domain) == GW_DOMAIN_PAUSED || gw_domain_get_state (domain) == GW_DOMAIN_OFF)
    add_words (text, word_of_domain (domain));
  if (word != NULL)
    add_words (text, word);
  if (holder != NULL)
    g_string_append_printf (text, " by %s (%d)", holder, gw_domain_channel_get_holder_pid (channel));
  if (gw_domain_channel_get_guest_open (channel, &is_open))
    add_words (text, is_open ? "open in the guest" : "not open in the guest");
  return g_string_free (text, FALSE);
}

static void
add_row (GPtrArray *rows, GwDomain *domain, GwDomainChannel *channel)
{
  GwAddress *address = channel != NULL ? gw_domain_channel_get_address (channel) : NULL;
  g_autofree char *state = channel != NULL ? state_of_channel (domain, channel) : g_strdup (word_of_domain (domain));
  char **row = g_new0 (char *, N_COLUMNS + 1);

  row[DOMAIN] = cli_table_cell (gw_domain_get_name (domain));
  row[CHANNEL] = cli_table_cell (channel != NULL ? gw_domain_channel_get_name (channel) : NULL);
  row[KIND] = cli_table_cell (channel != NULL ? gw_domain_channel_get_kind (channel) : NULL);
  row[STATE] = cli_table_cell (state);
  row[ADDRESS] = cli_table_cell (address != NULL ? gw_address_to_string (address) : NULL);
  g_ptr_array_add (rows, row);
}

static int
print_text (Cli *cli, GPtrArray *domains, const char *warning)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  for (guint i = 0; i < domains->len; i++)
    {
      GwDomain *domain = g_ptr_array_index (domains, i);
      GPtrArray *channels = gw_domain_get_channels (domain);

      for (guint j = 0; j < channels->len; j++)
        add_row (rows, domain, g_ptr_array_index (channels, j));
      if (channels->len == 0)
        add_row (rows, domain, NULL);
    }
  if (warning != NULL)
    cli_complain ("%s", warning);
  if (rows->len == 0)
    cli_complain ("no domain is known here%s", geteuid () != 0 ? "; root may see more" : "");
  return cli_print_table (cli, headings, rows);
}

/* --- JSON --------------------------------------------------------------- */

static void
add_text (JsonBuilder *json, const char *name, const char *text)
{
  g_autofree char *valid = text != NULL ? g_filename_display_name (text) : NULL;

  json_builder_set_member_name (json, name);
  if (valid != NULL)
    json_builder_add_string_value (json, valid);
  else
    json_builder_add_null_value (json);
}

static void
add_holder (JsonBuilder *json, GwDomainChannel *channel)
{
  json_builder_set_member_name (json, "holder");
  if (gw_domain_channel_get_holder_name (channel) == NULL)
    {
      json_builder_add_null_value (json);
      return;
    }
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "pid");
  json_builder_add_int_value (json, gw_domain_channel_get_holder_pid (channel));
  add_text (json, "name", gw_domain_channel_get_holder_name (channel));
  json_builder_end_object (json);
}

static void
add_channel (JsonBuilder *json, GwDomainChannel *channel)
{
  GwAddress *address = gw_domain_channel_get_address (channel);
  gboolean is_open;

  json_builder_begin_object (json);
  add_text (json, "name", gw_domain_channel_get_name (channel));
  add_text (json, "kind", gw_domain_channel_get_kind (channel));
  add_text (json, "address", address != NULL ? gw_address_to_string (address) : NULL);
  add_text (json, "state", word_of_channel (channel));
  add_holder (json, channel);
  json_builder_set_member_name (json, "guest-open");
  if (gw_domain_channel_get_guest_open (channel, &is_open))
    json_builder_add_boolean_value (json, is_open);
  else
    json_builder_add_null_value (json);
  json_builder_end_object (json);
}

static void
add_domain (JsonBuilder *json, GwDomain *domain)
{
  GPtrArray *channels = gw_domain_get_channels (domain);

  json_builder_begin_object (json);
  add_text (json, "name", gw_domain_get_name (domain));
  add_text (json, "uuid", gw_domain_get_uuid (domain));
  add_text (json, "id", gw_domain_get_id (domain));
  add_text (json, "manager", gw_domain_get_manager (domain));
  add_text (json, "state", word_of_domain (domain));
  json_builder_set_member_name (json, "channels");
  json_builder_begin_array (json);
  for (guint i = 0; i < channels->len; i++)
    add_channel (json, g_ptr_array_index (channels, i));
  json_builder_end_array (json);
  json_builder_end_object (json);
}

static int
print_json (Cli *cli, GPtrArray *domains, const char *warning)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (json);
  json_builder_set_member_name (json, "domains");
  json_builder_begin_array (json);
  for (guint i = 0; i < domains->len; i++)
    add_domain (json, g_ptr_array_index (domains, i));
  json_builder_end_array (json);
  add_text (json, "warning", warning);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

/* Looking takes 5 seconds at most, and a signal ends it at once. */
int
verb_list (Cli *cli, int argc, char **argv)
{
  g_autoptr (GPtrArray) domains = NULL;
  g_autofree char *warning = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, NULL, &argc, &argv, &status))
    return status;
  if (argc != 1)
    return cli_misuse (cli, "too many arguments");
  domains = gw_domain_list (NULL, &warning, &error);
  if (domains == NULL)
    return cli_fail (cli, error);
  return cli->json ? print_json (cli, domains, warning) : print_text (cli, domains, warning);
}
