/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File systems, a hook and a client for tests of a freeze. */

#include "freeze-place.h"

#include <unistd.h>

#include "gw-freeze-mark.h"

char *told;

static void
on_told (gboolean frozen, guint count, gpointer data)
{
  g_autofree char *before = told;

  g_assert_cmpint (frozen, ==, gw_freeze_is_frozen ());
  told = g_strdup_printf ("%s%s:%u ", before != NULL ? before : "", frozen ? "frozen" : "thawed", count);
}

void
set_up (Fixture *fixture, gconstpointer data)
{
  fake_disks_open ();
  fake_disks_mount ("/", 254, 0);
  fake_disks_mount ("/var", 254, 1);
  fake_disks_mount ("/data", 7, 0);
  fixture->folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  fixture->hook = g_build_filename (fixture->folder, "hook", NULL);
  fixture->called = g_build_filename (fixture->folder, "called", NULL);
  gw_freeze_set_told (on_told, NULL);
  gw_freeze_open (fixture->folder);
  client_open (&fixture->client);
}

void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *mark = gw_freeze_mark_path (fixture->folder);

  client_close (&fixture->client);
  g_assert_cmpuint (fake_disks_count_frozen (), ==, 0);
  g_assert_false (gw_freeze_is_under_way ());
  gw_freeze_set_hook (NULL);
  gw_freeze_set_timeout (0);
  unlink (fixture->hook);
  unlink (fixture->called);
  /* Nobody may find it who comes after. */
  g_assert_cmpint (access (mark, F_OK), <, 0);
  g_assert_cmpint (rmdir (fixture->folder), ==, 0);
  g_free (fixture->called);
  g_free (fixture->hook);
  g_free (fixture->folder);
  g_clear_pointer (&told, g_free);
  fake_disks_close ();
}

void
assert_says (Fixture *fixture, const char *request, const char *expected)
{
  say (&fixture->client, request);
  assert_hear (&fixture->client, expected);
}

void
assert_log (const char *expected)
{
  g_autofree char *text = fake_disks_take_log ();

  g_assert_cmpstr (text, ==, expected);
}
