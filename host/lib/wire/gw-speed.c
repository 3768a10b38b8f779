/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The speeds of serial lines: numbers of bits a second, and what termios calls
 * them. */

#include "gw-speed.h"

static const struct
{
  guint32 speed;
  speed_t code;
} speeds[] = {
  { 300, B300 },         { 600, B600 },         { 1200, B1200 },       { 2400, B2400 },       { 4800, B4800 },
  { 9600, B9600 },       { 19200, B19200 },     { 38400, B38400 },     { 57600, B57600 },     { 115200, B115200 },
  { 230400, B230400 },   { 460800, B460800 },   { 500000, B500000 },   { 576000, B576000 },   { 921600, B921600 },
  { 1000000, B1000000 }, { 1500000, B1500000 }, { 2000000, B2000000 }, { 3000000, B3000000 }, { 4000000, B4000000 },
};

/**
 * gw_speed_parse:
 * @speed: (out): bits a second
 *
 * Returns: %FALSE with %GW_ERROR_INVALID_ADDRESS set, which names those that
 *   there are
 */
gboolean
gw_speed_parse (const char *text, guint32 *speed, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  g_autofree char *shown = g_filename_display_name (text);
  guint64 number;

  if (g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT32, &number, NULL))
    for (gsize i = 0; i < G_N_ELEMENTS (speeds); i++)
      if (speeds[i].speed == number)
        {
          *speed = speeds[i].speed;
          return TRUE;
        }
  for (gsize i = 0; i < G_N_ELEMENTS (speeds); i++)
    g_string_append_printf (known, "%s%u", i == 0 ? "" : i + 1 < G_N_ELEMENTS (speeds) ? ", " : " or ",
                            speeds[i].speed);
  g_set_error (error, GW_ERROR, GW_ERROR_INVALID_ADDRESS, "a serial line has no speed '%s': it is %s", shown,
               known->str);
  return FALSE;
}

/* Of one that gw_speed_parse() gave. */
speed_t
gw_speed_to_termios (guint32 speed)
{
  for (gsize i = 0; i < G_N_ELEMENTS (speeds); i++)
    if (speeds[i].speed == speed)
      return speeds[i].code;
  g_assert_not_reached ();
}
