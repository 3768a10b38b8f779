/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* One <channel> of a domain. What the XML does not say is NULL. */
typedef struct
{
  char *type;   /* "unix", "pty", … */
  char *mode;   /* "bind": the hypervisor listens; "connect": it connects */
  char *path;
  char *target; /* "virtio", "xen", … */
  char *name;
  int guest_open; /* whether somebody in the guest has it open; -1: not told */
} GwDomainXmlChannel;

/* What libvirt's XML says of a domain, as far as channels go. */
typedef struct
{
  char *name;
  char *uuid;
  gint64 id; /* -1 when it does not run */
  GPtrArray *channels; /* of GwDomainXmlChannel */
} GwDomainXml;

GwDomainXml *gw_domain_xml_parse (const char *untrusted_text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_domain_xml_free (GwDomainXml *domain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwDomainXml, gw_domain_xml_free)

G_END_DECLS
