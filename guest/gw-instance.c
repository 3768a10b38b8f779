/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a host tells one run of the agent from another by, in sessions and in
 * events. */

#include "gw-instance.h"

#include "gw-frame.h"
#include "gw-random.h"

/* Returns: GW_NONCE_SIZE bytes, the same as long as the agent runs */
const guint8 *
gw_instance_get (void)
{
  static guint8 instance[GW_NONCE_SIZE];
  static gboolean known;

  if (!known)
    gw_random_fill (instance, sizeof instance, NULL);
  known = TRUE;
  return instance;
}

/* The same, in hexadecimal digits. */
const char *
gw_instance_get_text (void)
{
  static char text[2 * GW_NONCE_SIZE + 1];

  for (guint i = 0; i < GW_NONCE_SIZE; i++)
    g_snprintf (text + 2 * i, 3, "%02x", gw_instance_get ()[i]);
  return text;
}

/* Returns: (nullable): the kernel's name for this run of it */
const char *
gw_instance_get_boot_id (void)
{
  static char *boot_id;

  if (boot_id == NULL && g_file_get_contents ("/proc/sys/kernel/random/boot_id", &boot_id, NULL, NULL))
    g_strchomp (boot_id);
  return boot_id;
}
