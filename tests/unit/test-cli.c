/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command's own parts: what reaches a terminal, and how words are read. */

#include "cli.h"
#include "cli-escape.h"
#include "cli-event.h"
#include "cli-keys.h"
#include "cli-pair.h"
#include "cli-place.h"
#include "cli-progress.h"

static void
test_escape (void)
{
  static const struct
  {
    const char *in;
    const char *out;
  } cases[] = {
    { "plain \xc3\xa9", "plain \xc3\xa9" },
    { "\033]0;title\007", "\\x1b]0;title\\x07" },
    { "a\nb\rc\td", "a\\x0ab\\x0dc\\x09d" },
    { "\177", "\\x7f" },
    { "\xff\xc3", "\\xff\\xc3" },
    { "\xc2\x9b" "31m", "\\u{9b}31m" },               /* C1: CSI */
    { "\xe2\x80\xae" "x", "\\u{202e}x" },            /* right-to-left override */
    { "\xe2\x80\xa8", "\\u{2028}" },               /* line separator */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = cli_escape (cases[i].in, -1);

      g_assert_cmpstr (text, ==, cases[i].out);
    }
}

static void
test_escape_length (void)
{
  g_autofree char *text = cli_escape ("a\0b\xc3\xa9", 4);

  g_assert_cmpstr (text, ==, "a\\x00b\\xc3");
}

static void
test_escape_json (void)
{
  g_autofree char *text = cli_escape_json ("{\n  \"a\": \"\xc2\x9b\xe2\x80\xae\xc3\xa9\"\n}");

  g_assert_cmpstr (text, ==, "{\n  \"a\": \"\\u009b\\u202e\xc3\xa9\"\n}");
}

/* --- guestwire cp ------------------------------------------------------- */

static void
test_place (void)
{
  static const struct
  {
    const char *word;
    const char *domain;
    const char *path;
  } cases[] = {
    { "/tmp/x", NULL, "/tmp/x" },
    { "x", NULL, "x" },
    { ".", NULL, "." },
    { "vm1:/tmp/x", "vm1", "/tmp/x" },
    { "vm1:/", "vm1", "/" },
    { "vm 1:2:/x", "vm 1:2", "/x" },
    { "unix:/run/a.sock:/tmp/x", "unix:/run/a.sock", "/tmp/x" },
    { "unix-listen:/run/a.sock:/tmp/x", "unix-listen:/run/a.sock", "/tmp/x" },
    { "pty:/dev/pts/3:/x/", "pty:/dev/pts/3", "/x/" },
    { "tcp:[::1]:4321:/x", "tcp:[::1]:4321", "/x" },
    { "vsock:3:1:/x", "vsock:3:1", "/x" },
    { "libvirt:vm1:/x", "libvirt:vm1", "/x" },
    { "libvirt:qemu:///system#vm1:/tmp/x", "libvirt:qemu:///system#vm1", "/tmp/x" },
    { "libvirt:qemu:///system#vm1", NULL, "libvirt:qemu:///system#vm1" },
    { "unix:/run/a.sock", NULL, "unix:/run/a.sock" },
    { "./vm1:/tmp/x", NULL, "./vm1:/tmp/x" },
    { "../vm1:/tmp/x", NULL, "../vm1:/tmp/x" },
    { "/a:/b", NULL, "/a:/b" },
    { "vm1:relative", NULL, "vm1:relative" },
    { ":/x", NULL, ":/x" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      CliPlace place;

      cli_place_read (&place, cases[i].word);
      g_assert_cmpstr (place.domain, ==, cases[i].domain);
      g_assert_cmpstr (place.path, ==, cases[i].path);
      cli_place_clear (&place);
    }
}

static void
test_progress_line (void)
{
  static const struct
  {
    const char *name;
    guint64 done;
    gint64 total;
    guint seconds;
    guint columns;
    const char *line;
  } cases[] = {
    { "file", 0, 1 << 20, 0, 60, "file                                            0%  0 bytes" },
    { "file", 1 << 19, 1 << 20, 1, 60, "file                 50%  512.0 KiB  512.0 KiB/s  0:02 left" },
    { "file", 1 << 20, 1 << 20, 2, 60, "file                       100%  1.0 MiB  512.0 KiB/s  0:02" },
    { "file", 1 << 20, -1, 2, 40, "file               1.0 MiB  512.0 KiB/s" },
    { "a-name-that-is-long", 1 << 20, -1, 2, 40, "a-name-that-is-lo  1.0 MiB  512.0 KiB/s" },
    { "\xe6\x96\x87\xe6\x96\x87\xe6\x96\x87", 0, -1, 0, 15, "\xe6\x96\x87\xe6\x96\x87   0 bytes" },
    { "file", 1 << 19, 1 << 20, 1, 12, " 50%  512.0" },
    { "file", 1 << 19, 1 << 20, 1, 1, "" },
    { "file", 0, 0, 0, 40, "file                            0 bytes" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const CliProgress progress = { .name = (char *) cases[i].name, .done = cases[i].done, .total = cases[i].total };
      g_autofree char *line = cli_progress_line (&progress, cases[i].seconds * G_USEC_PER_SEC, cases[i].columns);
      g_auto (GStrv) words = g_strsplit (line, "\xc2\xa0", -1);
      g_autofree char *plain = g_strjoinv (" ", words);

      g_test_message ("%s", plain);
      g_assert_cmpuint (g_utf8_strlen (line, -1), <=, MAX (cases[i].columns, 1) - 1);
      g_assert_cmpstr (plain, ==, cases[i].line);
    }
}

/* --- Options ------------------------------------------------------------ */

typedef struct
{
  gboolean input;
  char **environment;
  char *directory;
} Options;

/* Keys, piece by piece; what is sent of them, with what is asked for between. */
static const struct
{
  const char *escape; /* NULL for the usual one */
  const char *typed[4];
  const char *sent;
} keys[] = {
  { NULL, { "ls\r" }, "ls\r" },
  { NULL, { "~." }, "<leave>" },
  { NULL, { "ls\r~.more" }, "ls\r<leave>more" },
  { NULL, { "ls\r", "~", "." }, "ls\r<leave>" },
  { NULL, { "a\n~." }, "a\n<leave>" },
  { NULL, { "ls ~." }, "ls ~." },
  { NULL, { "\r~~." }, "\r~." },
  { NULL, { "\r~x", "\r." }, "\r~x\r." },
  { NULL, { "\r.~" }, "\r.~" },
  { NULL, { "~\r~." }, "~\r<leave>" },
  { NULL, { "~?~?x~?" }, "<help><help>x~?" },
  { NULL, { "~\032~." }, "<stop><leave>" },
  { "none", { "~.\r~." }, "~.\r~." },
  { "^]", { "~.\r\035." }, "~.\r<leave>" },
  { "%", { "%%%." }, "%%." },
};

static void
test_keys (void)
{
  static const char *const names[] = { "", "<leave>", "<stop>", "<help>" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GByteArray) sent = g_byte_array_new ();
      CliKeys state;

      g_assert_true (cli_keys_read_escape (&state, keys[i].escape));
      for (const char *const *piece = keys[i].typed; *piece != NULL; piece++)
        {
          const guint8 *at = (const guint8 *) *piece;
          gsize length = strlen (*piece);
          CliKeysWish wish;

          while ((wish = cli_keys_take (&state, &at, &length, sent)) != CLI_KEYS_ALL)
            g_byte_array_append (sent, (const guint8 *) names[wish], strlen (names[wish]));
        }
      g_byte_array_append (sent, (const guint8 *) "", 1);
      g_assert_cmpstr ((const char *) sent->data, ==, keys[i].sent);
    }
}

static void
test_escape_words (void)
{
  static const char *const wrong[] = { ".", "?", "", "~~", "no", "^!", "\xc3\xa4" };
  g_autofree char *help = NULL;
  CliKeys state;

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (cli_keys_read_escape (&state, wrong[i]));
  g_assert_true (cli_keys_read_escape (&state, "^b"));
  help = cli_keys_help (&state);
  g_assert_nonnull (strstr (help, " ^B.   leave\r\n"));
}

/* --- Pairs -------------------------------------------------------------- */

static const struct
{
  const char *word;
  const char *listen; /* NULL: it is no pair */
  const char *connect;
} pairs[] = {
  { "8080:localhost:80", "8080", "localhost:80" },
  { "127.0.0.1:8080:[::1]:80", "127.0.0.1:8080", "[::1]:80" },
  { "[::1]:8080:/run/app", "[::1]:8080", "/run/app" },
  { "/run/here:/run/there", "/run/here", "/run/there" },
  { "/run/here:h:80", "/run/here", "h:80" },
  { ":8080:h:80", "*:8080", "h:80" },
  { "*:8080:h:80", "*:8080", "h:80" },
  { "8080", NULL, NULL },
  { "h:80", NULL, NULL },
  { "/run/there", NULL, NULL },
  { "a:b:c:d:e", NULL, NULL },
  { "/a:1:/b", NULL, NULL },
  { "", NULL, NULL },
};

static void
test_pairs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *listen = NULL;
      g_autofree char *connect = NULL;

      g_test_message ("%s", pairs[i].word);
      g_assert_true (cli_pair_split (pairs[i].word, &listen, &connect) == (pairs[i].listen != NULL));
      g_assert_cmpstr (listen, ==, pairs[i].listen);
      g_assert_cmpstr (connect, ==, pairs[i].connect);
    }
}

static void
test_options (void)
{
  static const struct
  {
    const char *words[9];
    const char *left[6];
    const char *environment[3];
    const char *directory;
    gboolean input;
    double timeout_s;
  } cases[] = {
    { { "exec", "vm", "prog" }, { "vm", "prog" }, { NULL }, NULL, FALSE, -1 },
    { { "exec", "-eA=b", "vm", "prog" }, { "vm", "prog" }, { "A=b" }, NULL, FALSE, -1 },
    { { "exec", "vm", "-eA=b", "-e", "C=d", "prog" }, { "vm", "prog" }, { "A=b", "C=d" }, NULL, FALSE, -1 },
    { { "exec", "vm", "-iw/x", "prog", "-w", "-eA=b" }, { "vm", "prog", "-w", "-eA=b" }, { NULL }, "/x", TRUE, -1 },
    { { "exec", "vm", "--", "-prog", "-i" }, { "vm", "-prog", "-i" }, { NULL }, NULL, FALSE, -1 },
    { { "exec", "--timeout", "5", "vm", "prog", "-i" }, { "vm", "prog", "-i" }, { NULL }, NULL, FALSE, 5 },
    { { "exec", "--env=A=b", "vm", "prog" }, { "vm", "prog" }, { "A=b" }, NULL, FALSE, -1 },
    { { "exec", "--env", "-i=b", "vm", "prog" }, { "vm", "prog" }, { "-i=b" }, NULL, FALSE, -1 },
    { { "exec", "-e", "-i=b", "vm", "-w", "-x", "prog" }, { "vm", "prog" }, { "-i=b" }, "-x", FALSE, -1 },
  };
  static const CliVerb verb = { .name = "exec", .usage = "", .summary = "", .description = "" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Cli cli = { .verb = &verb, .timeout_s = -1 };
      Options options = { FALSE };
      const GOptionEntry entries[] = {
        { "interactive", 'i', 0, G_OPTION_ARG_NONE, &options.input, NULL, NULL },
        { "env", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.environment, NULL, NULL },
        { "workdir", 'w', 0, G_OPTION_ARG_FILENAME, &options.directory, NULL, NULL },
        { 0 },
      };
      char **argv = (char **) cases[i].words;
      int argc = (int) g_strv_length (argv);
      int status;

      g_assert_true (cli_parse_until_program (&cli, entries, &argc, &argv, &status));
      g_assert_cmpint (argc - 1, ==, (int) g_strv_length ((char **) cases[i].left));
      for (int j = 1; j < argc; j++)
        g_assert_cmpstr (argv[j], ==, cases[i].left[j - 1]);
      g_assert_true (options.environment == NULL ? cases[i].environment[0] == NULL
                                                 : g_strv_equal ((const char *const *) options.environment,
                                                                 cases[i].environment));
      g_assert_cmpstr (options.directory, ==, cases[i].directory);
      g_assert_cmpint (options.input, ==, cases[i].input);
      g_assert_cmpfloat (cli.timeout_s, ==, cases[i].timeout_s);
      g_strfreev (options.environment);
      g_free (options.directory);
      cli_clear (&cli);
    }
}

/* Without a program, a "--" may stand anywhere, and what follows is no option. */
static void
test_separator (void)
{
  static const struct
  {
    const char *words[7];
    const char *left[5];
    gboolean quiet;
  } cases[] = {
    { { "cp", "--", "-file", "vm:/" }, { "-file", "vm:/" }, FALSE },
    { { "cp", "-q", "--", "-file", "-q" }, { "-file", "-q" }, TRUE },
    { { "cp", "file", "--", "-q" }, { "file", "-q" }, FALSE },
    { { "cp", "--", "file", "vm:/" }, { "file", "vm:/" }, FALSE },
    { { "cp", "--", "--", "vm:/" }, { "--", "vm:/" }, FALSE },
    { { "cp", "file", "-q", "vm:/" }, { "file", "vm:/" }, TRUE },
  };
  static const CliVerb verb = { .name = "cp", .usage = "", .summary = "", .description = "" };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Cli cli = { .verb = &verb, .timeout_s = -1 };
      gboolean quiet = FALSE;
      const GOptionEntry entries[] = { { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, NULL, NULL }, { 0 } };
      char **argv = (char **) cases[i].words;
      int argc = (int) g_strv_length (argv);
      int status;

      g_assert_true (cli_parse (&cli, entries, &argc, &argv, &status));
      g_assert_cmpint (argc - 1, ==, (int) g_strv_length ((char **) cases[i].left));
      for (int j = 1; j < argc; j++)
        g_assert_cmpstr (argv[j], ==, cases[i].left[j - 1]);
      g_assert_cmpint (quiet, ==, cases[i].quiet);
      cli_clear (&cli);
    }
}

static const struct
{
  const char *name;
  const char *data;
  const char *text;
} descriptions[] = {
  { "agent-started", "{\"version\":\"1.2\"}", "agent-started      version 1.2" },
  { "agent-started", "{}", "agent-started      version ?" },
  { "shutdown-begun", "{}", "shutdown-begun" },
  { "shutdown-begun", "{\"mode\":[1]}", "shutdown-begun     ?" },
  { "addresses-changed", "{\"interface\":\"e0\",\"added\":[\"1.2.3.4/5\",7],\"removed\":[\"::1/128\"]}",
    "addresses-changed  e0 +1.2.3.4/5 -::1/128" },
  { "addresses-changed", "{\"interface\":1,\"added\":{},\"removed\":null}", "addresses-changed  ?" },
  { "user-logged-in", "{\"user\":\"ann\",\"line\":\"pts/0\",\"host\":\"h\",\"pid\":5}",
    "user-logged-in     ann at pts/0 from h (process 5)" },
  { "user-logged-out", "{\"pid\":\"5\"}", "user-logged-out    ? at ?" },
  { "memory-low", "{\"total\":2097152,\"available\":1048576}", "memory-low         1 of 2 MiB are left" },
  { "memory-low", "{\"total\":1.5}", "memory-low" },
  { "job-ended", "{\"job\":\"sc3\",\"name\":\"night\",\"exitcode\":1}", "job-ended          sc3 (night), exit status 1" },
  { "job-ended", "{\"job\":\"sc3\",\"signal\":9}", "job-ended          sc3, by signal 9" },
  { "job-ended", "{\"job\":\"sc3\",\"lost\":true}", "job-ended          sc3, nobody knows how" },
  { "filesystems-frozen", "{\"count\":2}", "filesystems-frozen 2 file systems" },
  { "of-a-newer-agent", "{\"a\":[1]}", "of-a-newer-agent   {\"a\":[1]}" },
};

static void
test_events (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (descriptions); i++)
    {
      g_autoptr (JsonNode) data = gw_json_parse (descriptions[i].data, -1, NULL);
      g_autofree char *text = cli_event_describe (descriptions[i].name, data);

      g_assert_cmpstr (text, ==, descriptions[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/escape/nothing-acts-on-a-terminal", test_escape);
  g_test_add_func ("/cli/escape/length-counts", test_escape_length);
  g_test_add_func ("/cli/escape/json-stays-json", test_escape_json);
  g_test_add_func ("/cli/place/domain-and-path", test_place);
  g_test_add_func ("/cli/progress/fits-the-terminal", test_progress_line);
  g_test_add_func ("/cli/options/end-at-the-program", test_options);
  g_test_add_func ("/cli/terminal/escapes", test_keys);
  g_test_add_func ("/cli/terminal/escape-words", test_escape_words);
  g_test_add_func ("/cli/pairs", test_pairs);
  g_test_add_func ("/cli/options/end-at-two-dashes", test_separator);
  g_test_add_func ("/cli/events", test_events);
  return g_test_run ();
}
