/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only door to json-glib's parser. Checks a text against RFC 8259 and the
 * bounds of gw-limits.h before json-glib sees it: json-glib overflows its
 * stack on deep nesting, takes comments and two roots, and turns huge numbers
 * into -1. Knows no message. */

#include "gw-json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "gw-limits.h"

/* The longest number worth reading: a double needs 24 characters. */
#define NUMBER_MAX 64

typedef struct
{
  const char *start;
  const char *at;
  const char *end;
  guint depth;
  char closer[GW_JSON_DEPTH_MAX];      /* '}' or ']' of each open container */
  guint members[GW_JSON_DEPTH_MAX];    /* names seen so far in each */
  guint values;
  guint names;                         /* in all objects together */
} Guard;

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const Guard *guard, GError **error, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_JSON, "JSON parse error, %s at byte %" G_GSIZE_FORMAT, why,
               (gsize) (guard->at - guard->start));
  return FALSE;
}

static gboolean
refuse_here (const Guard *guard, const char *expected, GError **error)
{
  if (guard->at == guard->end)
    return refuse (guard, error, "expecting %s, but the text ends", expected);
  return refuse (guard, error, "expecting %s", expected);
}

static char
peek (const Guard *guard)
{
  return guard->at < guard->end ? *guard->at : '\0';
}

static void
skip_space (Guard *guard)
{
  while (guard->at < guard->end && strchr (" \t\r\n", *guard->at) != NULL)
    guard->at++;
}

static gboolean
check_literal (Guard *guard, const char *literal, GError **error)
{
  gsize length = strlen (literal);

  if ((gsize) (guard->end - guard->at) < length || memcmp (guard->at, literal, length) != 0)
    return refuse_here (guard, "a value", error);
  guard->at += length;
  return TRUE;
}

static guint
skip_digits (Guard *guard)
{
  const char *from = guard->at;

  while (g_ascii_isdigit (peek (guard)))
    guard->at++;
  return guard->at - from;
}

static gboolean
number_in_range (const char *from, gsize length, gboolean integer)
{
  char digits[NUMBER_MAX + 1];

  memcpy (digits, from, length);
  digits[length] = '\0';
  errno = 0;
  if (integer)
    {
      g_ascii_strtoll (digits, NULL, 10);
      return errno == 0;
    }
  return isfinite (g_ascii_strtod (digits, NULL));
}

static gboolean
check_number (Guard *guard, GError **error)
{
  const char *from = guard->at;
  gboolean integer = TRUE;

  if (peek (guard) == '-')
    guard->at++;
  if (peek (guard) == '0')
    guard->at++;
  else if (skip_digits (guard) == 0)
    return refuse_here (guard, "a value", error);
  if (peek (guard) == '.')
    {
      integer = FALSE;
      guard->at++;
      if (skip_digits (guard) == 0)
        return refuse_here (guard, "a digit", error);
    }
  if (peek (guard) == 'e' || peek (guard) == 'E')
    {
      integer = FALSE;
      guard->at++;
      if (peek (guard) == '+' || peek (guard) == '-')
        guard->at++;
      if (skip_digits (guard) == 0)
        return refuse_here (guard, "a digit", error);
    }
  if (guard->at - from > NUMBER_MAX || !number_in_range (from, guard->at - from, integer))
    return refuse (guard, error, "number out of range");
  return TRUE;
}

/* Four hex digits at @at, or -1. */
static int
hex4 (const Guard *guard, const char *at)
{
  int value = 0;

  if (guard->end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (at[i]);

      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

static gboolean
check_unicode_escape (Guard *guard, GError **error)
{
  int unit = hex4 (guard, guard->at);
  int low;

  if (unit < 0)
    return refuse_here (guard, "four hex digits", error);
  /* A C string ends at NUL, so what is checked would not be what is used. */
  if (unit == 0)
    return refuse (guard, error, "\\u0000 in a string");
  guard->at += 4;
  if (unit < 0xD800 || unit > 0xDFFF)
    return TRUE;
  if (unit > 0xDBFF || guard->end - guard->at < 6 || guard->at[0] != '\\' || guard->at[1] != 'u')
    return refuse (guard, error, "lone surrogate in a string");
  low = hex4 (guard, guard->at + 2);
  if (low < 0xDC00 || low > 0xDFFF)
    return refuse (guard, error, "lone surrogate in a string");
  guard->at += 6;
  return TRUE;
}

static gboolean
check_string (Guard *guard, GError **error)
{
  guard->at++;
  while (guard->at < guard->end)
    {
      guchar c = *guard->at;

      if (c == '"')
        {
          guard->at++;
          return TRUE;
        }
      if (c < 0x20)
        return refuse (guard, error, "control character in a string");
      guard->at++;
      if (c != '\\')
        continue;
      c = peek (guard);
      if (c == '\0' || strchr ("\"\\/bfnrtu", c) == NULL)
        return refuse_here (guard, "an escape", error);
      guard->at++;
      if (c == 'u' && !check_unicode_escape (guard, error))
        return FALSE;
    }
  return refuse_here (guard, "the end of a string", error);
}

/* A name and its colon, up to the value. */
static gboolean
check_name (Guard *guard, GError **error)
{
  if (peek (guard) != '"')
    return refuse_here (guard, "a name", error);
  if (++guard->members[guard->depth - 1] > GW_JSON_MEMBERS_MAX)
    return refuse (guard, error, "more than %d members in an object", GW_JSON_MEMBERS_MAX);
  guard->names++;
  if (!check_string (guard, error))
    return FALSE;
  skip_space (guard);
  if (peek (guard) != ':')
    return refuse_here (guard, "a colon", error);
  guard->at++;
  skip_space (guard);
  return TRUE;
}

/* The start of a value. Sets @opened when that is a container whose first
 * value comes next. */
static gboolean
check_value (Guard *guard, gboolean *opened, GError **error)
{
  char c = peek (guard);

  *opened = FALSE;
  if (++guard->values > GW_JSON_VALUES_MAX)
    return refuse (guard, error, "more than %u values", GW_JSON_VALUES_MAX);
  switch (c)
    {
    case '"':
      return check_string (guard, error);
    case 't':
      return check_literal (guard, "true", error);
    case 'f':
      return check_literal (guard, "false", error);
    case 'n':
      return check_literal (guard, "null", error);
    case '{':
    case '[':
      if (guard->depth == GW_JSON_DEPTH_MAX)
        return refuse (guard, error, "nesting deeper than %d", GW_JSON_DEPTH_MAX);
      guard->closer[guard->depth] = c == '{' ? '}' : ']';
      guard->members[guard->depth] = 0;
      guard->depth++;
      guard->at++;
      skip_space (guard);
      if (peek (guard) == guard->closer[guard->depth - 1])
        return TRUE; /* an empty one: the caller closes it */
      *opened = TRUE;
      return c == '[' || check_name (guard, error);
    default:
      return check_number (guard, error);
    }
}

static gboolean
check_text (Guard *guard, GError **error)
{
  gboolean opened;

  skip_space (guard);
  for (;;)
    {
      if (!check_value (guard, &opened, error))
        return FALSE;
      if (opened)
        continue;

      skip_space (guard);
      while (guard->depth > 0 && peek (guard) == guard->closer[guard->depth - 1])
        {
          guard->depth--;
          guard->at++;
          skip_space (guard);
        }
      if (guard->depth == 0)
        break;
      if (peek (guard) != ',')
        return refuse_here (guard, guard->closer[guard->depth - 1] == '}' ? "',' or '}'" : "',' or ']'", error);
      guard->at++;
      skip_space (guard);
      if (guard->closer[guard->depth - 1] == '}' && !check_name (guard, error))
        return FALSE;
    }
  if (guard->at != guard->end)
    return refuse_here (guard, "the end of the text", error);
  return TRUE;
}

/* Recurses no deeper than the guard allowed. */
static guint
count_names (JsonNode *node)
{
  guint count = 0;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (json_object_iter_next (&iter, NULL, &member))
        count += 1 + count_names (member);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        count += count_names (json_array_get_element (array, i));
    }
  return count;
}

/**
 * gw_json_parse:
 * @text: the text; needs no NUL at its end
 * @length: its length in bytes, or -1 if it ends in NUL
 * @error: return location for a #GError
 *
 * Parses one JSON text (RFC 8259) that comes from an untrusted place. Beyond
 * the grammar it refuses what programs disagree about: names that stand twice
 * in one object, integers outside of 64 bits, numbers that are not finite,
 * `\u0000` and lone surrogates, nesting deeper than 128, more than 131,072
 * values or 256 members of one object, and texts above 64 MiB.
 *
 * Returns: (transfer full): the root value, or %NULL with
 *   %GW_ERROR_INVALID_JSON or %GW_ERROR_TOO_LARGE set
 *
 * Since: 0.1
 */
JsonNode *
gw_json_parse (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (JsonNode) root = NULL;
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  Guard guard = { .start = text, .at = text, .end = text + size };
  const char *valid_end;

  if (size > GW_LINE_MAX)
    {
      g_set_error (error, GW_ERROR, GW_ERROR_TOO_LARGE, "JSON text of more than %u bytes", GW_LINE_MAX);
      return NULL;
    }
  if (!g_utf8_validate_len (text, size, &valid_end))
    {
      guard.at = valid_end;
      refuse (&guard, error, "no valid UTF-8");
      return NULL;
    }
  if (!check_text (&guard, error))
    return NULL;

  parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, text, size, error))
    {
      g_prefix_error (error, "JSON parse error, ");
      if (error != NULL && *error != NULL)
        {
          (*error)->domain = GW_ERROR;
          (*error)->code = GW_ERROR_INVALID_JSON;
        }
      return NULL;
    }
  root = json_parser_steal_root (parser);
  /* json-glib keeps one of two equal names, whatever their escapes. */
  if (count_names (root) != guard.names)
    {
      refuse (&guard, error, "a name stands twice in one object");
      return NULL;
    }
  return g_steal_pointer (&root);
}
