/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-address.h"

G_BEGIN_DECLS

struct _GwAddress
{
  GObject parent_instance;

  GwAddressKind kind;
  char *text;
  const char *path; /* inside of text */
  char *host;
  char *uri;
  const char *domain; /* inside of text, or domain_copy */
  char *domain_copy;
  const char *channel; /* inside of text */
  guint32 cid;
  guint32 port;
  char *bind_host; /* of udp:; NULL for all addresses */
  guint32 bind_port;
  char *path_copy; /* of serial:, where a speed follows in text */
  guint32 speed;
};

gboolean gw_address_looks_like_one (const char *text);
gboolean gw_address_parse (GwAddress *self, const char *text, GError **error);

G_END_DECLS
