/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of the listed domains is meant by what a person typed, and which of
 * its channels leads to an agent. No I/O. */

#include "gw-domain-private.h"

#include <string.h>

#define QEMU_AGENT "org.qemu.guest_agent.0"
#define OUR_AGENT "org.guestwire.agent."

#define ADVICE "<channel type='unix'><target type='virtio' name='org.guestwire.agent.0'/></channel>"

/* Names that are shown to somebody who mistyped one. */
#define NAMES_SHOWN 8

/* --- The domain --------------------------------------------------------- */

typedef gboolean (*Matches) (GwDomain *domain, const char *text);

static gboolean
has_id (GwDomain *domain, const char *text)
{
  return g_strcmp0 (domain->id, text) == 0;
}

static gboolean
has_uuid (GwDomain *domain, const char *text)
{
  return domain->uuid != NULL && g_ascii_strcasecmp (domain->uuid, text) == 0;
}

static gboolean
has_name (GwDomain *domain, const char *text)
{
  return g_str_equal (domain->name, text);
}

static void
set_ambiguous (GPtrArray *domains, Matches matches, const char *text, GError **error)
{
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < domains->len; i++)
    {
      GwDomain *domain = g_ptr_array_index (domains, i);

      if (matches (domain, text))
        {
          g_autofree char *name = g_filename_display_name (domain->name);

          g_string_append_printf (all, "%s'%s' of %s%s%s", all->len > 0 ? ", " : "", name, domain->manager,
                                  domain->id != NULL ? " with id " : "", domain->id != NULL ? domain->id : "");
        }
    }
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS,
               "'%s' may be more than one domain: %s; give an address, as 'guestwire list' shows it", text, all->str);
}

static guint
common_prefix (const char *a, const char *b)
{
  guint length = 0;

  while (a[length] != '\0' && g_ascii_tolower (a[length]) == g_ascii_tolower (b[length]))
    length++;
  return length;
}

static int
compare_likeness (gconstpointer a, gconstpointer b, gpointer text)
{
  guint first = common_prefix ((*(GwDomain *const *) a)->name, text);
  guint second = common_prefix ((*(GwDomain *const *) b)->name, text);

  return first > second ? -1 : first < second;
}

static void
set_not_found (GPtrArray *domains, const char *text, const char *warning, GError **error)
{
  g_autoptr (GPtrArray) like = g_ptr_array_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *shown = g_filename_display_name (text);

  for (guint i = 0; i < domains->len; i++)
    g_ptr_array_add (like, g_ptr_array_index (domains, i));
  g_ptr_array_sort_with_data (like, compare_likeness, (gpointer) text);
  for (guint i = 0; i < like->len && i < NAMES_SHOWN; i++)
    {
      g_autofree char *name = g_filename_display_name (((GwDomain *) g_ptr_array_index (like, i))->name);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  if (like->len > NAMES_SHOWN)
    g_string_append (names, ", …");
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "there is no domain '%s'; %s%s; see 'guestwire list'%s%s%s",
               shown, like->len > 0 ? "domains here: " : "none is known here", names->str,
               warning != NULL ? " (" : "", warning != NULL ? warning : "", warning != NULL ? ")" : "");
}

/**
 * gw_domain_find:
 *
 * In virsh's order: a number is an id first.
 *
 * Returns: (transfer none): the domain that is meant, or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS set
 */
GwDomain *
gw_domain_find (GPtrArray *domains, const char *text, const char *warning, GError **error)
{
  static const Matches rules[] = { has_id, has_uuid, has_name };

  for (gsize rule = 0; rule < G_N_ELEMENTS (rules); rule++)
    {
      GwDomain *found = NULL;

      for (guint i = 0; i < domains->len; i++)
        {
          GwDomain *domain = g_ptr_array_index (domains, i);

          if (!rules[rule](domain, text))
            continue;
          if (found != NULL)
            {
              set_ambiguous (domains, rules[rule], text, error);
              return NULL;
            }
          found = domain;
        }
      if (found != NULL)
        return found;
    }
  set_not_found (domains, text, warning, error);
  return NULL;
}

/* --- The channel -------------------------------------------------------- */

static gboolean
is_served (GwDomain *domain, GwDomainChannel *channel)
{
  return g_str_equal (channel->kind, GW_DOMAIN_SERVED);
}

static gboolean
is_ours (GwDomain *domain, GwDomainChannel *channel)
{
  return channel->name != NULL && g_str_has_prefix (channel->name, OUR_AGENT);
}

/* libvirt has it, and lends it to us. */
static gboolean
is_of_libvirt (GwDomain *domain, GwDomainChannel *channel)
{
  return domain->state != GW_DOMAIN_UNKNOWN && g_str_equal (domain->manager, GW_DOMAIN_LIBVIRT)
         && g_strcmp0 (channel->name, QEMU_AGENT) == 0 && gw_address_get_kind (channel->address) == GW_ADDRESS_UNIX;
}

static gboolean
is_any_agent (GwDomain *domain, GwDomainChannel *channel)
{
  return channel->name != NULL
         && (g_str_equal (channel->name, QEMU_AGENT) || g_str_has_suffix (channel->name, ".vport"));
}

static gboolean
is_free (const GwDomainChannel *channel)
{
  return channel->state == GW_DOMAIN_CHANNEL_FREE || channel->state == GW_DOMAIN_CHANNEL_UNKNOWN;
}

/* What is wrong with a channel that would do otherwise: the less the better. */
static guint
flaw_of (const GwDomainChannel *channel)
{
  if (channel->state == GW_DOMAIN_CHANNEL_STALE)
    return 3;
  /* The guest may run the other agent only. */
  return channel->guest_open == FALSE ? 2 : 0;
}

/* The first kind of channel without a flaw, or else the one with the least. */
static GwDomainChannel *
find_channel (GwDomain *domain, gboolean *by_libvirt)
{
  static gboolean (*const kinds[]) (GwDomain *domain, GwDomainChannel *channel) = { is_served, is_ours, is_of_libvirt,
                                                                                    is_any_agent };
  GwDomainChannel *best = NULL;
  guint best_flaw = G_MAXUINT;

  for (gsize kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint i = 0; i < domain->channels->len; i++)
      {
        GwDomainChannel *channel = g_ptr_array_index (domain->channels, i);
        guint flaw;

        if (channel->address == NULL || !kinds[kind](domain, channel))
          continue;
        flaw = flaw_of (channel) + (kinds[kind] != is_of_libvirt && !is_free (channel) ? 1 : 0);
        if (flaw >= best_flaw)
          continue;
        best = channel;
        best_flaw = flaw;
        *by_libvirt = kinds[kind] == is_of_libvirt;
      }
  return best;
}

/* A name that libvirt or the address would take for something else stands as
 * a UUID. */
static GwAddress *
libvirt_address (GwDomain *domain, GError **error)
{
  gboolean is_plain = strchr (domain->name, '#') == NULL && strspn (domain->name, "0123456789") < strlen (domain->name);
  g_autofree char *text = g_strconcat ("libvirt:", is_plain || domain->uuid == NULL ? domain->name : domain->uuid, NULL);

  return gw_address_new (text, error);
}

static void
set_off (GwDomain *domain, GError **error)
{
  g_autofree char *name = g_filename_display_name (domain->name);

  g_set_error (error, GW_ERROR, GW_ERROR_CONNECT, "the domain '%s' is off; 'virsh start %s' starts it", name, name);
}

static void
set_no_channel (GwDomain *domain, GError **error)
{
  g_autofree char *name = g_filename_display_name (domain->name);

  if (g_str_equal (domain->manager, GW_DOMAIN_LIBVIRT))
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
                 "the domain '%s' has no channel for an agent; 'virsh edit %s', put " ADVICE
                 " among its devices, and start it anew",
                 name, name);
  else
    g_set_error (error, GW_ERROR, GW_ERROR_CONNECT,
                 "the domain '%s' has no channel for an agent that is known here; 'guestwire list' shows what it has",
                 name);
}

/* libvirtd has it and would lend it, if it could be asked. */
static gboolean
is_out_of_reach (const GwDomainChannel *channel, const char *warning)
{
  return warning != NULL && channel->state == GW_DOMAIN_CHANNEL_HELD && channel->holder_name != NULL
         && (g_str_equal (channel->holder_name, "libvirtd") || g_str_equal (channel->holder_name, "virtqemud"));
}

/**
 * gw_domain_choose:
 * @domains: (element-type GwDomain): this host's
 * @text: a domain's name, UUID or id
 * @warning: (nullable): why there may be more of them
 *
 * Returns: (transfer full): how to reach its agent; or %NULL with
 *   %GW_ERROR_INVALID_ADDRESS (no such domain), %GW_ERROR_CONNECT or
 *   %GW_ERROR_BUSY set
 */
GwAddress *
gw_domain_choose (GPtrArray *domains, const char *text, const char *warning, GError **error)
{
  GwDomain *domain = gw_domain_find (domains, text, warning, error);
  gboolean by_libvirt = FALSE;
  GwDomainChannel *channel;

  if (domain == NULL)
    return NULL;
  channel = find_channel (domain, &by_libvirt);
  if (channel != NULL && is_out_of_reach (channel, warning))
    {
      g_set_error (error, GW_ERROR, GW_ERROR_BUSY, "%s (process %d) holds the channel %s of '%s': %s",
                   channel->holder_name, channel->holder_pid, channel->name, text, warning);
      return NULL;
    }
  if (channel != NULL)
    return by_libvirt ? libvirt_address (domain, error) : g_object_ref (channel->address);
  if (domain->state == GW_DOMAIN_OFF)
    set_off (domain, error);
  else
    set_no_channel (domain, error);
  return NULL;
}
