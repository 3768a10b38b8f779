/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gw-message.h"

G_BEGIN_DECLS

/* One request of a client, as libvirt can take it. */

gboolean gw_virt_request_is_sync (const GwMessage *request);
gboolean gw_virt_request_is_silent (const GwMessage *request);
GBytes *gw_virt_request_answer_sync (const GwMessage *request) G_GNUC_WARN_UNUSED_RESULT;
GStrv gw_virt_request_to_texts (const GwMessage *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *gw_virt_request_pass_reply (const GwMessage *request, const char *untrusted_reply) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
