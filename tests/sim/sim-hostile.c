/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a side break the protocol, with checks that are good: it has heard the
 * lines that opened the session, and so knows all that the side itself knows. */

#include "sim-world.h"

#include <string.h>

#include "gw-limits.h"

struct _SimHostile
{
  SimRandom random;
  guint8 nonces[2][GW_NONCE_SIZE]; /* by role */
  guint8 session[GW_NONCE_SIZE];
  guint32 added; /* frames that were put in between, on this connection */
};

SimHostile *
sim_hostile_new (guint64 seed)
{
  SimHostile *hostile = g_new0 (SimHostile, 1);

  hostile->random.state = seed;
  return hostile;
}

void
sim_hostile_free (SimHostile *hostile)
{
  g_free (hostile);
}

/* --- What it hears ------------------------------------------------------- */

static void
read_hex (const char *text, gsize length, const char *name, guint8 *bytes)
{
  const char *found = memmem (text, length, name, strlen (name));

  if (found == NULL || (gsize) (found - text) + strlen (name) + 2 * GW_NONCE_SIZE > length)
    return;
  found += strlen (name);
  for (guint i = 0; i < GW_NONCE_SIZE; i++)
    bytes[i] = (g_ascii_xdigit_value (found[2 * i]) << 4 | g_ascii_xdigit_value (found[2 * i + 1])) & 0xFF;
}

/**
 * sim_hostile_listen:
 * @write: what one side says
 */
void
sim_hostile_listen (SimHostile *hostile, GwSessionRole by, GBytes *write)
{
  gsize length;
  const char *text = g_bytes_get_data (write, &length);

  if (text[0] != '{' || memmem (text, length, "\"nonce\":\"", 9) == NULL)
    return;
  read_hex (text, length, "\"nonce\":\"", hostile->nonces[by]);
  read_hex (text, length, "\"session\":\"", hostile->session);
  hostile->added = 0;
}

/* --- What it says -------------------------------------------------------- */

static GBytes *
random_payload (SimHostile *hostile)
{
  static const gsize sizes[] = { 0, 4, 8, 12, 16, 40, 300 };
  gsize length = sizes[sim_below (&hostile->random, G_N_ELEMENTS (sizes))];
  guint8 bytes[300];

  for (gsize i = 0; i < length; i++)
    bytes[i] = sim_percent (&hostile->random, 50) ? 0 : sim_random (&hostile->random);
  /* Often the beginning of a message. */
  if (length >= 12 && sim_percent (&hostile->random, 60))
    {
      memset (bytes + 2, 0, 2);
      bytes[0] = 1 + bytes[0] % 5;
      bytes[1] = bytes[1] % 3;
    }
  return length > 0 ? g_bytes_new (bytes, length) : NULL;
}

static void
spoil (SimHostile *hostile, GwFrame *frame)
{
  SimRandom *random = &hostile->random;

  switch (sim_below (random, 9))
    {
    case 0:
      frame->type = sim_below (random, 32);
      break;
    case 1:
      frame->flags = sim_percent (random, 50) ? GW_FRAME_IGNORABLE : GW_FRAME_UNHEARD;
      break;
    case 2:
      frame->stream = sim_percent (random, 50) ? sim_below (random, 8) : sim_random (random);
      break;
    case 3:
      frame->seq += sim_percent (random, 50) ? 1 : (guint32) sim_random (random);
      break;
    case 4:
      frame->ack += sim_percent (random, 50) ? sim_between (random, -3, 3) : (gint64) sim_random (random);
      break;
    case 5:
      frame->count += sim_percent (random, 50) ? sim_between (random, -3, 3) : (gint64) sim_random (random);
      break;
    default:
      g_clear_pointer (&frame->payload, g_bytes_unref);
      frame->payload = random_payload (hostile);
      break;
    }
}

static void
append (GByteArray *all, const GwFrame *frame, guint64 seed)
{
  g_autoptr (GBytes) bytes = gw_frame_encode (frame, seed);

  g_byte_array_append (all, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Next in order as far as its own side has counted, so that they are taken. */
static void
add_frames (SimHostile *hostile, GByteArray *all, const GwFrame *like, guint64 seed)
{
  guint n = sim_percent (&hostile->random, 10) ? 300 : 1 + sim_below (&hostile->random, 4);
  guint8 type = 16 + sim_below (&hostile->random, 7);

  while (n-- > 0)
    {
      g_auto (GwFrame) frame = { .type = type, .stream = sim_below (&hostile->random, 6), .ack = like->ack };

      frame.seq = like->seq + hostile->added;
      frame.count = like->count + hostile->added++;
      frame.payload = random_payload (hostile);
      append (all, &frame, seed);
    }
}

/* Headers that are good, each of a payload that is not: whoever looks at each
 * for a payload's check works for nothing. */
static void
add_work (SimHostile *hostile, GByteArray *all, const GwFrame *like, guint64 seed, gsize frame_max)
{
  g_autofree guint8 *zeros = g_malloc0 (frame_max);
  g_autoptr (GBytes) payload = g_bytes_new (zeros, frame_max - GW_FRAME_OVERHEAD);
  GwFrame frame = { .type = GW_FRAME_DATA, .seq = like->seq, .ack = like->ack, .payload = payload };

  for (guint i = 0; i < 400; i++)
    {
      g_autoptr (GBytes) bytes = NULL;

      frame.count = like->count + i;
      bytes = gw_frame_encode (&frame, seed);
      g_byte_array_append (all, g_bytes_get_data (bytes, NULL), GW_FRAME_HEADER_SIZE);
    }
  g_byte_array_append (all, zeros, frame_max);
}

static gboolean
read_frame (GBytes *write, guint64 seed, GwFrame *frame)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (write, &length);
  GwFramePromise promise;

  if (length < GW_FRAME_HEADER_SIZE || !gw_frame_decode_header (data, seed, GW_FRAME_MAX, frame, &promise))
    return FALSE;
  if (promise.payload_length > 0 && GW_FRAME_OVERHEAD + promise.payload_length <= length)
    frame->payload = gw_frame_decode_payload (data + GW_FRAME_HEADER_SIZE, seed, frame->type, &promise);
  return TRUE;
}

/**
 * sim_hostile_change:
 * @write: what the side @by would say
 *
 * Returns: (transfer full): what it says
 */
GBytes *
sim_hostile_change (SimHostile *hostile, GwSessionRole by, GBytes *write)
{
  GByteArray *all = g_byte_array_new ();
  guint64 seed = gw_frame_seed (hostile->nonces[GW_SESSION_HOST], hostile->nonces[GW_SESSION_GUEST], hostile->session,
                                by == GW_SESSION_HOST ? GW_FRAME_TO_GUEST : GW_FRAME_TO_HOST);
  g_auto (GwFrame) frame = { 0 };

  if (!read_frame (write, seed, &frame) || frame.type == GW_FRAME_HELLO)
    {
      g_byte_array_append (all, g_bytes_get_data (write, NULL), g_bytes_get_size (write));
      return g_byte_array_free_to_bytes (all);
    }
  if (sim_percent (&hostile->random, 1))
    add_work (hostile, all, &frame, seed, GW_FRAME_MAX_XEN);
  if (sim_percent (&hostile->random, 5))
    add_frames (hostile, all, &frame, seed);
  frame.count += hostile->added;
  if ((frame.type & GW_FRAME_NUMBERED) != 0)
    frame.seq += hostile->added;
  if (sim_percent (&hostile->random, 10))
    spoil (hostile, &frame);
  append (all, &frame, seed);
  return g_byte_array_free_to_bytes (all);
}
