/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all verbs share of the command line. */

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A day is 86,400 s; more than this is a slip of the finger. */
#define TIMEOUT_MAX_S 2000000.0

/* Valid until the next call. */
const GOptionEntry *
cli_common_options (Cli *cli)
{
  static GOptionEntry entries[3];

  entries[0] = (GOptionEntry){ .long_name = "timeout", .arg = G_OPTION_ARG_DOUBLE, .arg_data = &cli->timeout_s,
                               .description = "Give up after so many seconds in all; 0 for never",
                               .arg_description = "SECONDS" };
  entries[1] = (GOptionEntry){ .long_name = "json", .arg = G_OPTION_ARG_NONE, .arg_data = &cli->json,
                               .description = "Print JSON, in one line" };
  entries[2] = (GOptionEntry){ 0 };
  return entries;
}

gboolean
cli_check_timeout (Cli *cli, GError **error)
{
  if (isfinite (cli->timeout_s) && (cli->timeout_s >= 0 || cli->timeout_s == -1) && cli->timeout_s <= TIMEOUT_MAX_S)
    return TRUE;
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--timeout takes a number of seconds");
  return FALSE;
}

/* Permission bits, as an octal number. */
gboolean
cli_read_mode (const char *text, guint *mode)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 8, 0, 0777, &number, NULL))
    return FALSE;
  *mode = (guint) number;
  return TRUE;
}

static GOptionContext *
option_context (Cli *cli, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (cli->verb->usage);
  g_autofree char *summary = g_strconcat (cli->verb->summary, ".", NULL);

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, cli->verb->description);
  g_option_context_add_main_entries (context, cli_common_options (cli), NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

static const GOptionEntry *
find_entry (const GOptionEntry *entries, const char *word, gsize at)
{
  for (; entries != NULL && entries->long_name != NULL; entries++)
    if (word[1] == '-' ? g_str_equal (entries->long_name, word + 2) : entries->short_name == word[at])
      return entries;
  return NULL;
}

/* @at: which letter of the word */
static gboolean
takes_value (Cli *cli, const GOptionEntry *entries, const char *word, gsize at)
{
  const GOptionEntry *entry = find_entry (entries, word, at);

  if (entry == NULL)
    entry = find_entry (cli_common_options (cli), word, at);
  return entry != NULL && entry->arg != G_OPTION_ARG_NONE;
}

/* Puts the value of a short option into a word of its own, since GOption does
 * not know "-eA=b". Returns whether the next word is this one's value. */
static gboolean
add_apart (Cli *cli, const GOptionEntry *entries, const char *word)
{
  gsize at = 1;

  while (word[1] != '-' && word[at + 1] != '\0' && !takes_value (cli, entries, word, at))
    at++;
  if (word[1] == '-' || word[at + 1] == '\0')
    {
      g_ptr_array_add (cli->words, g_strdup (word));
      return takes_value (cli, entries, word, at);
    }
  g_ptr_array_add (cli->words, g_strndup (word, at + 1));
  g_ptr_array_add (cli->words, g_strdup (word + at + 1));
  return FALSE;
}

/* @plain_max: options end at the last of so many words that are none */
static void
take_apart (Cli *cli, const GOptionEntry *entries, guint plain_max, int *argc, char ***argv)
{
  gboolean is_value = FALSE;
  guint plain = 0;

  cli->words = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (cli->words, g_strdup ((*argv)[0]));
  for (int i = 1; i < *argc; i++)
    {
      const char *word = (*argv)[i];

      if (plain < plain_max && !is_value && word[0] == '-' && word[1] != '\0')
        {
          is_value = add_apart (cli, entries, word);
          if (g_str_equal (word, "--"))
            plain = plain_max;
          continue;
        }
      g_ptr_array_add (cli->words, g_strdup (word));
      plain += is_value ? 0 : 1;
      is_value = FALSE;
    }
  *argc = (int) cli->words->len;
  g_ptr_array_add (cli->words, NULL);
  /* GOption moves words about in the array that it is given. */
  cli->argv = g_memdup2 (cli->words->pdata, cli->words->len * sizeof (char *));
  *argv = cli->argv;
}

static gboolean
parse (Cli *cli, GOptionContext *context, int *argc, char ***argv, int *status)
{
  g_autoptr (GError) error = NULL;

  if (g_option_context_parse (context, argc, argv, &error) && cli_check_timeout (cli, &error))
    return TRUE;
  *status = cli_misuse (cli, "%s", error->message);
  return FALSE;
}

/* GOption keeps a "--" if an argument behind it begins with "-". */
static gboolean
drop_separator (int *argc, char **argv, int at)
{
  if (*argc <= at || strcmp (argv[at], "--") != 0)
    return FALSE;
  memmove (&argv[at], &argv[at + 1], (*argc - at) * sizeof (char *));
  (*argc)--;
  return TRUE;
}

/**
 * cli_parse:
 * @entries: (nullable): the verb's own options
 * @argc: (inout): its command line, beginning with its name
 * @argv: (inout): the same
 * @status: (out): the exit status, on failure
 *
 * Takes the options out of the command line, wherever they stand.
 */
gboolean
cli_parse (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
  g_autoptr (GOptionContext) context = option_context (cli, entries);

  take_apart (cli, entries, G_MAXUINT, argc, argv);
  if (!parse (cli, context, argc, argv, status))
    return FALSE;
  for (int i = 1; i < *argc && !drop_separator (argc, *argv, i); i++)
    ;
  cli_start_clock (cli);
  return TRUE;
}

/**
 * cli_parse_until_program:
 *
 * As cli_parse(), but what follows the second word that is no option belongs
 * to a program in the guest. Leaves the name, the first word (a domain), and
 * then the program and its arguments.
 */
gboolean
cli_parse_until_program (Cli *cli, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
  g_autoptr (GOptionContext) context = option_context (cli, entries);
  int rest;
  char **from;

  take_apart (cli, entries, 2, argc, argv);
  g_option_context_set_strict_posix (context, TRUE);
  if (!parse (cli, context, argc, argv, status))
    return FALSE;
  if (*argc >= 2)
    {
      /* The domain takes the place of the name. */
      rest = *argc - 1;
      from = *argv + 1;
      if (!parse (cli, context, &rest, &from, status))
        return FALSE;
      drop_separator (&rest, from, 1);
      *argc = rest + 1;
    }
  cli_start_clock (cli);
  return TRUE;
}
