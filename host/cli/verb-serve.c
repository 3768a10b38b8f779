/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire serve: what is at an address, offered on a unix socket, for
 * programs that know nothing else. No byte is understood. */

#include "cli.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER "/run/guestwire"

typedef struct
{
  char *mode;
  char *owner;
} Options;

/* --- What is asked for -------------------------------------------------- */

static gboolean
set_value_error (GError **error, const char *message, const char *value)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s, not '%s'", message, value);
  return FALSE;
}

static gboolean
set_mode (GwListener *listener, const char *text, GError **error)
{
  guint mode;

  if (!cli_read_mode (text, &mode))
    return set_value_error (error, "--mode takes an octal number up to 777", text);
  gw_listener_set_mode (listener, mode);
  return TRUE;
}

/* A name, or a number as the system may not know its name. */
static gboolean
find_user (const char *text, gint64 *uid, GError **error)
{
  const struct passwd *user = getpwnam (text);
  guint64 number;

  if (user != NULL)
    *uid = user->pw_uid;
  else if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32 - 1, &number, NULL))
    *uid = (gint64) number;
  else
    return set_value_error (error, "--owner takes a user of this host", text);
  return TRUE;
}

static gboolean
find_group (const char *text, gint64 *gid, GError **error)
{
  const struct group *group = getgrnam (text);
  guint64 number;

  if (group != NULL)
    *gid = group->gr_gid;
  else if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32 - 1, &number, NULL))
    *gid = (gint64) number;
  else
    return set_value_error (error, "--owner takes a group of this host behind the colon", text);
  return TRUE;
}

/* USER, USER:GROUP or :GROUP; -1 leaves it as it is. */
static gboolean
set_owner (GwListener *listener, const char *text, GError **error)
{
  const char *colon = strchr (text, ':');
  g_autofree char *user = colon != NULL ? g_strndup (text, colon - text) : g_strdup (text);
  gint64 uid = -1;
  gint64 gid = -1;

  if (user[0] != '\0' && !find_user (user, &uid, error))
    return FALSE;
  if (colon != NULL && !find_group (colon + 1, &gid, error))
    return FALSE;
  gw_listener_set_owner (listener, uid, gid);
  return TRUE;
}

/* The path of the socket. @word: as typed, or NULL */
static char *
choose_path (const char *domain, const char *word, GError **error)
{
  g_autoptr (GwAddress) address = NULL;

  if (word == NULL && strpbrk (domain, "/:") != NULL)
    {
      set_value_error (error, "an address has no name for a socket: say where, as unix:PATH", domain);
      return NULL;
    }
  if (word == NULL)
    return g_strconcat (FOLDER "/", domain, ".sock", NULL);
  address = gw_address_new (word, error);
  if (address == NULL)
    return NULL;
  if (gw_address_get_kind (address) != GW_ADDRESS_UNIX)
    {
      set_value_error (error, "it is offered on a unix socket: unix:PATH", word);
      return NULL;
    }
  return g_strdup (gw_address_get_path (address));
}

static GwListener *
make_listener (const char *domain, const char *word, const Options *options, GError **error)
{
  g_autofree char *path = choose_path (domain, word, error);
  g_autoptr (GwListener) listener = NULL;

  if (path == NULL)
    return NULL;
  listener = gw_listener_new (path);
  if (options->mode != NULL && !set_mode (listener, options->mode, error))
    return NULL;
  if (options->owner != NULL && !set_owner (listener, options->owner, error))
    return NULL;
  return g_steal_pointer (&listener);
}

/* --- Serving ------------------------------------------------------------ */

/* Nothing but /run is sure to be there. */
static gboolean
make_folder (GError **error)
{
  if (g_mkdir_with_parents (FOLDER, 0755) == 0)
    return TRUE;
  g_set_error (error, GW_ERROR, GW_ERROR_FAILED, "cannot make %s: %s", FOLDER, g_strerror (errno));
  return FALSE;
}

static int
tell (Cli *cli, const char *domain, GwListener *listener)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *shown = g_filename_display_name (gw_listener_get_path (listener));
  g_autofree char *safe_domain = cli_escape (domain, -1);
  g_autofree char *safe_path = cli_escape (shown, -1);
  g_autofree char *line = g_strdup_printf ("%s is served at unix:%s\n", safe_domain, safe_path);

  if (!cli->json)
    return cli_print (cli, line);
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "socket");
  json_builder_add_string_value (json, shown);
  json_builder_end_object (json);
  root = json_builder_get_root (json);
  return cli_print_json (cli, root);
}

static int
serve (Cli *cli, const char *domain, GwListener *listener)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwAddress) address = NULL;
  g_autoptr (GwBridge) bridge = NULL;
  int status;

  cli_catch_signals (cli);
  address = cli_resolve (cli, domain, &error);
  if (address == NULL || (g_str_has_prefix (gw_listener_get_path (listener), FOLDER "/") && !make_folder (&error)))
    return cli_fail (cli, error);
  bridge = gw_bridge_new (address, listener);
  if (!gw_bridge_start (bridge, &error))
    return cli_fail (cli, error);
  status = tell (cli, domain, listener);
  if (status == 0)
    cli_wait_for_signal (cli);
  gw_bridge_stop (bridge);
  gw_listener_close (listener);
  return status;
}

int
verb_serve (Cli *cli, int argc, char **argv)
{
  Options options = { NULL };
  const GOptionEntry entries[] = {
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode, "The socket's permission bits (600 if not said)", "OCTAL" },
    { "owner", 0, 0, G_OPTION_ARG_STRING, &options.owner, "The socket's owner", "USER[:GROUP]" },
    { 0 },
  };
  g_autoptr (GwListener) listener = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  if (!cli_parse (cli, entries, &argc, &argv, &status))
    return status;
  if (argc < 2 || argc > 3)
    status = cli_misuse (cli, argc < 2 ? "a domain is missing" : "too many arguments");
  else if ((listener = make_listener (argv[1], argc == 3 ? argv[2] : NULL, &options, &error)) == NULL)
    status = cli_misuse (cli, "%s", error->message);
  else
    status = serve (cli, argv[1], listener);
  g_free (options.mode);
  g_free (options.owner);
  return status;
}
