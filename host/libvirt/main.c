/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-libvirt: what libguestwire asks of libvirt, in a process of its
 * own, so that the library links no libvirt and a libvirtd that hangs can be
 * left. Not for people: the guestwire command runs it.
 *
 *   guestwire-libvirt channel [--uri URI] DOMAIN   be its agent, on fd 0
 *   guestwire-libvirt list [--uri URI]             print all domains
 *
 * Either says an event GUESTWIRE_REFUSED where libvirt does not let it. */

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gw-virt-relay.h"
#include "gw-virt.h"

#define EXIT_MISUSED 2

static void
on_ended (GwVirtRelay *relay, gpointer data)
{
  /* A call may be on its way and libvirtd hang: nothing is waited for. */
  _exit (0);
}

static int
serve (const char *uri, const char *domain)
{
  GwVirtAgent *agent = gw_virt_agent_new (uri, domain);
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;

  /* A terminal's Ctrl-C is for the client, which then closes the socket. */
  signal (SIGINT, SIG_IGN);
  if (!g_unix_set_fd_nonblocking (STDIN_FILENO, TRUE, &error)
      || gw_virt_relay_new (STDIN_FILENO, domain, gw_virt_agent_call, on_ended, agent, &error) == NULL)
    {
      fprintf (stderr, "guestwire-libvirt: %s\n", error->message);
      return EXIT_FAILURE;
    }
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}

static gboolean
print (const char *text, gsize length)
{
  return fwrite (text, 1, length, stdout) == length && fflush (stdout) == 0;
}

static int
list (const char *uri)
{
  g_auto (GwVirtFault) fault = { 0 };
  g_auto (GwVirtRefusal) refusal = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GBytes) line = NULL;
  virConnectPtr connection = gw_virt_open (uri, TRUE, &fault);

  if (connection != NULL)
    {
      text = gw_virt_list (connection, &fault);
      virConnectClose (connection);
    }
  if (text != NULL)
    return print (text, strlen (text)) ? EXIT_SUCCESS : EXIT_FAILURE;
  gw_virt_fault_to_refusal (&fault, "DOMAIN", &refusal);
  line = gw_virt_refusal_to_line (&refusal);
  print (g_bytes_get_data (line, NULL), g_bytes_get_size (line));
  return EXIT_FAILURE;
}

static int
misuse (const char *what)
{
  fprintf (stderr,
           "guestwire-libvirt: %s; the guestwire command runs this as 'channel [--uri URI] DOMAIN', with a socket as "
           "standard input, or 'list [--uri URI]'\n",
           what);
  return EXIT_MISUSED;
}

int
main (int argc, char **argv)
{
  g_autofree char *uri = NULL;
  const GOptionEntry entries[] = {
    { "uri", 0, 0, G_OPTION_ARG_STRING, &uri, "Which libvirtd", "URI" },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("channel DOMAIN | list");
  g_autoptr (GError) error = NULL;

  signal (SIGPIPE, SIG_IGN);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return misuse (error->message);
  /* GOption keeps a "--" if an argument behind it begins with "-". */
  if (argc == 4 && strcmp (argv[2], "--") == 0)
    {
      argv[2] = argv[3];
      argc--;
    }
  gw_virt_init ();
  if (argc == 3 && strcmp (argv[1], "channel") == 0)
    return serve (uri, argv[2]);
  if (argc == 2 && strcmp (argv[1], "list") == 0)
    return list (uri);
  return misuse ("wrong arguments");
}
