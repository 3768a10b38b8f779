/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "gw-address.h"

G_BEGIN_DECLS

/**
 * GwDomainState:
 * @GW_DOMAIN_UNKNOWN: nothing here tells
 * @GW_DOMAIN_RUNNING: the guest runs
 * @GW_DOMAIN_PAUSED: the guest is paused: nothing in it can answer
 * @GW_DOMAIN_OFF: the domain is defined, and not running
 *
 * What a domain is at.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_DOMAIN_UNKNOWN,
  GW_DOMAIN_RUNNING,
  GW_DOMAIN_PAUSED,
  GW_DOMAIN_OFF,
} GwDomainState;

/**
 * GwDomainChannelState:
 * @GW_DOMAIN_CHANNEL_UNKNOWN: nothing here tells
 * @GW_DOMAIN_CHANNEL_FREE: nobody on this host holds it
 * @GW_DOMAIN_CHANNEL_HELD: a process of this host holds it, see
 *   gw_domain_channel_get_holder_pid()
 * @GW_DOMAIN_CHANNEL_STALE: its socket is there, and nobody listens on it
 *
 * What the host's end of a channel is at.
 *
 * Since: 0.1
 */
typedef enum
{
  GW_DOMAIN_CHANNEL_UNKNOWN,
  GW_DOMAIN_CHANNEL_FREE,
  GW_DOMAIN_CHANNEL_HELD,
  GW_DOMAIN_CHANNEL_STALE,
} GwDomainChannelState;

#define GW_TYPE_DOMAIN_CHANNEL (gw_domain_channel_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwDomainChannel, gw_domain_channel, GW, DOMAIN_CHANNEL, GObject)

GW_PUBLIC
const char *gw_domain_channel_get_name (GwDomainChannel *channel);
GW_PUBLIC
const char *gw_domain_channel_get_kind (GwDomainChannel *channel);
GW_PUBLIC
GwAddress *gw_domain_channel_get_address (GwDomainChannel *channel);
GW_PUBLIC
GwDomainChannelState gw_domain_channel_get_state (GwDomainChannel *channel);
GW_PUBLIC
GPid gw_domain_channel_get_holder_pid (GwDomainChannel *channel);
GW_PUBLIC
const char *gw_domain_channel_get_holder_name (GwDomainChannel *channel);
GW_PUBLIC
gboolean gw_domain_channel_get_guest_open (GwDomainChannel *channel, gboolean *is_open);

#define GW_TYPE_DOMAIN (gw_domain_get_type ())
GW_PUBLIC
G_DECLARE_FINAL_TYPE (GwDomain, gw_domain, GW, DOMAIN, GObject)

GW_PUBLIC
const char *gw_domain_get_name (GwDomain *domain);
GW_PUBLIC
const char *gw_domain_get_uuid (GwDomain *domain);
GW_PUBLIC
const char *gw_domain_get_id (GwDomain *domain);
GW_PUBLIC
const char *gw_domain_get_manager (GwDomain *domain);
GW_PUBLIC
GwDomainState gw_domain_get_state (GwDomain *domain);
GW_PUBLIC
GPtrArray *gw_domain_get_channels (GwDomain *domain);

GW_PUBLIC
void gw_domain_list_async (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GW_PUBLIC
GPtrArray *gw_domain_list_finish (GAsyncResult *result, char **warning, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GPtrArray *gw_domain_list (GCancellable *cancellable, char **warning, GError **error) G_GNUC_WARN_UNUSED_RESULT;

GW_PUBLIC
void gw_domain_resolve_async (const char *text, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
GW_PUBLIC
GwAddress *gw_domain_resolve_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GW_PUBLIC
GwAddress *gw_domain_resolve (const char *text, GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
