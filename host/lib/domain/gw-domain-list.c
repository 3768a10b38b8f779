/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists this host's domains: what libvirt and Xen say, and what is found in the
 * places where managers put the sockets of channels. Each channel is listed
 * once. Opens none of them. */

#include "gw-domain-private.h"

#include <string.h>
#include <sys/stat.h>

#include "gw-domain-places.h"
#include "gw-xen.h"

static char *other_root; /* of tests */

typedef struct
{
  GPtrArray *domains;
  GHashTable *known; /* sockets that are listed, as spelled by key_of_path() */
  gboolean libvirt_answered;
} Listing;

void
gw_domain_list_set_root (const char *root)
{
  g_free (other_root);
  other_root = g_strdup (root);
}

const char *
gw_domain_list_get_root (void)
{
  return other_root != NULL ? other_root : "";
}

/* A path may be spelled in many ways: /var/run is /run. */
static char *
key_of_path (const char *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return g_strdup (path);
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status.st_dev, (guint64) status.st_ino);
}

/* --- What libvirt says -------------------------------------------------- */

static void
note_paths (Listing *listing, GwDomain *domain)
{
  for (guint i = 0; i < domain->channels->len; i++)
    {
      GwDomainChannel *channel = g_ptr_array_index (domain->channels, i);

      if (channel->address != NULL)
        g_hash_table_add (listing->known, key_of_path (gw_address_get_path (channel->address)));
    }
}

/* Where nothing of libvirt is, its absence is not worth a word. */
static gboolean
is_libvirt_here (void)
{
  g_autofree char *path = g_strconcat (gw_domain_list_get_root (), "/run/libvirt", NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static gboolean
add_libvirt (Listing *listing, GCancellable *cancellable, char **warning, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) domains = gw_domain_list_of_libvirt (NULL, cancellable, &problem);

  listing->libvirt_answered = domains != NULL;
  for (guint i = 0; domains != NULL && i < domains->len; i++)
    {
      note_paths (listing, g_ptr_array_index (domains, i));
      g_ptr_array_add (listing->domains, g_object_ref (g_ptr_array_index (domains, i)));
    }
  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (problem != NULL && warning != NULL && is_libvirt_here ())
    *warning = g_strdup_printf ("libvirt's domains are not all known: %s", problem->message);
  return TRUE;
}

/* --- Which domain it is of ----------------------------------------------- */

static gboolean
is_domain_of (GwDomain *domain, const GwDomainPlace *place)
{
  if (place->uuid != NULL)
    return g_strcmp0 (domain->uuid, place->uuid) == 0;
  if (place->is_cut)
    return g_str_equal (domain->manager, place->manager) && g_strcmp0 (domain->id, place->id) == 0
           && g_str_has_prefix (domain->name, place->domain);
  if (place->id != NULL)
    return g_str_equal (domain->manager, place->manager) && g_strcmp0 (domain->id, place->id) == 0;
  return g_str_equal (domain->name, place->domain);
}

static GwDomain *
find_or_add_domain (Listing *listing, const GwDomainPlace *place)
{
  GwDomain *domain;

  for (guint i = 0; i < listing->domains->len; i++)
    if (is_domain_of (g_ptr_array_index (listing->domains, i), place))
      return g_ptr_array_index (listing->domains, i);
  domain = gw_domain_new (place->manager, place->domain, place->uuid, place->id);
  g_ptr_array_add (listing->domains, domain);
  return domain;
}

/* --- What Xen says ------------------------------------------------------- */

static void
add_xen_channel (Listing *listing, const GwXenChannel *found)
{
  const GwDomainPlace place = { .manager = GW_DOMAIN_XEN, .domain = found->domain, .uuid = found->uuid, .id = found->id };
  const char *path = found->reached != NULL ? gw_address_get_path (found->reached) : NULL;
  GwDomainChannel *channel;

  if (path != NULL && !g_hash_table_add (listing->known, key_of_path (path)))
    return;
  channel = gw_domain_add_channel (find_or_add_domain (listing, &place), "xen", found->name,
                                   g_object_ref (found->address));
  if (found->reached != NULL)
    channel->reached = g_object_ref (found->reached);
}

static void
add_xen (Listing *listing, char **warning)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) found = gw_xen_list (&problem);

  for (guint i = 0; found != NULL && i < found->len; i++)
    add_xen_channel (listing, g_ptr_array_index (found, i));
  if (problem != NULL && !g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) && warning != NULL
      && *warning == NULL)
    *warning = g_strdup_printf ("Xen's domains are not known: %s", problem->message);
}

/* --- What is found in places --------------------------------------------- */

static void
add_place (Listing *listing, const GwDomainPlace *place)
{
  g_autofree char *text = g_strconcat ("unix:", place->path, NULL);
  g_autofree char *key = key_of_path (place->path);
  g_autoptr (GwAddress) address = gw_address_new (text, NULL);
  GwDomainChannel *channel;

  if (address == NULL || !g_hash_table_add (listing->known, g_steal_pointer (&key)))
    return;
  channel = gw_domain_add_channel (find_or_add_domain (listing, place), place->kind, place->channel,
                                   g_steal_pointer (&address));
  channel->unclaimed = listing->libvirt_answered && g_str_equal (place->manager, GW_DOMAIN_LIBVIRT);
}

static void
add_places (Listing *listing)
{
  g_autoptr (GPtrArray) found = gw_domain_places_find (gw_domain_list_get_root ());

  for (guint i = 0; i < found->len; i++)
    add_place (listing, g_ptr_array_index (found, i));
}

/* libvirt leaves sockets behind. */
static void
drop_leftovers (GPtrArray *domains)
{
  for (guint i = domains->len; i-- > 0;)
    {
      GwDomain *domain = g_ptr_array_index (domains, i);
      gboolean dropped = FALSE;

      for (guint j = domain->channels->len; j-- > 0;)
        {
          GwDomainChannel *channel = g_ptr_array_index (domain->channels, j);

          if (!channel->unclaimed || channel->state != GW_DOMAIN_CHANNEL_STALE)
            continue;
          g_ptr_array_remove_index (domain->channels, j);
          dropped = TRUE;
        }
      /* One that libvirt told of has a UUID. */
      if (dropped && domain->channels->len == 0 && domain->uuid == NULL)
        g_ptr_array_remove_index (domains, i);
    }
}

/* --- The list ----------------------------------------------------------- */

static int
compare_domains (gconstpointer a, gconstpointer b)
{
  GwDomain *first = *(GwDomain *const *) a;
  GwDomain *second = *(GwDomain *const *) b;
  int order = strcmp (first->name, second->name);

  return order != 0 ? order : strcmp (first->manager, second->manager);
}

static int
compare_channels (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(GwDomainChannel *const *) a)->name, (*(GwDomainChannel *const *) b)->name);
}

GPtrArray *
gw_domain_list_now (GCancellable *cancellable, char **warning, GError **error)
{
  g_autoptr (GPtrArray) domains = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Listing listing = { .domains = domains, .known = known };

  if (!add_libvirt (&listing, cancellable, warning, error))
    return NULL;
  add_xen (&listing, warning);
  add_places (&listing);
  g_ptr_array_sort (domains, compare_domains);
  for (guint i = 0; i < domains->len; i++)
    g_ptr_array_sort (((GwDomain *) g_ptr_array_index (domains, i))->channels, compare_channels);
  gw_domain_find_holders (domains);
  drop_leftovers (domains);
  return g_steal_pointer (&domains);
}

static void
run (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;
  char *warning = NULL;
  GPtrArray *domains = gw_domain_list_now (cancellable, &warning, &error);

  g_task_set_task_data (task, warning, g_free);
  if (domains != NULL)
    g_task_return_pointer (task, domains, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

/**
 * gw_domain_list_async:
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when the domains are known
 * @user_data: for @callback
 *
 * Lists the virtual machines of this host and their channels, without opening
 * one. Looks where managers put the sockets of channels, and asks libvirt
 * where guestwire-libvirt is installed; a libvirtd that does not answer is
 * left after 5 seconds. Who holds a channel is told in full to root only.
 *
 * Since: 0.1
 */
void
gw_domain_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, gw_domain_list_async);
  g_task_run_in_thread (task, run);
}

/**
 * gw_domain_list_finish:
 * @result: what the callback was given
 * @warning: (out) (optional) (nullable) (transfer full): why the list may not
 *   be complete
 * @error: return location for a #GError
 *
 * Returns: (transfer container) (element-type GwDomain): the domains, by name;
 *   %NULL only if it was cancelled
 *
 * Since: 0.1
 */
GPtrArray *
gw_domain_list_finish (GAsyncResult *result, char **warning, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (warning != NULL)
    *warning = g_strdup (g_task_get_task_data (G_TASK (result)));
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * gw_domain_list:
 * @cancellable: (nullable): a #GCancellable
 * @warning: (out) (optional) (nullable) (transfer full): why the list may not
 *   be complete
 * @error: return location for a #GError
 *
 * Does what gw_domain_list_async() does, and blocks until it is done.
 *
 * Returns: (transfer container) (element-type GwDomain): the domains, by name;
 *   %NULL only if it was cancelled
 *
 * Since: 0.1
 */
GPtrArray *
gw_domain_list (GCancellable *cancellable, char **warning, GError **error)
{
  g_return_val_if_fail (error == NULL || *error == NULL, NULL);

  if (warning != NULL)
    *warning = NULL;
  return gw_domain_list_now (cancellable, warning, error);
}
