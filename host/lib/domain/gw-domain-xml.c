/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads libvirt's XML of a domain (libvirt: docs/formatdomain.rst). Looks only
 * at the places that it knows: what is under <metadata> may look like anything.
 * No I/O. */

#include "gw-domain-xml.h"

#include <string.h>

#include "gw-limits.h"

/* Deeper elements are none of ours. */
#define DEPTH 4

typedef struct
{
  GwDomainXml *domain;
  const char *place[DEPTH]; /* the elements we are in; NULL for one that we do not know */
  guint depth;
  GString *text;               /* of <name> and <uuid> */
  GwDomainXmlChannel *channel; /* the one we are in */
} Reader;

static void
channel_free (gpointer data)
{
  GwDomainXmlChannel *channel = data;

  g_free (channel->type);
  g_free (channel->mode);
  g_free (channel->path);
  g_free (channel->target);
  g_free (channel->name);
  g_free (channel);
}

void
gw_domain_xml_free (GwDomainXml *domain)
{
  g_free (domain->name);
  g_free (domain->uuid);
  g_ptr_array_unref (domain->channels);
  g_free (domain);
}

/* @place: the names of elements, from the root on. */
static gboolean
is_at (const Reader *reader, const char *const *place)
{
  guint depth = g_strv_length ((char **) place);

  if (reader->depth != depth)
    return FALSE;
  for (guint i = 0; i < depth; i++)
    if (g_strcmp0 (reader->place[i], place[i]) != 0)
      return FALSE;
  return TRUE;
}

#define IS_AT(reader, ...) is_at (reader, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
find (const char *wanted, const char **names, const char **values)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], wanted))
      return values[i];
  return NULL;
}

static const char *
known_element (const char *element)
{
  static const char *const known[] = { "domain", "name", "uuid", "devices", "channel", "source", "target" };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (element, known[i]))
      return known[i];
  return NULL;
}

/* The first one counts. */
static void
keep (char **where, const char *value)
{
  if (*where == NULL)
    *where = g_strdup (value);
}

static gboolean
begin_channel (Reader *reader, const char **names, const char **values, GError **error)
{
  if (reader->domain->channels->len >= GW_DOMAIN_CHANNELS_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "a domain with more than %d channels", GW_DOMAIN_CHANNELS_MAX);
      return FALSE;
    }
  reader->channel = g_new0 (GwDomainXmlChannel, 1);
  reader->channel->guest_open = -1;
  keep (&reader->channel->type, find ("type", names, values));
  g_ptr_array_add (reader->domain->channels, reader->channel);
  return TRUE;
}

static void
see_source (GwDomainXmlChannel *channel, const char **names, const char **values)
{
  keep (&channel->mode, find ("mode", names, values));
  keep (&channel->path, find ("path", names, values));
}

static void
see_target (GwDomainXmlChannel *channel, const char **names, const char **values)
{
  const char *state = find ("state", names, values);

  keep (&channel->target, find ("type", names, values));
  keep (&channel->name, find ("name", names, values));
  if (g_strcmp0 (state, "connected") == 0)
    channel->guest_open = TRUE;
  else if (g_strcmp0 (state, "disconnected") == 0)
    channel->guest_open = FALSE;
}

static void
on_start (GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data,
          GError **error)
{
  Reader *reader = data;
  guint64 id;

  if (reader->depth < DEPTH)
    reader->place[reader->depth] = known_element (element);
  reader->depth++;
  if (IS_AT (reader, "domain"))
    {
      const char *text = find ("id", names, values);

      if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT, &id, NULL))
        reader->domain->id = (gint64) id;
    }
  else if (IS_AT (reader, "domain", "name") || IS_AT (reader, "domain", "uuid"))
    g_string_truncate (reader->text, 0);
  else if (IS_AT (reader, "domain", "devices", "channel"))
    begin_channel (reader, names, values, error);
  else if (IS_AT (reader, "domain", "devices", "channel", "source"))
    see_source (reader->channel, names, values);
  else if (IS_AT (reader, "domain", "devices", "channel", "target"))
    see_target (reader->channel, names, values);
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Reader *reader = data;

  if (IS_AT (reader, "domain", "name"))
    keep (&reader->domain->name, reader->text->str);
  else if (IS_AT (reader, "domain", "uuid"))
    keep (&reader->domain->uuid, reader->text->str);
  reader->depth--;
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  Reader *reader = data;

  if (IS_AT (reader, "domain", "name") || IS_AT (reader, "domain", "uuid"))
    g_string_append_len (reader->text, text, length);
}

static gboolean
parse (Reader *reader, const char *text, gsize length, GError **error)
{
  static const GMarkupParser parser = { .start_element = on_start, .end_element = on_end, .text = on_text };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, reader, NULL);

  return g_markup_parse_context_parse (context, text, length, error)
         && g_markup_parse_context_end_parse (context, error);
}

/**
 * gw_domain_xml_parse:
 * @untrusted_text: a domain's XML; parts of it may be a guest owner's
 *
 * Returns: (transfer full): what it says, or %NULL with an error set
 */
GwDomainXml *
gw_domain_xml_parse (const char *untrusted_text, gsize length, GError **error)
{
  g_autoptr (GwDomainXml) domain = NULL;
  g_autoptr (GString) text = NULL;
  Reader reader = { 0 };

  if (length > GW_DOMAIN_XML_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "a domain's XML with more than %u bytes", GW_DOMAIN_XML_MAX);
      return NULL;
    }
  domain = g_new0 (GwDomainXml, 1);
  domain->id = -1;
  domain->channels = g_ptr_array_new_with_free_func (channel_free);
  text = g_string_new (NULL);
  reader.domain = domain;
  reader.text = text;
  if (!parse (&reader, untrusted_text, length, error))
    return NULL;
  if (domain->name == NULL || *domain->name == '\0')
    {
      g_set_error_literal (error, GW_ERROR, GW_ERROR_FAILED, "a domain's XML without a name");
      return NULL;
    }
  return g_steal_pointer (&domain);
}
