/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a client of the text voice comes into step with an agent. */

#include <string.h>

#include "caller-fixture.h"
#include "gw-limits.h"
#include "gw-text-sync.h"

#define TRY_US (GW_SYNC_TRY_MS * G_GINT64_CONSTANT (1000))

static void
test_new_number_each_try (Fixture *f, gconstpointer data)
{
  gint64 first = f->number;

  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), ==, f->now_us + TRY_US);
  pass (f, TRY_US - 1);
  g_assert_cmpuint (f->syncs, ==, 1);
  pass (f, 1);
  g_assert_cmpuint (f->syncs, ==, 2);
  g_assert_cmpint (f->number, !=, first);
  /* What of the first try was not written yet is no use. */
  g_assert_cmpuint (f->drops, ==, 2);
  answer_sync (f);
  g_assert_true (f->synced);
  g_assert_cmpint (gw_text_caller_get_deadline (f->caller), ==, G_MAXINT64);
}

/* Each row comes before the right answer, and must not count for one. %s is
 * the number asked for. */
static void
test_nothing_else_is_an_answer (Fixture *f, gconstpointer data)
{
  static const char *const rows[] = {
    "{\"return\": {}}\n",
    "{\"return\": %s}\n",                                    /* no 0xFF before it */
    "\xFF{\"return\": 1}\n",                                 /* the wrong number */
    "\xFF{\"return\": \"%s\"}\n",                            /* no number */
    "\xFF{\"return\": %s.0}\n",
    "\xFF{\"return\": {\"id\": %s}}\n",
    "\xFF{\"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}}\n",
    "\xFF{\"execute\": \"guest-sync-delimited\", \"arguments\": {\"id\": %s}}\n", /* an echo */
    "\xFF{\"event\": \"X\"}{\"return\": %s}\n",
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Invalid JSON syntax\"}}\n", /* qemu-ga to our 0xFF */
    "login: \xFF",
    "\xFF\xFF\xFF",
    "{\"return\": {\"half",
  };
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, f->number);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (GStrv) parts = g_strsplit (rows[i], "%s", -1);
      g_autofree char *text = g_strjoinv (number, parts);

      hear (f, text);
      if (f->synced)
        g_error ("taken for an answer: %s", text);
    }
  g_assert_cmpuint (f->syncs, ==, 1);
  answer_sync (f);
  g_assert_true (f->synced);
}

static void
test_answer_in_single_bytes (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strdup_printf ("junk\xFF{\"return\": %" G_GINT64_FORMAT "}\n", f->number);

  for (const char *at = text; *at != '\0'; at++)
    {
      const char byte[] = { *at, '\0' };

      hear (f, byte);
    }
  g_assert_true (f->synced);
}

static void
test_older_answer_gives_time (Fixture *f, gconstpointer data)
{
  gint64 first = f->number;
  guint syncs = 0;

  /* Each answer takes 3 tries to come. */
  for (int i = 0; i < 2; i++)
    pass (f, TRY_US);
  syncs = f->syncs;
  pass (f, TRY_US - 1);
  hearf (f, "\xFF{\"return\": %" G_GINT64_FORMAT "}\n", first);
  g_assert_false (f->synced);
  pass (f, 3 * TRY_US);
  g_assert_cmpuint (f->syncs, ==, syncs);
  answer_sync (f);
  g_assert_true (f->synced);
}

static void
test_lost_answer_is_asked_for_again (Fixture *f, gconstpointer data)
{
  gint64 first = f->number;
  guint syncs;

  pass (f, TRY_US);
  hearf (f, "\xFF{\"return\": %" G_GINT64_FORMAT "}\n", first);
  syncs = f->syncs;
  pass (f, GW_TEXT_SYNC_TRY_MAX_MS * G_GINT64_CONSTANT (1000));
  g_assert_cmpuint (f->syncs, ==, syncs + 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*set_up) (Fixture *f, gconstpointer data);
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/text-sync/new-number-each-try", set_up, test_new_number_each_try },
    { "/text-sync/nothing-else-is-an-answer", set_up, test_nothing_else_is_an_answer },
    { "/text-sync/answer-in-single-bytes", set_up, test_answer_in_single_bytes },
    { "/text-sync/older-answer-gives-time", set_up, test_older_answer_gives_time },
    { "/text-sync/lost-answer-is-asked-for-again", set_up, test_lost_answer_is_asked_for_again },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
  return g_test_run ();
}
