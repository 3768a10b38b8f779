/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What is typed at a raw terminal, and the escapes in it, as ssh has them: an
 * escape character at the beginning of a line, and another one behind it. */
typedef struct
{
  int escape; /* a byte, or CLI_KEYS_NO_ESCAPE */
  enum
  {
    CLI_KEYS_LINE_BEGINS,
    CLI_KEYS_IN_LINE,
    CLI_KEYS_ESCAPED,
  } state;
} CliKeys;

#define CLI_KEYS_NO_ESCAPE (-1)

typedef enum
{
  CLI_KEYS_ALL, /* there was nothing but keys to send */
  CLI_KEYS_LEAVE,
  CLI_KEYS_STOP,
  CLI_KEYS_HELP,
} CliKeysWish;

CliKeysWish cli_keys_take (CliKeys *keys, const guint8 **typed, gsize *length, GByteArray *send);
gboolean cli_keys_read_escape (CliKeys *keys, const char *word);
char *cli_keys_help (const CliKeys *keys);
