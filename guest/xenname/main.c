/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-xenname: tells udev how a terminal of Xen's is called. The kernel
 * ties no terminal to a console, and tells nobody when one comes: so this
 * looks the names up, and has the kernel say so. Stays for some milliseconds,
 * and two seconds at most for each thing that the store does not answer. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gw-link-name.h"
#include "gw-xen-map.h"

#define EXIT_USAGE 2

static const char usage[] = "usage: guestwire-xenname hvcN\n"
                            "       guestwire-xenname --announce\n"
                            "\n"
                            "Prints what the link to a Xen console's terminal is to be called. With\n"
                            "--announce, has udev look again at all terminals whose link is not right.\n";

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) map = NULL;
  const char *link;

  if (argc == 2 && strcmp (argv[1], "--help") == 0)
    {
      fputs (usage, stdout);
      return EXIT_SUCCESS;
    }
  if (argc != 2 || (strcmp (argv[1], "--announce") != 0 && strncmp (argv[1], "hvc", 3) != 0))
    {
      fputs (usage, stderr);
      return EXIT_USAGE;
    }
  map = gw_xen_map_new ();
  if (strcmp (argv[1], "--announce") == 0)
    {
      gw_xen_map_announce (map, GW_LINK_FOLDER);
      return EXIT_SUCCESS;
    }
  link = gw_xen_map_link (map, gw_hvc_number (argv[1]));
  if (link == NULL)
    return EXIT_FAILURE;
  puts (link);
  return EXIT_SUCCESS;
}
