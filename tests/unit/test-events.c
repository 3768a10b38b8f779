/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The events of a guest: the log, what they are read from, and those who follow
 * in frames. */

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utmp.h>

#include "frames-host.h"
#include "gw-addresses.h"
#include "gw-commands.h"
#include "gw-events.h"
#include "gw-instance.h"
#include "gw-limits.h"
#include "gw-logins.h"
#include "gw-memory.h"
#include "gw-rtnetlink.h"
#include "gw-shutdown.h"
#include "gw-utmp.h"
#include "rows.h"
#include "wait.h"

/* --- The log -------------------------------------------------------------- */

static char *
line_of (GwEvents *events, guint64 number)
{
  const GwEvent *event = gw_events_find (events, number);
  gsize length;
  const char *text;

  if (event == NULL)
    return NULL;
  text = g_bytes_get_data (event->line, &length);
  return g_strndup (text, length);
}

static void
tell_many (GwEvents *events, guint count, gsize size)
{
  g_autofree char *text = g_strnfill (size, 'x');

  for (guint i = 0; i < count; i++)
    {
      JsonObject *data = json_object_new ();

      json_object_set_string_member (data, "filling", text);
      gw_events_tell_object (events, "memory-low", data);
    }
}

static void
test_log_line (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *line = NULL;

  gw_events_tell (events, "agent-started", NULL);
  line = line_of (events, 1);
  g_assert_true (g_str_has_prefix (line, "{\"number\":1,\"time\":"));
  g_assert_true (g_str_has_suffix (line, ",\"event\":\"agent-started\",\"data\":{}}\n"));
  g_assert_null (gw_events_find (events, 2));
}

static void
test_log_keeps_the_newest (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();

  tell_many (events, GW_EVENTS_KEPT + 10, 1);
  g_assert_cmpuint (gw_events_find (events, 1)->number, ==, 11);
  g_assert_cmpuint (gw_events_find (events, 12)->number, ==, 12);
  g_assert_cmpuint (gw_events_find (events, GW_EVENTS_KEPT + 10)->number, ==, GW_EVENTS_KEPT + 10);
}

static void
test_log_has_a_bound_in_bytes (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  gsize size = 0;

  tell_many (events, 100, 4000);
  for (guint64 number = 1; gw_events_find (events, number) != NULL; number++)
    if (gw_events_find (events, number)->number == number)
      size += g_bytes_get_size (gw_events_find (events, number)->line);
  g_assert_cmpuint (size, <=, GW_EVENTS_KEPT_BYTES);
  g_assert_cmpuint (size, >, GW_EVENTS_KEPT_BYTES / 2);
}

static void
test_log_drops_data_that_are_too_long (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *line = NULL;

  tell_many (events, 1, GW_EVENT_DATA_MAX);
  line = line_of (events, 1);
  g_assert_true (g_str_has_suffix (line, "\"data\":{}}\n"));
}

static void
test_log_blocked (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_ptr_array_add (names, (gpointer) "memory-low");
  gw_events_block (events, names);
  gw_events_tell (events, "memory-low", NULL);
  gw_events_tell (events, "agent-started", NULL);
  g_assert_cmpuint (gw_events_get_next (events), ==, 2);
  g_assert_cmpstr (gw_events_find (events, 1)->kind->name, ==, "agent-started");
}

/* --- netlink -------------------------------------------------------------- */

typedef struct
{
  guint8 bytes[512];
  gsize length;
} Packet;

static void
add_attribute (Packet *packet, int type, const void *content, gsize size)
{
  struct rtattr attribute = { .rta_len = RTA_LENGTH (size), .rta_type = type };

  memcpy (packet->bytes + packet->length, &attribute, sizeof attribute);
  memcpy (packet->bytes + packet->length + sizeof attribute, content, size);
  packet->length += RTA_ALIGN (attribute.rta_len);
}

/* @flags: as an attribute; the old field has none of them */
static void
add_address (Packet *packet, int family, const void *address, guint32 flags)
{
  gsize begin = packet->length;
  gsize size = family == AF_INET ? 4 : 16;
  const guint8 other[16] = { 9, 9 };
  struct nlmsghdr head = { .nlmsg_type = RTM_NEWADDR };
  struct ifaddrmsg body = { .ifa_family = family, .ifa_prefixlen = 24, .ifa_index = 7 };

  packet->length += sizeof head;
  memcpy (packet->bytes + packet->length, &body, sizeof body);
  packet->length += sizeof body;
  /* The other end's comes first, and does not count. */
  if (family == AF_INET)
    add_attribute (packet, IFA_ADDRESS, other, size);
  add_attribute (packet, family == AF_INET ? IFA_LOCAL : IFA_ADDRESS, address, size);
  add_attribute (packet, IFA_FLAGS, &flags, sizeof flags);
  head.nlmsg_len = packet->length - begin;
  memcpy (packet->bytes + begin, &head, sizeof head);
}

static void
add_done (Packet *packet, guint16 flags)
{
  struct nlmsghdr head = { .nlmsg_len = sizeof head, .nlmsg_type = NLMSG_DONE, .nlmsg_flags = flags };

  memcpy (packet->bytes + packet->length, &head, sizeof head);
  packet->length += sizeof head;
}

static void
keep_address (const GwInterfaceAddress *address, gpointer data)
{
  g_array_append_val ((GArray *) data, *address);
}

static void
test_netlink_addresses (void)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (GwInterfaceAddress));
  const guint8 four[4] = { 10, 1, 2, 3 };
  const guint8 six[16] = { 0xFE, 0x80, [15] = 1 };
  Packet packet = { .length = 0 };
  GwInterfaceAddress *first;

  add_address (&packet, AF_INET, four, 0);
  add_address (&packet, AF_INET6, six, IFA_F_PERMANENT);
  add_address (&packet, AF_INET6, six, IFA_F_TENTATIVE);
  g_assert_cmpint (gw_rtnetlink_parse (packet.bytes, packet.length, keep_address, found), ==, GW_RTNETLINK_MORE);
  add_done (&packet, 0);
  g_array_set_size (found, 0);
  g_assert_cmpint (gw_rtnetlink_parse (packet.bytes, packet.length, keep_address, found), ==, GW_RTNETLINK_DONE);
  g_assert_cmpuint (found->len, ==, 2);
  first = &g_array_index (found, GwInterfaceAddress, 0);
  g_assert_cmpmem (first->bytes, 4, four, 4);
  g_assert_cmpuint (first->interface, ==, 7);
  g_assert_cmpuint (first->prefix, ==, 24);
}

static void
test_netlink_interrupted (void)
{
  Packet packet = { .length = 0 };

  add_done (&packet, NLM_F_DUMP_INTR);
  g_assert_cmpint (gw_rtnetlink_parse (packet.bytes, packet.length, NULL, NULL), ==, GW_RTNETLINK_INTERRUPTED);
}

/* Each byte another one, and each length: under a sanitizer none is read that
 * is not there. */
static void
test_netlink_rubbish (void)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (GwInterfaceAddress));
  const guint8 four[4] = { 10, 1, 2, 3 };
  Packet packet = { .length = 0 };

  add_address (&packet, AF_INET, four, 0);
  add_address (&packet, AF_INET6, (const guint8[16]){ 1 }, 0);
  for (gsize length = 0; length <= packet.length; length++)
    for (gsize at = 0; at < length; at++)
      for (guint k = 0; k < 3; k++)
        {
          g_autofree guint8 *bytes = g_memdup2 (packet.bytes, length);

          bytes[at] = (const guint8[]){ 0, 0xFF, 3 }[k];
          gw_rtnetlink_parse (bytes, length, keep_address, found);
          g_array_set_size (found, 0);
        }
}

static GHashTable *
address_set (const char *first, ...)
{
  GHashTable *set = g_hash_table_new (g_str_hash, g_str_equal);
  va_list more;

  va_start (more, first);
  for (const char *text = first; text != NULL; text = va_arg (more, const char *))
    g_hash_table_add (set, (gpointer) text);
  va_end (more);
  return set;
}

static void
test_addresses_changed (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GHashTable) before = address_set ("eth0 10.0.0.1/8", "eth0 ::1/128", "eth1 10.0.0.2/8", NULL);
  g_autoptr (GHashTable) now = address_set ("eth0 10.0.0.1/8", "eth0 10.0.0.9/8", "eth2 10.0.0.2/8", NULL);
  const char *const expected[] = {
    "\"data\":{\"interface\":\"eth0\",\"added\":[\"10.0.0.9/8\"],\"removed\":[\"::1/128\"]}}\n",
    "\"data\":{\"interface\":\"eth1\",\"added\":[],\"removed\":[\"10.0.0.2/8\"]}}\n",
    "\"data\":{\"interface\":\"eth2\",\"added\":[\"10.0.0.2/8\"],\"removed\":[]}}\n",
  };

  g_assert_false (gw_addresses_compare (events, now, now));
  g_assert_true (gw_addresses_compare (events, before, now));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *line = line_of (events, i + 1);

      g_assert_true (g_str_has_suffix (line, expected[i]));
    }
}

static void
test_addresses_many (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GHashTable) before = address_set (NULL, NULL);
  g_autoptr (GHashTable) now = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 2 * GW_ADDRESSES_TOLD_MAX + 1; i++)
    g_hash_table_add (now, g_strdup_printf ("a-long-name-000 fe80:1111:2222:3333:4444:5555:6666:%u/128", 1000 + i));
  gw_addresses_compare (events, before, now);
  g_assert_cmpuint (gw_events_get_next (events), ==, 4);
  for (guint64 number = 1; number < 4; number++)
    {
      g_autofree char *line = line_of (events, number);

      g_assert_nonnull (strstr (line, "added\":[\"fe80"));
    }
}

/* --- utmp ------------------------------------------------------------------- */

static struct utmp
make_record (short type, const char *user, const char *line, const char *host, int pid)
{
  struct utmp record = { .ut_type = type, .ut_pid = pid };

  memcpy (record.ut_user, user, MIN (strlen (user), sizeof record.ut_user));
  memcpy (record.ut_line, line, MIN (strlen (line), sizeof record.ut_line));
  memcpy (record.ut_host, host, MIN (strlen (host), sizeof record.ut_host));
  return record;
}

/* As login does: one record in its place. */
static void
write_utmp (const char *path, const struct utmp *record, guint place)
{
  int fd = open (path, O_WRONLY | O_CREAT, 0600);

  g_assert_cmpint (pwrite (fd, record, sizeof *record, place * sizeof *record), ==, sizeof *record);
  close (fd);
}

static void
test_utmp_odd_records (void)
{
  const char *long_name = "a-name-of-thirty-two-characters-and-more";
  struct utmp records[5] = {
    make_record (USER_PROCESS, "root", "tty1", "", 1), make_record (LOGIN_PROCESS, "LOGIN", "tty2", "", 2),
    make_record (USER_PROCESS, long_name, "\xff\xfe", "\x1b[2J", -5), make_record (RUN_LVL, "runlevel", "~", "", '5'),
    make_record (USER_PROCESS, "", "tty3", "", 4),
  };
  g_autoptr (GPtrArray) logins = gw_utmp_parse ((const guint8 *) records, sizeof records - 1);
  const GwLogin *odd;

  g_assert_cmpuint (logins->len, ==, 2);
  odd = logins->pdata[1];
  g_assert_cmpuint (strlen (odd->user), ==, sizeof records[0].ut_user);
  g_assert_true (g_utf8_validate (odd->line, -1, NULL));
  g_assert_cmpint (odd->pid, ==, -5);
  g_assert_cmpint (gw_utmp_find_run_level ((const guint8 *) records, sizeof records), ==, '5');
}

static void
test_utmp_logins_are_told (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "utmp", NULL);
  struct utmp first = make_record (USER_PROCESS, "root", "tty1", "", 10);
  struct utmp second = make_record (USER_PROCESS, "ann", "pts/0", "10.0.0.7", 11);
  g_autoptr (GwLogins) logins = NULL;
  g_autofree char *came = NULL;
  g_autofree char *went = NULL;

  write_utmp (path, &first, 0);
  logins = gw_logins_new (events, path, NULL);
  g_assert_nonnull (logins);
  g_assert_cmpuint (gw_events_get_next (events), ==, 1);
  write_utmp (path, &second, 1);
  wait_until (gw_events_get_next (events) == 2);
  first.ut_type = DEAD_PROCESS;
  write_utmp (path, &first, 0);
  wait_until (gw_events_get_next (events) == 3);
  came = line_of (events, 1);
  went = line_of (events, 2);
  g_assert_true (g_str_has_suffix (
      came, "\"user-logged-in\",\"data\":{\"user\":\"ann\",\"line\":\"pts/0\",\"host\":\"10.0.0.7\",\"pid\":11}}\n"));
  g_assert_true (
      g_str_has_suffix (went, "\"user-logged-out\",\"data\":{\"user\":\"root\",\"line\":\"tty1\",\"pid\":10}}\n"));
  unlink (path);
  rmdir (folder);
}

static void
test_sessions_are_told (void)
{
  const char text[] = "UID=1000\nUSER=ann\nSTATE=active\nREMOTE=1\nTTY=pts/0\nREMOTE_HOST=10.0.0.7\nCLASS=user\nLEADER=55\n";
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autofree char *folder = g_dir_make_tmp ("guestwire-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "c1", NULL);
  g_autoptr (GwLogins) logins = gw_logins_new (events, folder, NULL);
  g_autofree char *came = NULL;
  g_autofree char *went = NULL;

  g_assert_nonnull (logins);
  /* It is renamed into its place, as logind does it. */
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  wait_until (gw_events_get_next (events) == 2);
  unlink (path);
  wait_until (gw_events_get_next (events) == 3);
  came = line_of (events, 1);
  went = line_of (events, 2);
  g_assert_nonnull (strstr (
      came, "\"user-logged-in\",\"data\":{\"user\":\"ann\",\"line\":\"pts/0\",\"host\":\"10.0.0.7\",\"pid\":55}}"));
  g_assert_nonnull (strstr (went, "\"user-logged-out\""));
  rmdir (folder);
}

static void
test_sessions_that_are_none (void)
{
  const char *const texts[] = {
    "", "\n", "CLASS", "CLASS=", "USER=gdm\nCLASS=greeter\n", "USER=ann\nCLASS=user\nSTATE=closing\n",
    "XCLASS=user\nUSER=ann\n",
  };
  GwLogin *odd = gw_login_parse_session ("CLASS=user\nUSER=\xff\nLEADER=99999999999999999999");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (gw_login_parse_session (texts[i]));
  g_assert_true (g_utf8_validate (odd->user, -1, NULL));
  g_assert_cmpint (odd->pid, ==, G_MAXINT);
  gw_login_free (odd);
}

static void
test_utmp_that_is_not_there (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_logins_new (events, "/nowhere/utmp", &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_FAILED);
}

/* --- Memory ------------------------------------------------------------------- */

static void
test_memory_once_while_it_lasts (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("guestwire-XXXXXX", &path, NULL);
  g_autoptr (GwMemory) memory = gw_memory_new (events, path, &error);
  char order[64] = "";

  g_assert_no_error (error);
  g_assert_cmpint (read (fd, order, sizeof order), >, 0);
  g_assert_cmpstr (order, ==, "some 200000 1000000");
  for (gint64 at = 0; at < 3 * GW_MEMORY_AGAIN_US; at += GW_MEMORY_WINDOW_US)
    gw_memory_take_stall (memory, at);
  g_assert_cmpuint (gw_events_get_next (events), ==, 2);
  gw_memory_take_stall (memory, 5 * GW_MEMORY_AGAIN_US);
  g_assert_cmpuint (gw_events_get_next (events), ==, 3);
  close (fd);
  unlink (path);
}

static void
test_memory_without_pressure (void)
{
  g_autoptr (GwEvents) events = gw_events_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_memory_new (events, "/nowhere/memory", &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_FAILED);
}

static void
test_memory_sizes (void)
{
  gint64 bytes = 0;

  g_assert_true (gw_memory_read_size ("MemTotal:  16 kB\nMemAvailable: 4 kB\n", "MemAvailable", &bytes));
  g_assert_cmpint (bytes, ==, 4096);
  g_assert_false (gw_memory_read_size ("MemTotalX: 1 kB\n", "MemTotal", &bytes));
  g_assert_false (gw_memory_read_size ("", "MemTotal", &bytes));
}

/* --- The way down --------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *jobs;
  gboolean going_down;
  const char *mode;
} Jobs;

static const Jobs jobs[] = {
  { "none", "No jobs running.\n", FALSE, NULL },
  { "restart", "812 guestwire-agent.service restart running\n", FALSE, NULL },
  { "reboot", "900 sshd.service stop waiting\n1001 reboot.target   start waiting\n", TRUE, "reboot" },
  { "poweroff", "1 poweroff.target start waiting\n2 shutdown.target start waiting\n", TRUE, "powerdown" },
  { "halt", "1 halt.target start waiting\n", TRUE, "halt" },
  { "some-way", "2 shutdown.target start waiting\n", TRUE, NULL },
  { "left", "3 shutdown.target stop waiting\n4 reboot.target verify-active done\n", FALSE, NULL },
  { "rubbish", "\n \n1\n1 reboot.target\nreboot.target start\n\xff\xff\n", FALSE, NULL },
};

static void
test_shutdown_jobs (gconstpointer data)
{
  const Jobs *row = data;
  const char *mode = "unset";

  g_assert_true (gw_shutdown_find_in_jobs (row->jobs, &mode) == row->going_down);
  g_assert_cmpstr (mode, ==, row->mode);
}

/* --- Following ------------------------------------------------------------------ */

static Run *
follow (Host *host, const char *arguments)
{
  Run *run = run_begin_command (host, "guestwire-events-follow", arguments, FALSE);

  run_wait_started (run);
  return run;
}

static Run *
follow_after (Host *host, const char *instance, guint64 number)
{
  g_autofree char *arguments
      = g_strdup_printf ("{\"after\":{\"instance\":\"%s\",\"number\":%" G_GUINT64_FORMAT "}}", instance, number);

  return follow (host, arguments);
}

static guint64
next_number (void)
{
  return gw_events_get_next (gw_events_get ());
}

static char *
head_of (guint64 number)
{
  return g_strdup_printf ("{\"number\":%" G_GUINT64_FORMAT ",", number);
}

static void
assert_first (Run *run, guint64 number)
{
  g_autofree char *head = head_of (number);

  run_wait_said (run, "\n");
  g_assert_true (g_str_has_prefix (run->said[0]->str, head));
}

static void
test_follow_live (void)
{
  guint64 first = next_number ();
  Host host;
  Run *run;

  gw_events_tell (gw_events_get (), "memory-low", NULL);
  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{}");
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  assert_first (run, first + 1);
  gw_session_cancel (host.session, run->id);
  host_wait (&host, run->over[0]);
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  g_assert_cmpuint (run->said[0]->len, ==, strchr (run->said[0]->str, '\n') + 1 - run->said[0]->str);
  host_close (&host);
}

static void
test_follow_replays (void)
{
  guint64 first = next_number ();
  Host host;

  tell_many (gw_events_get (), 3, 1);
  host_open (&host, GW_PORT_SOCKET);
  assert_first (follow_after (&host, gw_instance_get_text (), first), first + 1);
  assert_first (follow_after (&host, "of another agent", first + 1), gw_events_find (gw_events_get (), 1)->number);
  host_close (&host);
}

static void
test_follow_what_a_snapshot_undid (void)
{
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow_after (&host, gw_instance_get_text (), next_number () + 100);
  tell_many (gw_events_get (), 1, 1);
  assert_first (run, next_number () - 1);
  host_close (&host);
}

static void
test_follow_names (void)
{
  guint64 number;
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{\"names\":[\"job-ended\",\"not-known\"]}");
  tell_many (gw_events_get (), 2, 1);
  number = next_number ();
  gw_events_tell (gw_events_get (), "job-ended", NULL);
  assert_first (run, number);
  host_close (&host);
}

static void
test_follow_slowly (void)
{
  const guint count = 2 * GW_EVENTS_KEPT;
  guint64 last = 0;
  gboolean gap = FALSE;
  Host host;
  Run *run;

  host_open (&host, GW_PORT_SOCKET);
  run = follow (&host, "{}");
  run->slow = TRUE;
  for (guint i = 0; i < count; i++)
    {
      tell_many (gw_events_get (), 1, 3000);
      host_turn (&host);
    }
  assert_answer (&host, "guest-ping", "{}", "{\"return\":{}}");
  run_read_on (run);
  while (last + 1 < next_number ())
    {
      char *end;

      host_wait (&host, strchr (run->said[0]->str, '\n') != NULL);
      end = strchr (run->said[0]->str, '\n');
      if (g_str_has_prefix (run->said[0]->str, "{\"lost\":"))
        {
          last += g_ascii_strtoull (run->said[0]->str + 8, NULL, 10);
          gap = TRUE;
        }
      else
        {
          guint64 number = g_ascii_strtoull (run->said[0]->str + 10, NULL, 10);

          g_assert_true (last == 0 || number == last + 1);
          last = number;
        }
      g_string_erase (run->said[0], 0, end + 1 - run->said[0]->str);
    }
  g_assert_true (gap);
  host_close (&host);
}

typedef struct
{
  const char *name;
  const char *arguments;
  const char *error;
} Refusal;

static const Refusal refused[] = {
  { "after-is-no-object", "{\"after\":1}", "Parameter 'after' has to be" },
  { "no-number", "{\"after\":{}}", "Parameter 'after' has to be" },
  { "number-below-0", "{\"after\":{\"number\":-1}}", "Parameter 'after' has to be" },
  { "number-is-text", "{\"after\":{\"number\":\"1\"}}", "Parameter 'after' has to be" },
  { "instance-is-a-number", "{\"after\":{\"number\":1,\"instance\":1}}", "Parameter 'after' has to be" },
  { "name-is-a-number", "{\"names\":[1]}", "Invalid parameter type for 'names[0]'" },
};

static void
test_follow_refused (gconstpointer data)
{
  const Refusal *refusal = data;
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  g_assert_nonnull (strstr (answer (&host, ask (&host, "guestwire-events-follow", refusal->arguments)), refusal->error));
  g_assert_true (gw_session_is_open (host.session));
  host_close (&host);
}

static void
test_follow_policy (void)
{
  guint64 number = next_number ();
  Host host;

  host_open (&host, GW_PORT_SOCKET);
  set_policy ("guest-sync", NULL);
  gw_events_tell (gw_events_get (), "job-ended", NULL);
  gw_events_tell (gw_events_get (), "memory-low", NULL);
  /* One that needs guest-exec, and one that needs nothing. */
  assert_first (follow_after (&host, gw_instance_get_text (), number - 1), number + 1);
  set_policy (NULL, "guestwire-events-follow");
  g_assert_nonnull (strstr (answer (&host, ask (&host, "guestwire-events-follow", "{}")), "has been disabled"));
  gw_commands_set_policy (NULL);
  host_close (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/log/line", test_log_line);
  g_test_add_func ("/events/log/keeps-the-newest", test_log_keeps_the_newest);
  g_test_add_func ("/events/log/has-a-bound-in-bytes", test_log_has_a_bound_in_bytes);
  g_test_add_func ("/events/log/drops-data-that-are-too-long", test_log_drops_data_that_are_too_long);
  g_test_add_func ("/events/log/blocked", test_log_blocked);
  g_test_add_func ("/events/netlink/addresses", test_netlink_addresses);
  g_test_add_func ("/events/netlink/interrupted", test_netlink_interrupted);
  g_test_add_func ("/events/netlink/rubbish", test_netlink_rubbish);
  g_test_add_func ("/events/addresses/changed", test_addresses_changed);
  g_test_add_func ("/events/addresses/many", test_addresses_many);
  g_test_add_func ("/events/utmp/odd-records", test_utmp_odd_records);
  g_test_add_func ("/events/utmp/logins-are-told", test_utmp_logins_are_told);
  g_test_add_func ("/events/utmp/that-is-not-there", test_utmp_that_is_not_there);
  g_test_add_func ("/events/sessions/are-told", test_sessions_are_told);
  g_test_add_func ("/events/sessions/that-are-none", test_sessions_that_are_none);
  g_test_add_func ("/events/memory/once-while-it-lasts", test_memory_once_while_it_lasts);
  g_test_add_func ("/events/memory/without-pressure", test_memory_without_pressure);
  g_test_add_func ("/events/memory/sizes", test_memory_sizes);
  ADD_ROWS ("/events/shutdown/", jobs, test_shutdown_jobs);
  g_test_add_func ("/events/follow/live", test_follow_live);
  g_test_add_func ("/events/follow/replays", test_follow_replays);
  g_test_add_func ("/events/follow/what-a-snapshot-undid", test_follow_what_a_snapshot_undid);
  g_test_add_func ("/events/follow/names", test_follow_names);
  g_test_add_func ("/events/follow/slowly", test_follow_slowly);
  g_test_add_func ("/events/follow/policy", test_follow_policy);
  ADD_ROWS ("/events/follow/refused/", refused, test_follow_refused);
  return g_test_run ();
}
