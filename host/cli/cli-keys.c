/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds escapes in what is typed. Knows no terminal. */

#include "cli-keys.h"

#include <string.h>

#define CTRL(key) ((key) & 0x1f)

static void
follow (CliKeys *keys, guint8 key)
{
  keys->state = key == '\r' || key == '\n' ? CLI_KEYS_LINE_BEGINS : CLI_KEYS_IN_LINE;
}

/* Behind an escape character, which was kept back. */
static CliKeysWish
take_escaped (CliKeys *keys, guint8 key, GByteArray *send)
{
  const guint8 both[] = { (guint8) keys->escape, key };

  keys->state = CLI_KEYS_LINE_BEGINS;
  switch (key)
    {
    case '.':
      return CLI_KEYS_LEAVE;
    case CTRL ('Z'):
      return CLI_KEYS_STOP;
    case '?':
      return CLI_KEYS_HELP;
    default:
      break;
    }
  if (key == keys->escape)
    g_byte_array_append (send, both, 1);
  else
    g_byte_array_append (send, both, 2);
  follow (keys, key);
  return CLI_KEYS_ALL;
}

/**
 * cli_keys_take:
 * @typed: (inout): the keys; left behind what is asked for
 * @length: (inout): of those
 * @send: what is to be sent is added
 *
 * Returns: what is asked for by an escape; or %CLI_KEYS_ALL, where all keys were
 *   taken
 */
CliKeysWish
cli_keys_take (CliKeys *keys, const guint8 **typed, gsize *length, GByteArray *send)
{
  for (; *length > 0; (*typed)++, (*length)--)
    {
      guint8 key = **typed;
      CliKeysWish wish = CLI_KEYS_ALL;

      if (keys->state == CLI_KEYS_ESCAPED)
        wish = take_escaped (keys, key, send);
      else if (keys->state == CLI_KEYS_LINE_BEGINS && key == keys->escape)
        keys->state = CLI_KEYS_ESCAPED;
      else
        {
          g_byte_array_append (send, &key, 1);
          follow (keys, key);
        }
      if (wish == CLI_KEYS_ALL)
        continue;
      (*typed)++;
      (*length)--;
      return wish;
    }
  return CLI_KEYS_ALL;
}

/**
 * cli_keys_read_escape:
 * @word: (nullable): a character but "." and "?", "^" and a letter, or "none";
 *   %NULL for "~"
 */
gboolean
cli_keys_read_escape (CliKeys *keys, const char *word)
{
  *keys = (CliKeys){ .escape = '~' };
  if (word == NULL)
    return TRUE;
  if (g_str_equal (word, "none"))
    keys->escape = CLI_KEYS_NO_ESCAPE;
  else if (word[0] == '^' && word[1] >= '@' && word[1] <= 'z' && word[2] == '\0')
    keys->escape = CTRL (word[1]);
  /* Behind an escape these two mean something else. */
  else if (g_ascii_isprint (word[0]) && word[1] == '\0' && strchr (".?", word[0]) == NULL)
    keys->escape = word[0];
  else
    return FALSE;
  return TRUE;
}

/* Returns: (transfer full): for a raw terminal */
char *
cli_keys_help (const CliKeys *keys)
{
  char name[3] = { (char) keys->escape, '\0', '\0' };

  if (keys->escape < ' ')
    {
      name[0] = '^';
      name[1] = (char) (keys->escape + '@');
    }
  return g_strdup_printf ("%s?\r\nAt the beginning of a line:\r\n"
                          " %s.   leave\r\n"
                          " %s^Z  suspend this command\r\n"
                          " %s?   this help\r\n"
                          " %s%s   send %s\r\n",
                          name, name, name, name, name, name, name);
}
