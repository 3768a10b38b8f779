/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes telnet off a stream, and puts it on. Two peers that say they speak it do
 * so by half, and are told from others by what they say:
 *
 * - QEMU's server (chardev/char-socket.c) negotiates at once and takes 0xFF said
 *   twice, but says it once itself.
 * - QEMU's client, with telnet=on, speaks no telnet at all.
 *
 * What follows 0xFF is then a byte of data. The first one that comes is of the
 * answer to a sync, where it stands before "{", which is no telnet: it comes
 * before any frame does. Knows no descriptor. */

#include "gw-telnet.h"

#include <string.h>

#define IAC 0xFF
#define DONT 0xFE
#define DO 0xFD
#define WONT 0xFC
#define WILL 0xFB
#define SUBNEGOTIATION 0xFA
#define SUBNEGOTIATION_END 0xF0

/* The least byte that has a meaning behind IAC: end of file, of RFC 1184. */
#define COMMAND_LEAST 0xEC

/* Those that make a channel 8-bit clean and prompt (RFC 856, 857, 858). */
#define OPTION_BINARY 0
#define OPTION_ECHO 1
#define OPTION_NO_GO_AHEAD 3

typedef enum
{
  GW_TELNET_DATA,
  GW_TELNET_IAC,        /* its command is next */
  GW_TELNET_OPTION,     /* the option of a command is next */
  GW_TELNET_NEGOTIATED, /* inside of a subnegotiation */
  GW_TELNET_NEGOTIATED_IAC,
} GwTelnetState;

/* Each is answered once: a peer that begins again and again gets no answer
 * without end. */
static gboolean
first_time (GwTelnet *telnet, guint8 command, guint8 option)
{
  guint32 *word = &telnet->answered[command - WILL][option / 32];
  guint32 bit = 1u << (option % 32);

  if (*word & bit)
    return FALSE;
  *word |= bit;
  return TRUE;
}

static void
take_option (GwTelnet *telnet, guint8 command, guint8 option, GByteArray *answers)
{
  gboolean ours = option == OPTION_BINARY || option == OPTION_NO_GO_AHEAD;
  guint8 answer[] = { IAC, 0, option };

  /* What is off is off: WONT and DONT need no answer. */
  if (command == WILL)
    answer[1] = ours || option == OPTION_ECHO ? DO : DONT;
  else if (command == DO)
    answer[1] = ours ? WILL : WONT;
  if (answer[1] != 0 && first_time (telnet, command, option))
    g_byte_array_append (answers, answer, sizeof answer);
}

/* Returns what of it is data: 0 to 2 bytes. */
static gsize
take_behind_iac (GwTelnet *telnet, guint8 byte, guint8 *data)
{
  telnet->state = GW_TELNET_DATA;
  if (byte == IAC)
    {
      telnet->begun = TRUE;
      data[0] = IAC;
      return 1;
    }
  if (byte < COMMAND_LEAST)
    {
      telnet->begun = telnet->plain = TRUE;
      data[0] = IAC;
      data[1] = byte;
      return 2;
    }
  if (byte >= WILL)
    {
      telnet->state = GW_TELNET_OPTION;
      telnet->command = byte;
      telnet->negotiates |= !telnet->begun;
    }
  else if (byte == SUBNEGOTIATION)
    telnet->state = GW_TELNET_NEGOTIATED;
  return 0;
}

static gsize
take_byte (GwTelnet *telnet, guint8 byte, guint8 *data, GByteArray *answers)
{
  switch ((GwTelnetState) telnet->state)
    {
    case GW_TELNET_IAC:
      return take_behind_iac (telnet, byte, data);
    case GW_TELNET_OPTION:
      telnet->state = GW_TELNET_DATA;
      take_option (telnet, telnet->command, byte, answers);
      return 0;
    case GW_TELNET_NEGOTIATED:
      if (byte == IAC)
        telnet->state = GW_TELNET_NEGOTIATED_IAC;
      return 0;
    case GW_TELNET_NEGOTIATED_IAC:
      telnet->state = byte == SUBNEGOTIATION_END ? GW_TELNET_DATA : GW_TELNET_NEGOTIATED;
      return 0;
    case GW_TELNET_DATA:
    default:
      if (byte == IAC)
        {
          telnet->state = GW_TELNET_IAC;
          return 0;
        }
      telnet->begun = TRUE;
      data[0] = byte;
      return 1;
    }
}

/**
 * gw_telnet_receive:
 * @telnet: all zeros at the beginning of a connection
 * @untrusted_data: what has come
 * @data: (out caller-allocates): what of it is data; GW_TELNET_DATA_MAX(@length)
 *   bytes of room
 * @answers: what is to be sent, as it is, is appended; 3 bytes for each option
 *   and command at most
 *
 * Returns: the length of @data
 */
gsize
gw_telnet_receive (GwTelnet *telnet, const guint8 *untrusted_data, gsize length, guint8 *data, GByteArray *answers)
{
  gsize made = 0;
  gsize at = 0;

  while (at < length && !telnet->plain)
    made += take_byte (telnet, untrusted_data[at++], data + made, answers);
  if (at < length)
    memcpy (data + made, untrusted_data + at, length - at);
  return made + length - at;
}

static gboolean
says_twice (const GwTelnet *telnet)
{
  return telnet->negotiates || !telnet->plain;
}

static gsize
count_iac (const guint8 *data, gsize length)
{
  gsize count = 0;

  for (const guint8 *at = data; (at = memchr (at, IAC, data + length - at)) != NULL; at++)
    count++;
  return count;
}

/**
 * gw_telnet_escape:
 *
 * Returns: (transfer full): @bytes, as they are to be sent
 */
GBytes *
gw_telnet_escape (GwTelnet *telnet, GBytes *bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  gsize more = says_twice (telnet) && length > 0 ? count_iac (data, length) : 0;
  guint8 *escaped;
  gsize made = 0;

  if (more == 0)
    return g_bytes_ref (bytes);
  escaped = g_malloc (length + more);
  for (gsize i = 0; i < length; i++)
    {
      escaped[made++] = data[i];
      if (data[i] == IAC)
        escaped[made++] = IAC;
    }
  return g_bytes_new_take (escaped, made);
}

/* Whether a message of which only @written is out has been cut between two
 * bytes 0xFF: one more has to go before any other. */
gboolean
gw_telnet_is_half_escaped (GwTelnet *telnet, const guint8 *written, gsize length)
{
  gsize run = 0;

  while (run < length && written[length - 1 - run] == IAC)
    run++;
  return says_twice (telnet) && run % 2 == 1;
}
