/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What events of a guest are read from: netlink, utmp and logind's sessions, the
 * kernel's words of memory, and systemd's jobs. */

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utmp.h>

#include "event-line.h"
#include "gw-addresses.h"
#include "gw-limits.h"
#include "gw-logins.h"
#include "gw-memory.h"
#include "gw-rtnetlink.h"
#include "gw-shutdown.h"
#include "gw-utmp.h"
#include "rows.h"
#include "wait.h"

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
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
  return g_test_run ();
}
