/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The domains of a host that is a folder, with a script in libvirt's place. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gw-domain-private.h"
#include "wait.h"

#define UUID "c183690c-5297-4077-8786-084ad1da9a24"

typedef struct
{
  char *root;
  GArray *sockets;
} Fixture;

/* In the place of guestwire-libvirt, in all tests. */
static char *script;

static void
write_script (const char *body)
{
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", body, NULL);

  g_assert_true (g_file_set_contents (script, text, -1, NULL));
  g_assert_cmpint (chmod (script, 0700), ==, 0);
}

/* @entries: JSON; "@" in it stands for the root */
static void
set_libvirt (Fixture *f, const char *entries)
{
  g_autofree char *path = g_build_filename (f->root, "list", NULL);
  g_auto (GStrv) parts = g_strsplit (entries, "@", -1);
  g_autofree char *joined = g_strjoinv (f->root, parts);
  g_autofree char *json = g_strconcat ("[", joined, "]", NULL);
  g_autofree char *body = g_strdup_printf ("exec cat %s\n", path);

  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  write_script (body);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->root = g_dir_make_tmp ("gw-XXXXXX", NULL);
  f->sockets = g_array_new (FALSE, FALSE, sizeof (int));
  gw_domain_list_set_root (f->root);
  set_libvirt (f, "");
}

static void
remove_tree (const char *path)
{
  const char *argv[] = { "rm", "-rf", path, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < f->sockets->len; i++)
    close (g_array_index (f->sockets, int, i));
  g_array_unref (f->sockets);
  gw_domain_list_set_root (NULL);
  remove_tree (f->root);
  g_free (f->root);
}

static int
keep (Fixture *f, int fd)
{
  g_assert_cmpint (fd, >=, 0);
  g_array_append_val (f->sockets, fd);
  return fd;
}

/* A socket that somebody listens on; its folders are made. */
static int
add_socket (Fixture *f, const char *path)
{
  g_autofree char *whole = g_strconcat (f->root, path, NULL);
  g_autofree char *folder = g_path_get_dirname (whole);
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = keep (f, socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_cmpuint (g_strlcpy (name.sun_path, whole, sizeof name.sun_path), <, sizeof name.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

/* One that was left behind. */
static void
add_dead_socket (Fixture *f, const char *path)
{
  close (add_socket (f, path));
  g_array_set_size (f->sockets, f->sockets->len - 1);
}

/* This process becomes the client of @listener. */
static void
hold (Fixture *f, int listener, const char *path)
{
  g_autofree char *whole = g_strconcat (f->root, path, NULL);
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  int fd = keep (f, socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

  g_strlcpy (name.sun_path, whole, sizeof name.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &name, sizeof name), ==, 0);
  keep (f, accept (listener, NULL, NULL));
}

/* --- The list ----------------------------------------------------------- */

/* "manager name id state: channel kind state open address; …\n", without the
 * root. */
static char *
summary (Fixture *f, char **warning)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains = gw_domain_list (NULL, warning, &error);
  GString *text = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < domains->len; i++)
    {
      GwDomain *domain = g_ptr_array_index (domains, i);

      g_string_append_printf (text, "%s %s %s %d:", gw_domain_get_manager (domain), gw_domain_get_name (domain),
                              gw_domain_get_id (domain), gw_domain_get_state (domain));
      for (guint j = 0; j < domain->channels->len; j++)
        {
          GwDomainChannel *channel = g_ptr_array_index (domain->channels, j);
          const char *address = channel->address != NULL ? gw_address_to_string (channel->address) : "-";
          const char *root = strstr (address, f->root);

          g_string_append_printf (text, " %s %s %d %d %s;", gw_domain_channel_get_name (channel),
                                  gw_domain_channel_get_kind (channel), gw_domain_channel_get_state (channel),
                                  channel->guest_open, root != NULL ? root + strlen (f->root) : address);
        }
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static void
test_places (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *path;
    const char *expected;
  } rows[] = {
    { "/run/libvirt/qemu/channel/3-web/org.guestwire.agent.0", "libvirt web 3 0: org.guestwire.agent.0 virtio 1 -1 " },
    { "/var/lib/libvirt/qemu/channel/target/domain-3-a-b/org.x.0", "libvirt a-b 3 0: org.x.0 virtio 1 -1 " },
    { "/var/lib/libvirt/qemu/channel/target/domain-web/org.x.0", "libvirt web (null) 0: org.x.0 virtio 1 -1 " },
    { "/var/lib/libvirt/qemu/channel/target/w.b.org.qemu.guest_agent.0",
      "libvirt w.b (null) 0: org.qemu.guest_agent.0 virtio 1 -1 " },
    { "/var/lib/libvirt/qemu/s-4-VM.agent", "cloudstack s-4-VM (null) 0: s-4-VM.vport virtio 1 -1 " },
    { "/var/lib/libvirt/qemu/channels/" UUID ".org.x.0", "vdsm " UUID " (null) 0: org.x.0 virtio 1 -1 " },
    { "/run/qemu-server/100.qga", "proxmox 100 100 0: org.qemu.guest_agent.0 virtio 1 -1 " },
    { "/var/lib/libvirt/libxl/channel/target/dom-1-org.guestwire.0", "libvirt dom-1 (null) 0: org.guestwire.0 xen 1 -1 " },
    { "/run/guestwire/vm1.sock", "guestwire vm1 (null) 0: (null) served 1 -1 " },
    { "/run/qemu-server/100.vnc", NULL },
    { "/run/qemu-server/x.qga", NULL },
    { "/run/guestwire/.sock", NULL },
    { "/var/lib/libvirt/qemu/channels/nonsense.org.qemu.guest_agent.0", NULL },
    { "/run/libvirt/qemu/channel/web/org.x.0", NULL },
  };

  write_script ("exit 1\n");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *expected = rows[i].expected != NULL ? g_strconcat (rows[i].expected, rows[i].path, ";\n", NULL)
                                                           : g_strdup ("");
      g_autofree char *whole = g_strconcat (f->root, rows[i].path, NULL);
      g_autofree char *got = NULL;

      add_socket (f, rows[i].path);
      got = summary (f, NULL);
      g_assert_cmpstr (got, ==, expected);
      g_unlink (whole);
    }
}

static void
test_libvirt (Fixture *f, gconstpointer data)
{
  static const char path[] = "/run/libvirt/qemu/channel/3-web/org.guestwire.agent.0";
  g_autofree char *warning = NULL;
  g_autofree char *got = NULL;

  set_libvirt (f,
               "{\"name\":\"web\",\"uuid\":\"" UUID "\",\"id\":3,\"state\":\"paused\",\"xml\":\"<domain id='3'><name>web"
               "</name><uuid>" UUID "</uuid><devices><channel type='unix'><source mode='bind' path='@"
               "/run/libvirt/qemu/channel/3-web/org.guestwire.agent.0'/><target type='virtio' "
               "name='org.guestwire.agent.0' state='connected'/></channel><channel type='pty'><source path='/dev/null'/>"
               "<target type='xen' name='org.x.0'/></channel></devices></domain>\"},"
               "{\"name\":\"db\",\"xml\":\"<domain><name>db</name><devices><channel type='unix'><source mode='bind' "
               "path='/x'/><target type='virtio' name='org.x.0'/></channel></devices></domain>\",\"state\":\"off\"},"
               "{\"name\":\"bad\",\"xml\":\"<\"}, 7");
  hold (f, add_socket (f, path), path);
  got = summary (f, &warning);
  /* The socket that is found as well is no other channel. */
  g_assert_cmpstr (got, ==,
                   "libvirt db (null) 3: org.x.0 virtio 0 -1 -;\n"
                   "libvirt web 3 2: org.guestwire.agent.0 virtio 2 1 /run/libvirt/qemu/channel/3-web/"
                   "org.guestwire.agent.0; org.x.0 xen 2 -1 pty:/dev/null;\n");
  g_assert_null (warning);
}

static void
test_merge (Fixture *f, gconstpointer data)
{
  g_autofree char *got = NULL;

  set_libvirt (f, "{\"state\":\"running\",\"xml\":\"<domain id='3'><name>web</name><uuid>" UUID "</uuid></domain>\"}");
  add_socket (f, "/run/guestwire/web.sock");
  add_socket (f, "/var/lib/libvirt/qemu/channels/" UUID ".org.x.0");
  add_socket (f, "/run/libvirt/qemu/channel/3-we/org.y.0");
  /* Left behind by an earlier run. */
  add_dead_socket (f, "/run/libvirt/qemu/channel/2-web/org.y.0");
  add_dead_socket (f, "/run/libvirt/qemu/channel/3-web/org.z.0");
  got = summary (f, NULL);
  g_assert_cmpstr (got, ==,
                   "libvirt web 3 1: (null) served 1 -1 /run/guestwire/web.sock;"
                   " org.x.0 virtio 1 -1 /var/lib/libvirt/qemu/channels/" UUID ".org.x.0;"
                   " org.y.0 virtio 1 -1 /run/libvirt/qemu/channel/3-we/org.y.0;\n");
}

static void
test_proxmox_name (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->root, "etc/pve/qemu-server/100.conf", NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *got = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "cores: 2\nname: mail \n[snap]\nname: other\n", -1, NULL));
  add_socket (f, "/run/qemu-server/100.qga");
  got = summary (f, NULL);
  g_assert_true (g_str_has_prefix (got, "proxmox mail 100 0:"));
}

static void
assert_warned (Fixture *f, const char *expected)
{
  g_autofree char *warning = NULL;
  g_autofree char *text = summary (f, &warning);

  g_assert_cmpstr (text, ==, "");
  if (expected == NULL)
    g_assert_null (warning);
  else
    g_assert_nonnull (strstr (warning, expected));
}

static void
test_libvirt_that_fails_is_told (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *body;
    const char *expected;
  } rows[] = {
    { "echo '{\"event\":\"GUESTWIRE_REFUSED\",\"data\":{\"class\":\"connect\",\"desc\":\"no daemon\",\"final\":false}}'\n",
      "no daemon" },
    { "echo nonsense\n", "by hand" },
    { "exit 3\n", "by hand" },
  };
  g_autofree char *folder = g_build_filename (f->root, "run/libvirt", NULL);

  /* Where there is nothing of libvirt, it is not missed. */
  write_script ("exit 3\n");
  assert_warned (f, NULL);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      write_script (rows[i].body);
      assert_warned (f, rows[i].expected);
    }
  g_unlink (script);
  assert_warned (f, "install guestwire-libvirt");
}

static void
store_result (GObject *object, GAsyncResult *result, gpointer data)
{
  GAsyncResult **store = data;

  *store = g_object_ref (result);
}

static void
test_hanging_libvirt_can_be_left (Fixture *f, gconstpointer data)
{
  g_autofree char *started = g_build_filename (f->root, "started", NULL);
  g_autofree char *body = g_strdup_printf ("echo > %s\nexec sleep 1000\n", started);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (started, 0600), ==, 0);
  write_script (body);
  gw_domain_list_async (cancellable, store_result, &result);
  /* Opens when the script does. */
  keep (f, open (started, O_RDONLY | O_CLOEXEC));
  g_cancellable_cancel (cancellable);
  wait_until (result != NULL);
  g_assert_null (gw_domain_list_finish (result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- Resolving ---------------------------------------------------------- */

#define DOMAIN(id, name, state, devices)                                                                               \
  "{\"state\":\"" state "\",\"xml\":\"<domain" id "><name>" name "</name><devices>" devices "</devices></domain>\"}"
#define CHANNEL(path, name, more)                                                                                      \
  "<channel type='unix'><source mode='bind' path='@" path "'/><target type='virtio' name='" name "'" more "/></channel>"

#define OURS(more) CHANNEL ("/ours", "org.guestwire.agent.0", more)
#define QEMUS(more) CHANNEL ("/qemus", "org.qemu.guest_agent.0", more)

static void
test_resolve (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *libvirt;
    const char *text;
    const char *expected; /* NULL: an error */
    int code;
    const char *message;
  } rows[] = {
    { "", "unix:/x", "unix:/x" },
    { "", "unix:x", NULL, GW_ERROR_INVALID_ADDRESS, "absolute" },
    { "", "/x", NULL, GW_ERROR_INVALID_ADDRESS, "did you mean unix:/x" },
    { "", "vm", NULL, GW_ERROR_INVALID_ADDRESS, "none is known" },
    { DOMAIN (" id='1'", "vm1", "running", "") "," DOMAIN (" id='2'", "x", "running", ""), "vm", NULL,
      GW_ERROR_INVALID_ADDRESS, "domains here: vm1, x" },
    { DOMAIN (" id='1'", "vm1", "running", OURS ("") QEMUS ("")), "vm1", "unix:/ours" },
    { DOMAIN (" id='1'", "vm1", "running", OURS ("") QEMUS ("")), "1", "unix:/ours" },
    { DOMAIN (" id='1'", "vm1", "paused", QEMUS ("")), "vm1", "libvirt:vm1" },
    /* The guest runs the other agent only. */
    { DOMAIN (" id='1'", "vm1", "running", OURS (" state='disconnected'") QEMUS (" state='connected'")), "vm1",
      "libvirt:vm1" },
    { DOMAIN (" id='1'", "vm1", "running", OURS (" state='disconnected'") QEMUS (" state='disconnected'")), "vm1",
      "unix:/ours" },
    { DOMAIN (" id='1'", "vm1", "running", ""), "vm1", NULL, GW_ERROR_CONNECT, "org.guestwire.agent.0" },
    { DOMAIN ("", "vm1", "off", OURS ("")), "vm1", NULL, GW_ERROR_CONNECT, "virsh start vm1" },
    /* A number is an id first. */
    { DOMAIN (" id='1'", "a", "running", OURS ("")) "," DOMAIN (" id='2'", "1", "running", QEMUS ("")), "1",
      "unix:/ours" },
    { "{\"state\":\"running\",\"xml\":\"<domain id='2'><name>17</name><uuid>" UUID "</uuid><devices>" QEMUS ("")
      "</devices></domain>\"}",
      "17", "libvirt:" UUID },
    { "{\"state\":\"running\",\"xml\":\"<domain id='2'><name>a#b</name><uuid>" UUID "</uuid><devices>" QEMUS ("")
      "</devices></domain>\"}",
      "C183690C-5297-4077-8786-084ad1da9a24", "libvirt:" UUID },
    { DOMAIN (" id='1'", "a", "running", OURS ("")) "," DOMAIN (" id='2'", "a", "running", OURS ("")), "a", NULL,
      GW_ERROR_INVALID_ADDRESS, "more than one domain" },
  };

  add_socket (f, "/ours");
  add_socket (f, "/qemus");
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GwAddress) address = NULL;
      g_autoptr (GString) got = NULL;

      set_libvirt (f, rows[i].libvirt);
      address = gw_domain_resolve (rows[i].text, NULL, &error);
      if (rows[i].expected == NULL)
        {
          g_assert_error (error, GW_ERROR, rows[i].code);
          if (strstr (error->message, rows[i].message) == NULL)
            g_error ("%s: %s", rows[i].text, error->message);
          continue;
        }
      g_assert_no_error (error);
      got = g_string_new (gw_address_to_string (address));
      g_string_replace (got, f->root, "", 0);
      g_assert_cmpstr (got->str, ==, rows[i].expected);
    }
}

static void
assert_resolves (Fixture *f, const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GwAddress) address = gw_domain_resolve (text, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (gw_address_to_string (address), expected));
}

static void
test_served_comes_first (Fixture *f, gconstpointer data)
{
  set_libvirt (f, DOMAIN (" id='1'", "vm1", "running", OURS ("")));
  add_socket (f, "/ours");
  add_dead_socket (f, "/run/guestwire/vm1.sock");
  assert_resolves (f, "vm1", "/ours");
  add_socket (f, "/run/guestwire/1.sock");
  /* libvirt is not even asked. */
  write_script ("exec sleep 1000\n");
  assert_resolves (f, "1", "/run/guestwire/1.sock");
}

static void
test_without_libvirt (Fixture *f, gconstpointer data)
{
  int held = add_socket (f, "/run/libvirt/qemu/channel/3-web/org.guestwire.agent.0");

  write_script ("exit 1\n");
  add_socket (f, "/run/libvirt/qemu/channel/3-web/org.qemu.guest_agent.0");
  add_socket (f, "/run/qemu-server/100.qga");
  add_socket (f, "/var/lib/libvirt/qemu/s-4-VM.agent");
  assert_resolves (f, "web", "/org.guestwire.agent.0");
  assert_resolves (f, "100", "/100.qga");
  assert_resolves (f, "s-4-VM", "/s-4-VM.agent");
  /* What somebody holds is of less use. */
  hold (f, held, "/run/libvirt/qemu/channel/3-web/org.guestwire.agent.0");
  assert_resolves (f, "web", "/org.qemu.guest_agent.0");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } rows[] = {
    { "/domain/list/places", test_places },
    { "/domain/list/libvirt", test_libvirt },
    { "/domain/list/merge", test_merge },
    { "/domain/list/proxmox-name", test_proxmox_name },
    { "/domain/list/libvirt-that-fails-is-told", test_libvirt_that_fails_is_told },
    { "/domain/list/hanging-libvirt-can-be-left", test_hanging_libvirt_can_be_left },
    { "/domain/resolve/table", test_resolve },
    { "/domain/resolve/served-comes-first", test_served_comes_first },
    { "/domain/resolve/without-libvirt", test_without_libvirt },
  };

  g_autofree char *folder = g_dir_make_tmp ("gw-XXXXXX", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  script = g_build_filename (folder, "module", NULL);
  g_setenv ("GUESTWIRE_LIBVIRT", script, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add (rows[i].path, Fixture, NULL, set_up, rows[i].test, tear_down);
  status = g_test_run ();
  remove_tree (folder);
  g_free (script);
  return status;
}
