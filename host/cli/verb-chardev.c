/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire chardev: the serial ports, parallel ports, consoles and channels of
 * machines. What it does with them is in one file each. */

#include "cli.h"

#include <string.h>

#define EXIT_FAILED 1
#define EXIT_MISUSED 2

static const CliVerb verbs[] = {
  { "chardev convert", "FILE --to libvirt|qemu|xl", "Convert devices for libvirt, QEMU or xl",
    "FILE, or - for standard input, is libvirt's XML of a domain, or <serial>, <parallel>,\n"
    "<console> and <channel> elements; as they are today, or as in the RFC of 2007. Printed are\n"
    "normalised XML, arguments of QEMU in one line for a shell, or lines of xl.cfg.\n\n"
    "Exit status: 0, 1 if it cannot be converted, 2 for a wrong command line.",
    cli_chardev_convert, EXIT_FAILED, EXIT_MISUSED },
  { "chardev show", "DOMAIN | --qmp PATH", "Show how the devices of a running machine are reached",
    "DOMAIN is a name, UUID or id of libvirt's or Xen's; PATH is a unix socket where a QEMU\n"
    "takes QMP. The ADDRESS of a device is one that the other verbs take. STATE is whether\n"
    "somebody in the guest has it open, where that is known.\n\n"
    "Exit status: 0, 1 if it failed, 2 for a wrong command line.",
    cli_chardev_show, EXIT_FAILED, EXIT_MISUSED },
};

static int
print_help (Cli *cli)
{
  g_autoptr (GString) text = g_string_new ("Usage:\n");

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "  guestwire %s %s\n      %s\n", verbs[i].name, verbs[i].usage, verbs[i].summary);
  g_string_append (text, "\n'guestwire chardev convert --help' tells more of one, and so does show.\n");
  return cli_print (cli, text->str);
}

int
verb_chardev (Cli *cli, int argc, char **argv)
{
  const char *wanted = argc > 1 ? argv[1] : "";

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (wanted, strchr (verbs[i].name, ' ') + 1))
      {
        g_autofree char *name = g_strconcat ("guestwire ", verbs[i].name, NULL);

        cli->verb = &verbs[i];
        g_set_prgname (name);
        return cli->verb->run (cli, argc - 1, argv + 1);
      }
  if (g_str_equal (wanted, "--help") || g_str_equal (wanted, "-h"))
    return print_help (cli);
  return cli_misuse (cli, *wanted == '\0' ? "what to do is missing: convert or show" : "'%s' is none of: convert, show", wanted);
}
