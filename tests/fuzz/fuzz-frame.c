/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any bytes through the reader of frames: nothing is lost or made up, and how
 * they are cut into reads makes no difference. The input's commands put in
 * frames with good checks, as only one who knows the seed could. */

#include <string.h>

#include "fuzz.h"
#include "gw-frame.h"
#include "gw-limits.h"

#define SEED 0x1234567890ABCDEF
#define FRAME_MAX 2048
#define WIRE_MAX (64 * GW_KIB)

/* A byte below 0x20 is a frame of so many of the bytes behind it, another one
 * below 0x40 a header alone that promises some; else it is itself. */
static GByteArray *
make_wire (const guint8 *data, gsize length)
{
  GByteArray *wire = g_byte_array_new ();

  for (gsize i = 0; i < length && wire->len < WIRE_MAX; i++)
    {
      gsize size = MIN (data[i] & 0x1F, length - i - 1);
      g_autoptr (GBytes) payload = g_bytes_new (data + i + 1, size);
      const GwFrame frame = { .type = data[i] & 0x1F, .count = i, .payload = size > 0 ? payload : NULL };
      g_autoptr (GBytes) encoded = data[i] < 0x40 ? gw_frame_encode (&frame, SEED) : NULL;

      if (encoded == NULL)
        g_byte_array_append (wire, data + i, 1);
      else
        g_byte_array_append (wire, g_bytes_get_data (encoded, NULL),
                             data[i] < 0x20 ? g_bytes_get_size (encoded) : GW_FRAME_HEADER_SIZE);
      if (data[i] < 0x20)
        i += size;
    }
  return wire;
}

static gboolean
note (GwFrameReader *reader, GByteArray *seen)
{
  GwFrameReaderEvent event;

  do
    {
      g_auto (GwFrame) frame = { 0 };
      g_autoptr (GBytes) bytes = NULL;

      event = gw_frame_reader_next (reader, &frame, &bytes);
      if (event == GW_FRAME_READER_FRAME)
        bytes = gw_frame_encode (&frame, SEED);
      if (bytes != NULL)
        g_byte_array_append (seen, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
    }
  while (event == GW_FRAME_READER_FRAME || event == GW_FRAME_READER_SKIPPED);
  return event == GW_FRAME_READER_NONE;
}

static void
play (const GByteArray *wire, gsize step)
{
  g_autoptr (GwFrameReader) reader = gw_frame_reader_new (SEED, FRAME_MAX);
  g_autoptr (GByteArray) seen = g_byte_array_new ();

  for (gsize at = 0; at < wire->len; at += step)
    {
      gw_frame_reader_receive (reader, wire->data + at, MIN (step, wire->len - at), 0);
      if (!note (reader, seen))
        return;
    }
  gw_frame_reader_pass_time (reader, GW_FRAME_QUIET_US);
  if (!note (reader, seen))
    return;
  if (gw_frame_reader_get_deadline (reader) != G_MAXINT64)
    fuzz_fail ("something waits after a silence");
  if (seen->len != wire->len || (seen->len > 0 && memcmp (seen->data, wire->data, seen->len) != 0))
    fuzz_fail ("other bytes come out than went in");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  g_autoptr (GByteArray) wire = make_wire (data, length);

  play (wire, WIRE_MAX * 2);
  play (wire, 1);
  play (wire, 100);
  return 0;
}
