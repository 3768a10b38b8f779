/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text caller without an agent, on a clock that the test turns. */

#include "caller-fixture.h"

#include <string.h>

static void
take_sent (Fixture *f, GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_autofree char *copy = g_strndup (text, length);
  const char *id = strstr (copy, "\"id\":");

  g_assert_nonnull (id);
  if (strstr (copy, "guest-sync-delimited") != NULL)
    {
      f->resets += copy[0] == '\xFF';
      g_assert_true (g_str_has_prefix (copy + (copy[0] == '\xFF'), "{\"execute\":\"guest-sync-delimited\""));
      f->number = g_ascii_strtoll (id + 5, NULL, 10);
      g_assert_cmpint (f->number, >=, 0);
      g_assert_cmpint (f->number >> 62, ==, 0);
      f->syncs++;
      return;
    }
  g_ptr_array_add (f->ids, g_strdup_printf ("%" G_GINT64_FORMAT, g_ascii_strtoll (id + 5, NULL, 10)));
  g_ptr_array_add (f->sent, g_steal_pointer (&copy));
}

static const char *code_names[] = {
  "failed", "invalid-address", "invalid-json", "too-large", "busy", "connect", "no-answer", "not-delivered",
  "timed-out", "peer-lost", "protocol", "not-found", "denied", "guest",
};

static char *
describe_end (const GwTextCallerEvent *event)
{
  if (event->error == NULL)
    {
      g_autofree char *text = json_to_string (event->value, FALSE);

      return g_strdup_printf ("ok %s", text);
    }
  if (event->error->domain == GW_ERROR)
    return g_strdup (code_names[event->error->code]);
  g_assert_error (event->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return g_strdup ("cancelled");
}

void
pump (Fixture *f)
{
  for (;;)
    {
      g_auto (GwTextCallerEvent) event = { 0 };

      switch (gw_text_caller_next (f->caller, &event))
        {
        case GW_TEXT_CALLER_NONE:
          return;
        case GW_TEXT_CALLER_DROP:
          f->drops++;
          break;
        case GW_TEXT_CALLER_SEND:
          take_sent (f, event.bytes);
          break;
        case GW_TEXT_CALLER_SYNCED:
          g_assert_false (f->synced);
          f->synced = TRUE;
          break;
        case GW_TEXT_CALLER_ENDED:
          /* Exactly once. */
          g_assert_true (g_hash_table_insert (f->ends, GSIZE_TO_POINTER (event.call), describe_end (&event)));
          break;
        case GW_TEXT_CALLER_TOLD:
          g_string_append_printf (f->told, "%s ", event.name);
          break;
        }
    }
}

void
hear (Fixture *f, const char *text)
{
  gw_text_caller_receive (f->caller, (const guint8 *) text, strlen (text), f->now_us);
  pump (f);
}

void
hearf (Fixture *f, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  hear (f, text);
}

void
answer_sync (Fixture *f)
{
  hearf (f, "\xFF{\"return\": %" G_GINT64_FORMAT "}\n", f->number);
}

void
pass (Fixture *f, gint64 us)
{
  f->now_us += us;
  gw_text_caller_pass_time (f->caller, f->now_us);
  pump (f);
}

guint64
call_for (Fixture *f, const char *command, gint64 timeout_us)
{
  g_autoptr (GError) error = NULL;
  guint64 call = gw_text_caller_call (f->caller, command, NULL, timeout_us, f->now_us, &error);

  g_assert_no_error (error);
  pump (f);
  return call;
}

guint64
call (Fixture *f, const char *command)
{
  return call_for (f, command, 10 * G_USEC_PER_SEC);
}

const char *
end_of (Fixture *f, guint64 id)
{
  return g_hash_table_lookup (f->ends, GSIZE_TO_POINTER (id));
}

const char *
last_id (Fixture *f)
{
  return g_ptr_array_index (f->ids, f->ids->len - 1);
}

void
set_up (Fixture *f, gconstpointer data)
{
  f->caller = gw_text_caller_new ();
  f->now_us = 1000000;
  f->sent = g_ptr_array_new_with_free_func (g_free);
  f->ids = g_ptr_array_new_with_free_func (g_free);
  f->told = g_string_new (NULL);
  f->ends = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  gw_text_caller_sync (f->caller, f->now_us);
  pump (f);
  g_assert_cmpuint (f->syncs, ==, 1);
}

void
set_up_in_step (Fixture *f, gconstpointer data)
{
  set_up (f, data);
  answer_sync (f);
  g_assert_true (f->synced);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  gw_text_caller_free (f->caller);
  g_ptr_array_unref (f->sent);
  g_ptr_array_unref (f->ids);
  g_hash_table_unref (f->ends);
  g_string_free (f->told, TRUE);
}
