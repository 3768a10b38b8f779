/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvirt's XML says of channels. */

#include <string.h>

#include "gw-domain-xml.h"
#include "gw-limits.h"

#define HEAD "<domain type='kvm' id='7'><name>vm1</name><uuid>c183690c-5297-4077-8786-084ad1da9a24</uuid>"

/* One line a channel: type mode path target name open. */
static char *
summary (const GwDomainXml *domain)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < domain->channels->len; i++)
    {
      const GwDomainXmlChannel *channel = g_ptr_array_index (domain->channels, i);

      g_string_append_printf (text, "%s %s %s %s %s %d\n", channel->type, channel->mode, channel->path, channel->target,
                              channel->name, channel->guest_open);
    }
  return g_string_free (text, FALSE);
}

static void
test_channels (void)
{
  static const struct
  {
    const char *devices;
    const char *expected;
  } rows[] = {
    { "<channel type='unix'><source mode='bind' path='/run/a'/><target type='virtio' name='org.x.0' state='connected'/>"
      "</channel>",
      "unix bind /run/a virtio org.x.0 1\n" },
    { "<channel type='unix'><source mode='connect' path='/a&amp;b'/><target type='virtio' name='n' state='disconnected'/>"
      "<alias name='channel0'/><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>",
      "unix connect /a&b virtio n 0\n" },
    { "<channel type='pty' tty='/dev/pts/3'><source path='/dev/pts/3'/><target type='xen' name='n'/></channel>",
      "pty (null) /dev/pts/3 xen n -1\n" },
    { "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>",
      "spicevmc (null) (null) virtio com.redhat.spice.0 -1\n" },
    { "<serial type='unix'><source mode='bind' path='/x'/><target type='isa-serial'/></serial>", "" },
    { "<interface><channel type='unix'/></interface>", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strconcat (HEAD "<devices>", rows[i].devices, "</devices></domain>", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GwDomainXml) domain = gw_domain_xml_parse (text, strlen (text), &error);
      g_autofree char *got = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (domain->name, ==, "vm1");
      g_assert_cmpstr (domain->uuid, ==, "c183690c-5297-4077-8786-084ad1da9a24");
      g_assert_cmpint (domain->id, ==, 7);
      got = summary (domain);
      g_assert_cmpstr (got, ==, rows[i].expected);
    }
}

static void
test_metadata_is_not_believed (void)
{
  static const char text[] = "<domain><metadata><domain><name>other</name><devices><channel type='unix'/></devices>"
                             "</domain><name>other</name></metadata><name>vm&lt;1</name><description><name>x</name>"
                             "</description></domain>";
  g_autoptr (GwDomainXml) domain = gw_domain_xml_parse (text, strlen (text), NULL);

  g_assert_cmpstr (domain->name, ==, "vm<1");
  g_assert_null (domain->uuid);
  g_assert_cmpint (domain->id, ==, -1);
  g_assert_cmpuint (domain->channels->len, ==, 0);
}

static void
test_nonsense_is_refused (void)
{
  static const char *const texts[] = { "", "nonsense", "<domain>", "<domain></domain>", "<domain><name></name></domain>",
                                       "<domain><name>a</name></domain", "<a/>" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (gw_domain_xml_parse (texts[i], strlen (texts[i]), &error));
      g_assert_nonnull (error);
    }
}

static void
test_bounds (void)
{
  GString *text = g_string_new (HEAD "<devices>");
  g_autofree char *long_text = g_strnfill (GW_DOMAIN_XML_MAX + 1, ' ');
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= GW_DOMAIN_CHANNELS_MAX; i++)
    g_string_append (text, "<channel/>");
  g_string_append (text, "</devices></domain>");
  g_assert_null (gw_domain_xml_parse (text->str, text->len, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_assert_null (gw_domain_xml_parse (long_text, GW_DOMAIN_XML_MAX + 1, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_TOO_LARGE);
  g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/domain-xml/channels", test_channels);
  g_test_add_func ("/domain-xml/metadata-is-not-believed", test_metadata_is_not_believed);
  g_test_add_func ("/domain-xml/nonsense-is-refused", test_nonsense_is_refused);
  g_test_add_func ("/domain-xml/bounds", test_bounds);
  return g_test_run ();
}
