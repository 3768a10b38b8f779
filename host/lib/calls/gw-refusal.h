/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gw-error.h"

G_BEGIN_DECLS

/* How the module that speaks to libvirt says why it cannot serve a channel: an
 * event, before it closes. */
#define GW_REFUSAL_EVENT "GUESTWIRE_REFUSED"

GError *gw_refusal_read (const char *event, JsonNode *data, gboolean *final);

G_END_DECLS
