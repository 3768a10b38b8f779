/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestwire-libvirt without libvirt: how a client is served by an agent that only
 * a blocking call reaches. */

#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw-limits.h"
#include "gw-virt-relay.h"
#include "wait.h"

#define LOST "Guest agent is not responding: Guest agent disappeared while executing command"

typedef struct
{
  GwVirtRelay *relay;
  int fd; /* the client's */
  GString *heard;
  gboolean ended;
  int unanswered_pings; /* atomic: so many are to come */
  int pings;            /* atomic */
  int in_slow;          /* atomic */
  int out_of_slow;      /* atomic */
  GMutex lock;
  GCond cond;
  gboolean release;     /* guest-slow may return */
  int writes;           /* so many pieces have come */
  int disk_full_after;  /* so many pieces fit; 0: all */
  gint64 short_write;   /* what the second piece writes; 0: all */
} Fixture;

static char *
fail (GwVirtFault *fault, int code, const char *text)
{
  gw_virt_fault_clear (fault);
  fault->step = GW_VIRT_CALLING;
  fault->code = code;
  fault->text = g_strdup (text);
  return NULL;
}

static void
wait_for_release (Fixture *f)
{
  g_atomic_int_set (&f->in_slow, TRUE);
  g_main_context_wakeup (NULL);
  g_mutex_lock (&f->lock);
  while (!f->release)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
  g_atomic_int_set (&f->out_of_slow, TRUE);
  g_main_context_wakeup (NULL);
}

static char *
fake_write (Fixture *f, const char *request, GwVirtFault *fault)
{
  gsize length = strcspn (strstr (request, "b64\":\"") + strlen ("b64\":\""), "=\"") * 3 / 4;

  f->writes++;
  if (f->disk_full_after != 0 && f->writes > f->disk_full_after)
    return fail (fault, VIR_ERR_INTERNAL_ERROR,
                 "internal error: unable to execute QEMU agent command 'guest-file-write': no space");
  if (f->short_write < 0 && f->writes == 2)
    return fail (fault, VIR_ERR_AGENT_UNRESPONSIVE, LOST);
  if (f->short_write > 0 && f->writes == 2)
    length = f->short_write;
  return g_strdup_printf ("{\"return\":{\"count\":%" G_GSIZE_FORMAT ",\"eof\":false}}", length);
}

static char *
fake_call (const char *request, int timeout_s, GwVirtFault *fault, gpointer data)
{
  Fixture *f = data;

  if (strstr (request, "\"guest-ping\"") != NULL)
    {
      g_atomic_int_inc (&f->pings);
      if (g_atomic_int_add (&f->unanswered_pings, -1) > 0)
        return fail (fault, VIR_ERR_AGENT_UNRESPONSIVE, "QEMU guest agent is not connected");
      return g_strdup ("{\"return\":{}}");
    }
  if (strstr (request, "\"guest-file-write\"") != NULL)
    return fake_write (f, request, fault);
  if (strstr (request, "\"guest-slow\"") != NULL)
    wait_for_release (f);
  if (strstr (request, "\"guest-x\"") != NULL)
    return fail (fault, VIR_ERR_INTERNAL_ERROR,
                 "internal error: unable to execute QEMU agent command 'guest-x': The command guest-x has not been found");
  if (strstr (request, "\"guest-lose\"") != NULL)
    return fail (fault, VIR_ERR_AGENT_UNRESPONSIVE, LOST);
  if (strstr (request, "\"guest-shutdown\"") != NULL)
    return fail (fault, VIR_ERR_OPERATION_INVALID, "domain is not running");
  if (strstr (request, "\"guest-suspend-ram\"") != NULL)
    return fail (fault, VIR_ERR_INTERNAL_ERROR,
                 "internal error: unable to execute QEMU agent command 'guest-suspend-ram': no way");
  g_assert_null (strstr (request, "\"id\""));
  return g_strdup ("{\"return\":{\"n\":1}}");
}

static void
on_ended (GwVirtRelay *relay, gpointer data)
{
  ((Fixture *) data)->ended = TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), ==, 0);
  f->fd = ends[0];
  f->heard = g_string_new (NULL);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->relay = gw_virt_relay_new (ends[1], "vm1", fake_call, on_ended, f, &error);
  g_assert_no_error (error);
}

static void
release (Fixture *f)
{
  g_mutex_lock (&f->lock);
  f->release = TRUE;
  g_cond_signal (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  release (f);
  gw_virt_relay_free (f->relay);
  /* A thread that is still on its way uses the fixture. */
  wait_until (g_atomic_int_get (&f->in_slow) == g_atomic_int_get (&f->out_of_slow));
  if (f->fd >= 0)
    close (f->fd);
  g_string_free (f->heard, TRUE);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
say (Fixture *f, const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize written = write (f->fd, text, length);

      if (written > 0)
        {
          text += written;
          length -= written;
        }
      else
        g_main_context_iteration (NULL, TRUE);
    }
}

/* What came so far. */
static const char *
hear (Fixture *f)
{
  char buffer[4096];
  gssize length;

  while ((length = read (f->fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (f->heard, buffer, length);
  return f->heard->str;
}

static void
test_sync (Fixture *f, gconstpointer data)
{
  say (f, "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}");
  wait_until (g_str_has_suffix (hear (f), "\n"));
  g_assert_cmpstr (f->heard->str, ==, "\xFF{\"return\":7}\n");
  g_assert_cmpint (f->pings, ==, 1);
}

static void
test_sync_waits_for_the_agent (Fixture *f, gconstpointer data)
{
  f->unanswered_pings = 2;
  say (f, "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}");
  wait_until (g_atomic_int_get (&f->pings) == 1);
  g_assert_cmpstr (hear (f), ==, "");
  wait_until (g_str_has_suffix (hear (f), "\n"));
  g_assert_cmpstr (f->heard->str, ==, "\xFF{\"return\":7}\n");
  g_assert_cmpint (f->pings, ==, 3);
}

static void
test_new_sync_voids_the_last (Fixture *f, gconstpointer data)
{
  f->unanswered_pings = 1;
  say (f, "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}");
  say (f, "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":8}}");
  wait_until (g_str_has_suffix (hear (f), "\n"));
  g_assert_cmpstr (f->heard->str, ==, "\xFF{\"return\":8}\n");
}

static void
test_answers_in_order (Fixture *f, gconstpointer data)
{
  say (f, "{\"execute\":\"guest-sync\",\"arguments\":{\"id\":7}}{\"execute\":\"guest-sync\",\"arguments\":{}}"
          "{\"execute\":3}{\"execute\":\"guest-info\",\"id\":[1]}{\"execute\":\"guest-x\",\"id\":\"a\"}");
  wait_until (strstr (hear (f), "\"a\"") != NULL);
  g_assert_cmpstr (f->heard->str, ==,
                   "{\"return\":7}\n"
                   "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Parameter 'id' is missing\"}}\n"
                   "{\"error\":{\"class\":\"GenericError\",\"desc\":\"QMP input member 'execute' must be a string\"}}\n"
                   "{\"return\":{\"n\":1},\"id\":[1]}\n"
                   "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"The command guest-x has not been found\"},"
                   "\"id\":\"a\"}\n");
}

static void
test_junk (Fixture *f, gconstpointer data)
{
  say (f, "garbage");
  say (f, "\xFF{\"execute\":\"guest-info\"}{\"no\":1}{\"execute\":\"guest-info\",\"id\":2}");
  wait_until (strstr (hear (f), "\"id\":2") != NULL);
  g_assert_cmpstr (f->heard->str, ==,
                   "{\"error\":{\"class\":\"GenericError\",\"desc\":\"JSON parse error, stray 'g'\"}}\n"
                   "{\"return\":{\"n\":1}}\n{\"return\":{\"n\":1},\"id\":2}\n");
}

static void
test_shutdown_is_silent (Fixture *f, gconstpointer data)
{
  say (f, "{\"execute\":\"guest-shutdown\",\"id\":1}{\"execute\":\"guest-suspend-ram\",\"id\":2}");
  wait_until (strstr (hear (f), "\"id\":2") != NULL);
  g_assert_cmpstr (f->heard->str, ==, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no way\"},\"id\":2}\n");
  g_assert_false (f->ended);
}

static void
test_shutdown_without_agent_is_no_success (Fixture *f, gconstpointer data)
{
  f->unanswered_pings = 1;
  say (f, "{\"execute\":\"guest-shutdown\",\"id\":1}");
  wait_until (f->ended);
  g_assert_nonnull (strstr (hear (f), "GUESTWIRE_REFUSED"));
}

static void
test_lost_agent_ends_the_channel (Fixture *f, gconstpointer data)
{
  say (f, "{\"execute\":\"guest-lose\",\"id\":1}");
  wait_until (f->ended);
  g_assert_cmpstr (hear (f), ==,
                   "{\"event\":\"GUESTWIRE_REFUSED\",\"data\":{\"class\":\"no-answer\",\"desc\":\"the agent of 'vm1' was "
                   "lost: " LOST "\",\"final\":false}}\n");
}

static void
test_hang_up_ends_in_mid_call (Fixture *f, gconstpointer data)
{
  say (f, "{\"execute\":\"guest-slow\"}{\"execute\":\"guest-info\"}");
  wait_until (g_atomic_int_get (&f->in_slow));
  close (f->fd);
  f->fd = -1;
  wait_until (f->ended);
}

static void
test_last_answers_are_given (Fixture *f, gconstpointer data)
{
  say (f, "{\"execute\":\"guest-slow\",\"id\":1}{\"execute\":\"guest-info\",\"id\":2}");
  shutdown (f->fd, SHUT_WR);
  wait_until (g_atomic_int_get (&f->in_slow));
  settle ();
  g_assert_false (f->ended);
  release (f);
  wait_until (f->ended);
  g_assert_cmpstr (hear (f), ==, "{\"return\":{\"n\":1},\"id\":1}\n{\"return\":{\"n\":1},\"id\":2}\n");
}

static void
say_large_write (Fixture *f)
{
  g_autofree char *base64 = g_strnfill (GW_LIBVIRT_PIECE_MAX / 3 * 4 * 3, 'A');
  g_autofree char *text
      = g_strdup_printf ("{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":9,\"buf-b64\":\"%s\"},\"id\":1}", base64);

  say (f, text);
}

static void
assert_written (Fixture *f, gint64 count, int pieces)
{
  g_autofree char *expected = g_strdup_printf ("{\"return\":{\"count\":%" G_GINT64_FORMAT ",\"eof\":false},\"id\":1}\n", count);

  wait_until (g_str_has_suffix (hear (f), "\n"));
  g_assert_cmpstr (f->heard->str, ==, expected);
  g_assert_cmpint (f->writes, ==, pieces);
}

static void
test_large_write (Fixture *f, gconstpointer data)
{
  say_large_write (f);
  assert_written (f, 3 * GW_LIBVIRT_PIECE_MAX, 3);
}

static void
test_large_write_to_full_disk (Fixture *f, gconstpointer data)
{
  f->disk_full_after = 2;
  say_large_write (f);
  assert_written (f, 2 * GW_LIBVIRT_PIECE_MAX, 3);
}

static void
test_large_write_cut_short (Fixture *f, gconstpointer data)
{
  f->short_write = 10;
  say_large_write (f);
  assert_written (f, GW_LIBVIRT_PIECE_MAX + 10, 2);
}

static void
test_large_write_lost (Fixture *f, gconstpointer data)
{
  f->short_write = -1;
  say_large_write (f);
  wait_until (f->ended);
  g_assert_null (strstr (hear (f), "count"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/virt/relay/sync", test_sync },
    { "/virt/relay/sync-waits-for-the-agent", test_sync_waits_for_the_agent },
    { "/virt/relay/new-sync-voids-the-last", test_new_sync_voids_the_last },
    { "/virt/relay/answers-in-order", test_answers_in_order },
    { "/virt/relay/junk", test_junk },
    { "/virt/relay/shutdown-is-silent", test_shutdown_is_silent },
    { "/virt/relay/shutdown-without-agent-is-no-success", test_shutdown_without_agent_is_no_success },
    { "/virt/relay/lost-agent-ends-the-channel", test_lost_agent_ends_the_channel },
    { "/virt/relay/large-write", test_large_write },
    { "/virt/relay/large-write-to-full-disk", test_large_write_to_full_disk },
    { "/virt/relay/large-write-cut-short", test_large_write_cut_short },
    { "/virt/relay/large-write-lost", test_large_write_lost },
    { "/virt/relay/hang-up-ends-in-mid-call", test_hang_up_ends_in_mid_call },
    { "/virt/relay/last-answers-are-given", test_last_answers_are_given },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  return g_test_run ();
}
