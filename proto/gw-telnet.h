/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Telnet (RFC 854), as far as a stream of bytes has to pass through it: what is
 * negotiated is answered, and a byte 0xFF is said twice. Knows no connection. */
typedef struct
{
  guint8 state;      /* of what comes: a GwTelnetState */
  guint8 command;    /* the one whose option comes next */
  gboolean begun;    /* a byte of data has come */
  gboolean negotiates; /* the other side does: it spoke of options before all data */
  gboolean plain;    /* the other side says 0xFF once */
  guint32 answered[4][8]; /* a bit for each option that was answered, by command */
} GwTelnet;

gsize gw_telnet_receive (GwTelnet *telnet, const guint8 *untrusted_data, gsize length, guint8 *data,
                         GByteArray *answers);
GBytes *gw_telnet_escape (GwTelnet *telnet, GBytes *bytes);
gboolean gw_telnet_is_half_escaped (GwTelnet *telnet, const guint8 *written, gsize length);

/* What gw_telnet_receive() makes of @length bytes is no longer than this. */
#define GW_TELNET_DATA_MAX(length) ((length) + 1)

G_END_DECLS
