/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "gw-json.h"

G_BEGIN_DECLS

/* A connection to a QEMU's control socket. */
typedef struct _GwQmp GwQmp;

GwQmp *gw_qmp_open (const char *path, guint timeout_ms, GError **error);
void gw_qmp_close (GwQmp *qmp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GwQmp, gw_qmp_close)

JsonNode *gw_qmp_ask (GwQmp *qmp, const char *command, JsonNode *arguments, GError **error);
pid_t gw_qmp_get_pid (GwQmp *qmp);

/* Members of what it answers, whose types are not certain. */
const char *gw_qmp_string_of (JsonObject *untrusted_object, const char *name);
gboolean gw_qmp_is_true (JsonObject *untrusted_object, const char *name);

G_END_DECLS
