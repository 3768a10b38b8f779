/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wire of Xen's store: bytes to messages, and requests to bytes
 * (xen/docs/misc/xenstore.txt, xen/io/xs_wire.h). Knows no descriptor, and not
 * what is asked for. */

#include "gw-xenstore-wire.h"

#include <errno.h>
#include <string.h>

/* In the machine's own byte order. */
typedef struct
{
  guint32 type;
  guint32 id;
  guint32 transaction;
  guint32 length;
} Header;

G_STATIC_ASSERT (sizeof (Header) == GW_XENSTORE_HEADER_SIZE);

static Header
header_of (const GwXenstoreWire *wire)
{
  Header header;

  memcpy (&header, wire->buffer, sizeof header);
  return header;
}

static gboolean
take (GwXenstoreWire *wire, gsize needed, const guint8 **data, gsize *length)
{
  gsize taken = MIN (needed - wire->filled, *length);

  if (taken > 0)
    memcpy (wire->buffer + wire->filled, *data, taken);
  wire->filled += taken;
  *data += taken;
  *length -= taken;
  return wire->filled == needed;
}

/**
 * gw_xenstore_wire_receive:
 * @data: (inout): what came; moved behind what was taken
 * @length: (inout): how much of it is left
 * @message: (out): the next message
 * @broken: (out): set when no message can be told from another any more
 *
 * Returns: whether there is a message; if not, all of @data was taken, unless
 *   @broken
 */
gboolean
gw_xenstore_wire_receive (GwXenstoreWire *wire, const guint8 **data, gsize *length, GwXenstoreMessage *message,
                          gboolean *broken)
{
  Header untrusted_header;

  *broken = FALSE;
  if (wire->filled < sizeof (Header) && !take (wire, sizeof (Header), data, length))
    return FALSE;
  untrusted_header = header_of (wire);
  *broken = untrusted_header.length > GW_XENSTORE_PAYLOAD_MAX;
  if (*broken || !take (wire, sizeof (Header) + untrusted_header.length, data, length))
    return FALSE;
  wire->buffer[wire->filled] = '\0';
  wire->filled = 0;
  message->type = untrusted_header.type;
  message->id = untrusted_header.id;
  message->untrusted_payload = (const char *) wire->buffer + sizeof (Header);
  message->length = untrusted_header.length;
  return TRUE;
}

/**
 * gw_xenstore_request:
 * @id: comes back with the reply, from most kernels
 * @token: (nullable): of a watch
 *
 * Returns: (transfer full) (nullable): the request, to be written at once; or
 *   %NULL if it is longer than a kernel takes
 */
GBytes *
gw_xenstore_request (GwXenstoreType type, guint32 id, const char *path, const char *token)
{
  gsize path_size = strlen (path) + 1;
  gsize token_size = token != NULL ? strlen (token) + 1 : 0;
  Header header = { .type = type, .id = id, .length = path_size + token_size };
  GByteArray *bytes;

  if (path_size > GW_XENSTORE_REQUEST_MAX || token_size > GW_XENSTORE_REQUEST_MAX - path_size)
    return NULL;
  bytes = g_byte_array_sized_new (sizeof header + header.length);
  g_byte_array_append (bytes, (const guint8 *) &header, sizeof header);
  g_byte_array_append (bytes, (const guint8 *) path, path_size);
  if (token != NULL)
    g_byte_array_append (bytes, (const guint8 *) token, token_size);
  return g_byte_array_free_to_bytes (bytes);
}

/* --- What a reply says --------------------------------------------------- */

/**
 * gw_xenstore_message_errno:
 *
 * Returns: 0 unless the message is an error; EIO for one that we do not know
 */
int
gw_xenstore_message_errno (const GwXenstoreMessage *message)
{
  static const struct
  {
    const char *name;
    int number;
  } errors[] = {
    { "EINVAL", EINVAL }, { "EACCES", EACCES }, { "EEXIST", EEXIST }, { "EISDIR", EISDIR },
    { "ENOENT", ENOENT }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "ENOTEMPTY", ENOTEMPTY },
    { "ENOSYS", ENOSYS }, { "EROFS", EROFS },   { "EBUSY", EBUSY },   { "EAGAIN", EAGAIN },
    { "EISCONN", EISCONN }, { "E2BIG", E2BIG }, { "EPERM", EPERM },
  };

  if (message->type != GW_XENSTORE_ERROR)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_str_equal (message->untrusted_payload, errors[i].name))
      return errors[i].number;
  return EIO;
}

/**
 * gw_xenstore_message_value:
 *
 * Returns: (transfer full) (nullable): what was read; %NULL if it is no text
 */
char *
gw_xenstore_message_value (const GwXenstoreMessage *message)
{
  const char *untrusted_value = message->untrusted_payload;

  if (strlen (untrusted_value) != message->length || !g_utf8_validate (untrusted_value, message->length, NULL))
    return NULL;
  return g_strdup (untrusted_value);
}

/**
 * gw_xenstore_message_strings:
 *
 * Returns: (transfer full): the strings of the payload, each of which ends
 *   with a NUL: names of a directory, or an event's path and token
 */
char **
gw_xenstore_message_strings (const GwXenstoreMessage *message)
{
  GPtrArray *strings = g_ptr_array_new ();
  gsize at = 0;

  while (at < message->length)
    {
      const char *untrusted_string = message->untrusted_payload + at;

      g_ptr_array_add (strings, g_strdup (untrusted_string));
      at += strlen (untrusted_string) + 1;
    }
  g_ptr_array_add (strings, NULL);
  return (char **) g_ptr_array_free (strings, FALSE);
}

/**
 * gw_xenstore_message_lets_write:
 * @message: of GET_PERMS: a letter and a domain each. The first is the owner,
 *   who may do all, and its letter holds for those who are not named.
 *
 * Returns: whether the domain may write what was asked about
 */
gboolean
gw_xenstore_message_lets_write (const GwXenstoreMessage *message, guint domain)
{
  g_auto (GStrv) rights = gw_xenstore_message_strings (message);
  char letter = rights[0] != NULL ? *rights[0] : 'b';

  for (guint i = 0; rights[i] != NULL; i++)
    {
      guint64 named;

      if (!g_ascii_string_to_unsigned (rights[i] + (*rights[i] != '\0'), 10, 0, G_MAXUINT, &named, NULL))
        return TRUE;
      if (named != domain)
        continue;
      if (i == 0)
        return TRUE;
      letter = *rights[i];
      break;
    }
  return letter != 'n' && letter != 'r';
}
