/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes as a domain's XML: what is taken has a name, and kinds that are
 * told. */

#include "fuzz.h"
#include "gw-domain-xml.h"
#include "gw-limits.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GwDomainXml) domain = gw_domain_xml_parse ((const char *) data, length, NULL);

  if (domain == NULL)
    return 0;
  if (domain->name == NULL || !g_utf8_validate (domain->name, -1, NULL))
    fuzz_fail ("a domain without a name");
  if (domain->channels->len > GW_DOMAIN_CHANNELS_MAX)
    fuzz_fail ("more channels than there may be");
  return 0;
}
