/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-channel.h"

typedef enum
{
  SIM_TEXT_DELIMITED, /* 0xFF and guest-sync-delimited, again every 400 ms */
  SIM_TEXT_LIBVIRT,   /* guest-sync, again every 5 s */
} SimTextWay;

/* Somebody who knows nothing of frames, and takes a channel over. */
typedef struct
{
  SimTextWay way;
  SimRandom random;
  gint64 next_us; /* says its greeting, again */
  guint64 number;
  gboolean greeted;
  gboolean done;
  GByteArray *to_say;
  GByteArray *heard;
} SimTextClient;

SimTextClient *sim_text_client_new (SimTextWay way, guint64 seed, gint64 begin_us);
void sim_text_client_free (SimTextClient *client);
void sim_text_client_pass_time (SimTextClient *client, gint64 now_us);
void sim_text_client_receive (SimTextClient *client, const guint8 *data, gsize length, gint64 now_us);
