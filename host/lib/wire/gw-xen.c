/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the host's ends of Xen's consoles in the store: which domains there
 * are, which named consoles they have, and which socket or terminal the
 * toolstack has made for each. Opens none of them.
 *
 * A guest may write to some of the store. What decides here which file is
 * opened is never of its making. */

#include "gw-xen.h"

#include <string.h>

#include "gw-limits.h"
#include "gw-xenstore-calls.h"

#define BACKENDS "/local/domain/0/backend/console"

/* Where libvirt's driver for libxl has the sockets that it names itself. */
#define LIBVIRT_FOLDER "/var/lib/libvirt/libxl/channel/target"

/* --- Reading ------------------------------------------------------------- */

G_GNUC_PRINTF (2, 3)
static char *
read_value (GwXenstoreCalls *store, const char *format, ...)
{
  g_autofree char *path = NULL;
  va_list arguments;

  va_start (arguments, format);
  path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return gw_xenstore_calls_read (store, path, NULL);
}

/* Nothing is an empty list. */
G_GNUC_PRINTF (2, 3)
static char **
read_names (GwXenstoreCalls *store, const char *format, ...)
{
  g_autofree char *path = NULL;
  char **names;
  va_list arguments;

  va_start (arguments, format);
  path = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  names = gw_xenstore_calls_list (store, path, NULL);
  return names != NULL ? names : g_new0 (char *, 1);
}

/* /local/domain/ID/vm is /vm/UUID. */
static char *
read_uuid (GwXenstoreCalls *store, const char *id)
{
  g_autofree char *vm = read_value (store, "/local/domain/%s/vm", id);

  return vm != NULL && g_str_has_prefix (vm, "/vm/") ? g_strdup (vm + strlen ("/vm/")) : NULL;
}

/* --- Where a console leads to -------------------------------------------- */

static GwAddress *
socket_address (GwXenstoreCalls *store, const char *backend, GError **error)
{
  g_autofree char *path = read_value (store, "%s/path", backend);
  g_autofree char *text = path != NULL ? g_strconcat ("unix:", path, NULL) : NULL;

  if (text != NULL)
    return gw_address_new (text, error);
  g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, "Xen's store does not say where its socket is");
  return NULL;
}

/* The device model puts the terminal's path among the guest's own nodes. libxl
 * has made that one so that the guest may only read it; what was made otherwise
 * (by hand, or by an older toolstack) may lead to any file of this host. */
static GwAddress *
tty_address (GwXenstoreCalls *store, const char *path, const char *id, GError **error)
{
  g_autofree char *untrusted_tty = read_value (store, "%s", path);
  g_autofree char *text = NULL;
  guint64 domain;
  gboolean lets = TRUE;

  if (untrusted_tty == NULL || *untrusted_tty == '\0')
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, "its device model has made no terminal yet");
      return NULL;
    }
  if (!g_ascii_string_to_unsigned (id, 10, 0, G_MAXUINT16, &domain, error)
      || !gw_xenstore_calls_lets_write (store, path, (guint) domain, &lets, error))
    return NULL;
  if (lets || !g_str_has_prefix (untrusted_tty, "/dev/") || strstr (untrusted_tty, "/../") != NULL)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
                   "the guest itself may have written in Xen's store which terminal it is (%s): that is not opened",
                   path);
      return NULL;
    }
  text = g_strconcat ("pty:", untrusted_tty, NULL);
  return gw_address_new (text, error);
}

static GwAddress *
terminal_address (GwXenstoreCalls *store, const char *backend, const char *id, GError **error)
{
  g_autofree char *frontend = read_value (store, "%s/frontend", backend);
  g_autofree char *path = g_strconcat (frontend != NULL ? frontend : "", "/tty", NULL);

  return tty_address (store, path, id, error);
}

static GwAddress *
console_address (GwXenstoreCalls *store, const char *backend, const char *id, GError **error)
{
  g_autofree char *connection = read_value (store, "%s/connection", backend);

  if (g_strcmp0 (connection, "socket") == 0)
    return socket_address (store, backend, error);
  if (g_strcmp0 (connection, "pty") == 0)
    return terminal_address (store, backend, id, error);
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "its connection is '%s': only socket and pty can be opened",
               connection != NULL ? connection : "");
  return NULL;
}

/* --- One that is named --------------------------------------------------- */

/* In virsh's order: a number is an id first. */
static char *
find_domain (GwXenstoreCalls *store, char **ids, const char *domain)
{
  for (guint i = 0; ids[i] != NULL; i++)
    if (g_str_equal (ids[i], domain))
      return g_strdup (domain);
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autofree char *uuid = g_uuid_string_is_valid (domain) ? read_uuid (store, ids[i]) : NULL;

      if (uuid != NULL && g_ascii_strcasecmp (uuid, domain) == 0)
        return g_strdup (ids[i]);
    }
  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autofree char *name = read_value (store, "/local/domain/%s/name", ids[i]);

      if (g_strcmp0 (name, domain) == 0)
        return g_strdup (ids[i]);
    }
  return NULL;
}

static GwAddress *
resolve_in (GwXenstoreCalls *store, const char *id, const char *channel, GError **error)
{
  g_auto (GStrv) numbers = read_names (store, BACKENDS "/%s", id);
  g_autoptr (GString) others = g_string_new (NULL);

  for (guint i = 0; numbers[i] != NULL; i++)
    {
      g_autofree char *backend = g_strdup_printf (BACKENDS "/%s/%s", id, numbers[i]);
      g_autofree char *name = read_value (store, "%s/name", backend);

      if (g_strcmp0 (name, channel) == 0)
        return console_address (store, backend, id, error);
      if (name != NULL)
        g_string_append_printf (others, "%s%s", others->len > 0 ? ", " : "", name);
    }
  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
               "the domain has no channel '%s'; %s%s (xl of Xen 4.17 drops the first channel of a configuration)",
               channel, others->len > 0 ? "it has " : "it has none", others->str);
  return NULL;
}

/* Where the store cannot be asked, as by others than root. */
static GwAddress *
resolve_for_libvirt (const char *domain, const char *channel)
{
  g_autofree char *path = g_strdup_printf (LIBVIRT_FOLDER "/%s-%s", domain, channel);
  g_autofree char *text = g_strconcat ("unix:", path, NULL);

  if (strchr (domain, '/') != NULL || strchr (channel, '/') != NULL)
    return NULL;
  return g_file_test (path, G_FILE_TEST_EXISTS) ? gw_address_new (text, NULL) : NULL;
}

/**
 * gw_xen_resolve:
 * @domain: a domain's name, UUID or id
 * @channel: the name that the guest sees
 * @may_pass: (out): on failure, whether another try may go better
 *
 * Returns: (transfer full): a `unix:` or `pty:` address, or %NULL with
 *   %GW_ERROR_CONNECT set
 */
GwAddress *
gw_xen_resolve (const char *domain, const char *channel, gboolean *may_pass, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GwXenstoreCalls) store = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, &problem);
  g_auto (GStrv) ids = store != NULL ? gw_xenstore_calls_list (store, "/local/domain", &problem) : NULL;
  g_autofree char *id = ids != NULL ? find_domain (store, ids, domain) : NULL;
  GwAddress *address = ids == NULL ? resolve_for_libvirt (domain, channel) : NULL;

  *may_pass = ids != NULL;
  if (address != NULL)
    return address;
  if (ids == NULL)
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "%s (is this Xen's control domain, and may you ask it?)",
                 problem->message);
  else if (id == NULL)
    g_set_error_literal (error, GW_ERROR, GW_ERROR_CONNECT, "no such domain is running; 'xl list' shows which are");
  return id != NULL ? resolve_in (store, id, channel, error) : NULL;
}

/* --- All of them --------------------------------------------------------- */

static void
channel_free (gpointer data)
{
  GwXenChannel *channel = data;

  g_free (channel->domain);
  g_free (channel->uuid);
  g_free (channel->id);
  g_free (channel->name);
  g_clear_object (&channel->address);
  g_clear_object (&channel->reached);
  g_free (channel);
}

/* A name that the address would take for something else stands as an id. */
static GwAddress *
address_by_name (const char *domain, const char *id, const char *channel)
{
  gboolean is_plain = strchr (domain, '/') == NULL && strspn (domain, "0123456789") < strlen (domain);
  g_autofree char *text = g_strdup_printf ("xen:%s/%s", is_plain ? domain : id, channel);

  return gw_address_new (text, NULL);
}

static void
list_domain (GwXenstoreCalls *store, GPtrArray *list, const char *id)
{
  g_auto (GStrv) numbers = read_names (store, BACKENDS "/%s", id);
  g_autofree char *domain = read_value (store, "/local/domain/%s/name", id);
  g_autofree char *uuid = read_uuid (store, id);

  for (guint i = 0; domain != NULL && numbers[i] != NULL; i++)
    {
      g_autofree char *backend = g_strdup_printf (BACKENDS "/%s/%s", id, numbers[i]);
      g_autofree char *name = read_value (store, "%s/name", backend);
      GwAddress *address = name != NULL ? address_by_name (domain, id, name) : NULL;
      GwXenChannel *channel;

      if (address == NULL)
        continue;
      channel = g_new0 (GwXenChannel, 1);
      channel->domain = g_strdup (domain);
      channel->uuid = g_strdup (uuid);
      channel->id = g_strdup (id);
      channel->name = g_steal_pointer (&name);
      channel->address = address;
      channel->reached = console_address (store, backend, id, NULL);
      g_ptr_array_add (list, channel);
    }
}

/**
 * gw_xen_list:
 *
 * Returns: (transfer full) (element-type GwXenChannel): the named consoles of
 *   all domains that run; or %NULL with %G_IO_ERROR set, %G_IO_ERROR_NOT_FOUND
 *   where there is no Xen
 */
GPtrArray *
gw_xen_list (GError **error)
{
  g_autoptr (GwXenstoreCalls) store = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, error);
  g_auto (GStrv) ids = store != NULL ? gw_xenstore_calls_list (store, BACKENDS, NULL) : NULL;
  GPtrArray *list;

  if (store == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func (channel_free);
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    list_domain (store, list, ids[i]);
  return list;
}

static void
list_terminal (GwXenstoreCalls *store, GPtrArray *list, const char *domain, const char *id, const char *kind)
{
  g_autofree char *path = g_strdup_printf ("/local/domain/%s/%s/tty", id, kind);
  GwAddress *reached = tty_address (store, path, id, NULL);
  GwXenChannel *channel;

  if (reached == NULL)
    return;
  channel = g_new0 (GwXenChannel, 1);
  channel->domain = g_strdup (domain);
  channel->id = g_strdup (id);
  channel->reached = reached;
  channel->serial = g_str_has_prefix (kind, "serial");
  g_ptr_array_add (list, channel);
}

/**
 * gw_xen_list_terminals:
 * @domain: a domain's name, UUID or id
 *
 * Returns: (transfer full) (element-type GwXenChannel): the terminals of its
 *   console and of its first serial port, which have no name, as far as there are
 *   some; or %NULL with @error set
 */
GPtrArray *
gw_xen_list_terminals (const char *domain, GError **error)
{
  g_autoptr (GwXenstoreCalls) store = gw_xenstore_calls_new (GW_XENSTORE_CALL_MS, error);
  g_auto (GStrv) ids = store != NULL ? gw_xenstore_calls_list (store, "/local/domain", error) : NULL;
  g_autofree char *id = ids != NULL ? find_domain (store, ids, domain) : NULL;
  GPtrArray *list;

  if (ids == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func (channel_free);
  if (id != NULL)
    {
      list_terminal (store, list, domain, id, "console");
      list_terminal (store, list, domain, id, "serial/0");
    }
  return list;
}
