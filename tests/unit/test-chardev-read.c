/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading character devices: which form, what is refused and where, and what
 * they are among each other. */

#include <string.h>

#include "gw-chardev.h"
#include "gw-error.h"
#include "gw-limits.h"

/* "serial:0:pty console:virtio:null", or the error. */
static char *
summary (const char *xml, GwChardevForm form)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = gw_chardev_read_xml (xml, -1, form, &error);
  GString *text = g_string_new (NULL);

  if (devices == NULL)
    {
      g_string_assign (text, error->message);
      g_assert_true (error->domain == GW_ERROR);
    }
  for (guint i = 0; devices != NULL && i < devices->len; i++)
    {
      GwChardev *device = g_ptr_array_index (devices, i);

      g_string_append_printf (text, "%s%s:%d:%s:%s", i > 0 ? " " : "", gw_chardev_get_device_name (device),
                              gw_chardev_get_target_port (device), gw_chardev_get_kind_name (device),
                              gw_chardev_get_form (device) == GW_CHARDEV_FORM_RFC ? "rfc" : "libvirt");
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *xml;
  GwChardevForm form;
  const char *expected;
} Row;

static void
check (const Row *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree char *text = summary (rows[i].xml, rows[i].form);

      gboolean is_fine = g_strrstr (rows[i].expected, ":libvirt") != NULL || g_strrstr (rows[i].expected, ":rfc") != NULL
                           ? g_str_equal (text, rows[i].expected)
                           : *rows[i].expected != '\0' ? strstr (text, rows[i].expected) != NULL : *text == '\0';

      if (!is_fine)
        {
          g_test_message ("%s: %s, not %s", rows[i].xml, text, rows[i].expected);
          g_test_fail ();
        }
    }
}

#define ANY GW_CHARDEV_FORM_ANY
#define RFC GW_CHARDEV_FORM_RFC
#define LIBVIRT GW_CHARDEV_FORM_LIBVIRT

static void
test_forms (void)
{
  static const Row rows[] = {
    { "<console pty='/dev/pts/5'/>", ANY, "serial:0:pty:rfc" },
    { "<console type='host' port='1'/>", ANY, "serial:0:dev:rfc" },
    { "<console type='pty' tty='/dev/pts/5'/>", ANY, "serial:0:pty:libvirt" },
    { "<console type='stdio'/>", ANY, "serial:0:stdio:libvirt" },
    { "<console type='pty'><target type='virtio'/></console>", ANY, "console:0:pty:libvirt" },
    { "<console/>", ANY, "line 1: <console> may be" },
    { "\n<console type='vc'/>", ANY, "line 2: <console> may be" },
    { "<console type='null'/>", ANY, "line 1: <console> may be" },
    { "<console type='vc'/>", RFC, "serial:0:vc:rfc" },
    { "<console/>", RFC, "serial:0:pty:rfc" },
    { "<console type='vc'/>", LIBVIRT, "serial:0:vc:libvirt" },
    { "<parallel type='vc'/>", ANY, "parallel:0:vc:libvirt" },
    { "<serial/>", ANY, "serial:0:pty:libvirt" },
    { "<serial type='tcp'><listen port='1'/></serial>", ANY, "serial:0:tcp:rfc" },
    { "<console type='pty'/><channel type='pty'><target type='xen' name='n'/></channel>", ANY, "serial:0:pty:libvirt channel:-1:pty:libvirt" },
    { "<console type='pty'/><parallel type='host' port='0'/>", ANY, "serial:0:pty:rfc parallel:0:dev:rfc" },
    { "<console type='pty'/><parallel type='host' port='0'/><serial/>", ANY, "line 1: <console> may be" },
    { "<console type='file' path='/x'><target port='0'/></console>", ANY, "line 1: <console>: this is partly" },
    { "<serial type='tcp'>\n<source host='h' service='1'/></serial>", RFC, "listen> and <connect>; it looks as in libvirt's form" },
    { "<console type='tcp'><listen port='1'/></console>", LIBVIRT, "a <source>; it looks as in the RFC's form" },
    { "<console type='tcp'><source/></console>", RFC, "it needs one of <listen> and <connect>" },
    { "<console type='tcp'><listen port='1'/></console>", LIBVIRT, "it needs a <source>" },
    { "<channel type='pty'/>", RFC, "the RFC has no channels" },
    { "<console type='stdio'/>", RFC, "the RFC's types are" },
    { "<console type='host' port='1'/>", LIBVIRT, "libvirt's types are" },
  };

  check (rows, G_N_ELEMENTS (rows));
}

static void
test_places (void)
{
  static const Row rows[] = {
    { "<devices><serial/></devices>", ANY, "serial:0:pty:libvirt" },
    { "<?xml version='1.0'?>\n<!-- x --><domain type='kvm'><name>a</name><metadata><serial/></metadata><devices><disk><serial>1</serial></disk>"
      "<serial type='null'/></devices></domain>", ANY, "serial:0:null:libvirt" },
    { "<domain><devices/></domain>", ANY, "" },
    { "<network/>", ANY, "line 1: <network>: here a <domain> begins" },
    { "<domain/>\n<domain/>", ANY, "line 2: <domain>: a second machine" },
    { "", ANY, "empty" },
    { "<serial>", ANY, "Error on line 1" },
    { "<serial/></serial>", ANY, "Error on line 1" },
    { "<serial type='null' type='pty'/>", ANY, "line 1" },
  };

  check (rows, G_N_ELEMENTS (rows));
}

/* As libvirt has it: the first console is the first serial port again. */
static void
test_consoles (void)
{
  static const Row rows[] = {
    { "<serial type='pty'/><console type='pty'/>", ANY, "serial:0:pty:libvirt" },
    { "<console type='pty'><target type='serial' port='0'/></console><serial type='file'><source path='/a'/></serial>", ANY, "serial:0:file:libvirt" },
    { "<console type='null'><target port='0'/></console>", ANY, "serial:0:null:libvirt" },
    { "<console type='pty'><target type='virtio'/></console>\n<console><target type='serial'/></console>", ANY, "line 2: <console>: only the first console" },
    { "<serial/><console><target type='serial'/></console><console><target type='virtio' port='1'/></console>", ANY,
      "serial:0:pty:libvirt console:1:pty:libvirt" },
    { "<console type='pty'><target type='xen'/></console><console type='null'><target type='xen' port='7'/></console>", ANY,
      "console:0:pty:libvirt console:1:null:libvirt" },
    { "<console type='pty'><target type='serial' port='3'/></console>", ANY, "serial:0:pty:libvirt" },
    { "<console type='pty'/><console type='null'><target type='virtio' port='1'/></console>", ANY,
      "serial:0:pty:libvirt console:1:null:libvirt" },
    { "<serial type='pty'/><console type='null'><target type='xen'/></console>", ANY, "serial:0:pty:libvirt console:0:null:libvirt" },
    { "<domain type='xen'><os><type>linux</type></os><devices><console type='pty'><target port='0'/></console></devices></domain>", ANY, "console:0:pty:libvirt" },
    { "<domain type='xen'><os><type>hvm</type></os><devices><console type='pty'><target port='0'/></console></devices></domain>", ANY, "serial:0:pty:libvirt" },
  };

  check (rows, G_N_ELEMENTS (rows));
}

static void
test_numbers (void)
{
  static const Row rows[] = {
    { "<serial/><serial><target port='3'/></serial><serial/>", ANY, "serial:4:pty:libvirt serial:3:pty:libvirt serial:5:pty:libvirt" },
    { "<console type='host' port='1'/><console type='host' port='1'/><parallel type='host' port='0'/>", ANY, "serial:0:dev:rfc serial:1:dev:rfc parallel:0:dev:rfc" },
    { "<serial/><serial><target port='0'/></serial>", ANY, "serial:1:pty:libvirt serial:0:pty:libvirt" },
    { "<serial><target port='0'/></serial>\n<serial><target type='isa-serial' port='0'/></serial>", ANY, "line 2: <serial>: serial port 0 is that of line 1" },
    { "<serial/><serial type='null'><target type='isa-serial'/></serial>", ANY, "serial:1:pty:libvirt serial:0:null:libvirt" },
    { "<serial><target port='0'/></serial><serial><target type='isa-serial'/></serial>", ANY, "serial:0:pty:libvirt serial:1:pty:libvirt" },
    { "<serial type='null'><target type='usb-serial'/></serial><serial><target type='isa-serial'/></serial>", ANY, "serial:1:null:libvirt serial:0:pty:libvirt" },
    { "<serial><target type='isa-serial'/></serial><serial type='null'><target type='pci-serial'/></serial><serial><target type='isa-serial'/></serial>",
      ANY, "serial:0:pty:libvirt serial:2:null:libvirt serial:1:pty:libvirt" },
    { "<serial/><serial><target type='pci-serial'/></serial><serial/>", ANY, "serial:0:pty:libvirt serial:1:pty:libvirt serial:2:pty:libvirt" },
    { "<serial type='null'><target type='usb-serial' port='0'/></serial><serial><target type='isa-serial' port='0'/></serial>", ANY,
      "serial:0:null:libvirt serial:0:pty:libvirt" },
    { "<serial><target type='usb-serial' port='0'/></serial>\n<serial><target type='usb-serial' port='0'/></serial>", ANY,
      "line 2: <serial>: usb-serial port 0 is that of line 1" },
    { "<parallel type='null'/><parallel/><parallel type='vc'><target port='1'/></parallel>", ANY, "parallel:0:null:libvirt parallel:2:pty:libvirt parallel:1:vc:libvirt" },
    { "<parallel type='null'><target port='0'/></parallel><parallel><target port='0'/></parallel>", ANY, "parallel:0:null:libvirt parallel:1:pty:libvirt" },
    { "<parallel/>\n<parallel><target port='1'/></parallel>\n<parallel><target port='1'/></parallel>", ANY, "line 3: <parallel>: parallel port 1 is that of line 2" },
    { "<serial><target port='255'/></serial>\n<serial/>", ANY, "line 2: <serial>: no port is left behind the last, 255" },
    { "<channel type='pty'><target type='virtio' name='a'/></channel>\n<channel type='null'><target type='virtio' name='a'/></channel>",
      ANY, "line 2: <channel type='null'>: the name 'a' is that of line 1" },
    { "<serial type='unix'><source mode='bind' path='/a'/></serial>\n<channel type='unix'><source mode='bind' path='/a'/><target type='xen' name='n'/></channel>",
      ANY, "line 2: <channel type='unix'>: the socket '/a' is that of line 1, too" },
    { "<serial type='unix'><source path='/a'/></serial><serial type='unix'><source path='/a'/></serial>", ANY, "serial:0:unix:libvirt serial:1:unix:libvirt" },
    { "<console type='tcp'><listen port='80'/></console>\n<console type='telnet'><listen addr='' port='080'/></console>", ANY,
      "line 2: <console type='telnet'>: tcp port 80 of '' is that of line 1, too" },
    { "<console type='tcp'><listen port='0'/></console><console type='tcp'><listen port='0'/></console>", ANY, "serial:0:tcp:rfc serial:1:tcp:rfc" },
    { "<console type='udp'><sendto port='1'/><bind port='9'/></console>\n<console type='udp'><sendto port='2'/><bind port='9'/></console>", ANY,
      "line 2: <console type='udp'>: udp port 9 of '' is that of line 1, too" },
    { "<serial><alias name='a'/></serial>\n<parallel><alias name='a'/></parallel>", ANY, "line 2: <parallel>: the alias 'a' is that of line 1" },
    { "<channel><target type='virtio'/><address type='virtio-serial' port='1'/></channel>\n"
      "<channel><target type='virtio'/><address type='virtio-serial' controller='0' port='1'/></channel>", ANY,
      "line 2: <channel>: port 1 of virtio-serial0.0 is that of line 1" },
  };

  check (rows, G_N_ELEMENTS (rows));
}

static void
test_errors (void)
{
#define SOURCE(kind, attributes) "<serial type='" kind "'>\n\n<source " attributes "/></serial>"
  static const Row rows[] = {
    { "\n<serial\n  type='x'\n/>", ANY, "line 2: <serial type='x'>: libvirt's types are" },
    { SOURCE ("file", ""), ANY, "line 3: <source> without the attribute 'path': it has to be there" },
    { SOURCE ("file", "path='a/b'"), ANY, "line 3: <source path='a/b'>: the path has to be absolute" },
    { SOURCE ("file", "path='/a&#10;b'"), ANY, "control characters" },
    { SOURCE ("file", "path='/a' append='yes'"), ANY, "<source append='yes'>: it is 'on' or 'off'" },
    { SOURCE ("tcp", "host='h' service='0'"), ANY, "<source service='0'>: a port is a number from 1" },
    { SOURCE ("tcp", "host='h' service='65536'"), ANY, "<source service='65536'>" },
    { SOURCE ("tcp", "host='h' service='+1'"), ANY, "<source service='+1'>" },
    { SOURCE ("tcp", "host='h' service='1a'"), ANY, "<source service='1a'>" },
    { SOURCE ("tcp", "host='h' service=''"), ANY, "<source service=''>" },
    { SOURCE ("tcp", "service='1'"), ANY, "without the attribute 'host'" },
    { SOURCE ("tcp", "host='h/1' service='1'"), ANY, "<source host='h/1'>: this is neither" },
    { SOURCE ("tcp", "host='a b' service='1'"), ANY, "<source host='a b'>" },
    { SOURCE ("tcp", "host='1.2.3.256' service='1'"), ANY, "<source host='1.2.3.256'>" },
    { SOURCE ("tcp", "host='::g' service='1'"), ANY, "<source host='::g'>" },
    { SOURCE ("tcp", "host='h' service='1' mode='listen'"), ANY, "it is 'bind' or 'connect'" },
    { SOURCE ("udp", "mode='bind' service='1'"), ANY, "needs a <source mode='connect'>" },
    { SOURCE ("unix", "mode='bind'"), ANY, "without the attribute 'path'" },
    { SOURCE ("spiceport", ""), ANY, "without the attribute 'channel'" },
    { "<serial type='tcp'><source host='h' service='1'/><protocol type='tls'/></serial>", ANY, "it is 'telnet' or 'raw'" },
    { "<serial type='tcp'><source mode='bind' host='h' service='1'>\n<reconnect enabled='yes' timeout='1'/></source></serial>", ANY,
      "line 2: <reconnect>: only mode='connect'" },
    { "<serial type='unix'><source path='/a'><reconnect enabled='yes'/></source></serial>", ANY, "<reconnect> without the attribute 'timeout'" },
    { "<serial><alias name='0'/></serial>", ANY, "<alias name='0'>" },
    { "<serial><alias name='a,b'/></serial>", ANY, "<alias name='a,b'>" },
    { "<serial><log file='l'/></serial>", ANY, "<log file='l'>" },
    { "<channel type='pty'/>", ANY, "it needs a <target>" },
    { "<channel type='pty'><target name='n'/></channel>", ANY, "without the attribute 'type'" },
    { "<channel><target type='virtio'/><address type='virtio-serial' port='31'/></channel>", ANY, "a number from 0 to 30" },
    { SOURCE ("dev", "path='COM0'"), ANY, "<source path='COM0'>: the path has to be absolute" },
    { SOURCE ("dev", "path='COM256'"), ANY, "<source path='COM256'>" },
    { SOURCE ("dev", "path='COM1,x'"), ANY, "<source path='COM1,x'>" },
    { SOURCE ("file", "path='COM1'"), ANY, "<source path='COM1'>" },
    { "<parallel>\n<target type='usb' port='0'/></parallel>", ANY, "line 2: <target type='usb'>: parallel ports are of one type" },
    { "<serial>\n<address type='isa' iobase='0x3f8,a=1'/></serial>", ANY, "line 2: <address iobase='0x3f8,a=1'>: it is a hexadecimal number" },
    { "<serial><address type='isa' iobase='0x10000'/></serial>", ANY, "<address iobase='0x10000'>: it is a hexadecimal number from 0x0 to 0xffff" },
    { "<serial><address type='isa' iobase='-1'/></serial>", ANY, "<address iobase='-1'>" },
    { "<serial><address type='isa' iobase='0x'/></serial>", ANY, "<address iobase='0x'>" },
    { "<serial><address type='isa' iobase=''/></serial>", ANY, "<address iobase=''>" },
    { "<serial><address type='isa' iobase='99999999999999999999'/></serial>", ANY, "<address iobase='99999999999999999999'>" },
    { "<parallel><address type='isa' irq='10'/></parallel>", ANY, "<address irq='10'>: it is a hexadecimal number from 0x0 to 0xf" },
    { "<serial><address type='spapr-vio' reg='0x100000000'/></serial>", ANY, "<address reg='0x100000000'>" },
    { "<console type='host'/>", ANY, "<console> without the attribute 'port'" },
    { "<console type='host' port='-1'/>", ANY, "<console port='-1'>" },
    { "<console type='tcp'>\n<listen port='1'><nowiat/></listen></console>", ANY, "line 2: <nowiat> in <listen>" },
    { "<console type='tcp'>\n<connect port='1'><nowait/></connect></console>", ANY, "line 2: <nowait> in <connect>" },
    { "<console type='tcp'><listen port='1' prot='1'/></console>", ANY, "line 1: the attribute 'prot' of <listen>" },
    { "<console type='tcp'><listen port='1'/><connect port='1'/></console>", ANY, "one of <listen> and <connect>" },
    { "<console type='telnet'><listen path='/x'/></console>", ANY, "<listen> without the attribute 'port'" },
    { "<console type='udp'><bind port='1'/></console>", ANY, "udp needs <sendto" },
    { "<console type='vc' path='/x'/>", ANY, "the attribute 'path' of <console>" },
  };

  check (rows, G_N_ELEMENTS (rows));
}

static char *
repeat (const char *text, guint count)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < count; i++)
    g_string_append (all, text);
  return g_string_free (all, FALSE);
}

static void
check_bound (const char *before, const char *text, guint count, const char *after, const char *expected)
{
  g_autofree char *inner = repeat (text, count);
  g_autofree char *xml = g_strconcat (before, inner, after, NULL);
  const Row row = { xml, ANY, expected };

  check (&row, 1);
}

static void
test_bounds (void)
{
  check_bound ("", "<parallel/>", GW_CHARDEVS_MAX + 1, "", "too many devices");
  check_bound ("<serial>", "<a/>", GW_CHARDEV_CHILDREN_MAX + 1, "</serial>", "too many elements in one");
  check_bound ("<serial>", "<a>", GW_CHARDEV_DEPTH_MAX, "", "too deep");
  check_bound ("<domain>", "<a>", GW_CHARDEV_OUTER_DEPTH_MAX, "", "too deep");
  check_bound ("<serial type='", "x", GW_CHARDEV_TEXT_MAX + 1, "'/>", "too many bytes in an attribute");
  check_bound ("<serial ", "", 0, "a0='' a1='' a2='' a3='' a4='' a5='' a6='' a7='' a8='' a9='' b0='' b1='' b2='' b3='' b4='' b5='' b6='' b7='' "
               "b8='' b9='' c0='' c1='' c2='' c3='' c4='' c5='' c6='' c7='' c8='' c9='' d0='' d1='' d2=''/>", "too many attributes");
  check_bound ("<serial type='unix'><source path='/", "x", GW_CHARDEV_SOCKET_PATH_MAX, "'/></serial>", "107 bytes at most, and this one has 108");
  check_bound ("<serial type='unix'><source path='/", "x", GW_CHARDEV_SOCKET_PATH_MAX - 1, "'/></serial>", "serial:0:unix:libvirt");
  check_bound ("<serial type='tcp'><source service='1' host='", "x", GW_CHARDEV_HOST_MAX + 1, "'/></serial>", "neither an address");
  check_bound ("", " ", GW_DOMAIN_XML_MAX + 1, "", "XML with more than");
}

static void
test_nul (void)
{
  static const char text[] = "<serial type='file'>\n<source path='/etc/x\0/b'/></serial>";
  g_autoptr (GError) error = NULL;

  g_assert_null (gw_chardev_read_xml (text, sizeof text - 1, ANY, &error));
  g_assert_error (error, GW_ERROR, GW_ERROR_INVALID_XML);
  g_assert_cmpstr (error->message, ==, "line 2: XML has no NUL");
}

/* What was written stands on the device. */
static void
test_getters (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices
    = gw_chardev_read_xml ("<channel type='tcp'>\n<source mode='bind' host='[::1]' service='080' tls='yes'/><protocol type='telnet'/>"
                           "<log file='/l' append='on'/><target type='virtio' name='n' state='connected'/><alias name='ch0'/>"
                           "<address type='virtio-serial' controller='1' bus='0' port='2'/></channel>", -1, ANY, &error);
  guint controller, bus, port;
  GwChardev *device;

  g_assert_no_error (error);
  device = g_ptr_array_index (devices, 0);
  g_assert_cmpint (gw_chardev_get_device (device), ==, GW_CHARDEV_DEVICE_CHANNEL);
  g_assert_cmpint (gw_chardev_get_kind (device), ==, GW_CHARDEV_KIND_TCP);
  g_assert_cmpint (gw_chardev_get_mode (device), ==, GW_CHARDEV_MODE_BIND);
  g_assert_cmpint (gw_chardev_get_tls (device), ==, GW_CHARDEV_SWITCH_ON);
  g_assert_cmpint (gw_chardev_get_log_append (device), ==, GW_CHARDEV_SWITCH_ON);
  g_assert_cmpint (gw_chardev_get_append (device), ==, GW_CHARDEV_SWITCH_UNSET);
  g_assert_cmpuint (gw_chardev_get_line (device), ==, 1);
  g_assert_cmpstr (gw_chardev_get_host (device), ==, "::1");
  g_assert_cmpstr (gw_chardev_get_service (device), ==, "80");
  g_assert_cmpstr (gw_chardev_get_log_path (device), ==, "/l");
  g_assert_cmpstr (gw_chardev_get_target_type (device), ==, "virtio");
  g_assert_cmpstr (gw_chardev_get_target_name (device), ==, "n");
  g_assert_cmpstr (gw_chardev_get_alias (device), ==, "ch0");
  g_assert_true (gw_chardev_get_telnet (device));
  g_assert_false (gw_chardev_get_wait (device));
  g_assert_cmpint (gw_chardev_get_reconnect (device), ==, -1);
  g_assert_true (gw_chardev_get_virtio_address (device, &controller, &bus, &port));
  g_assert_cmpuint (controller * 100 + bus * 10 + port, ==, 102);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chardev/forms", test_forms);
  g_test_add_func ("/chardev/places", test_places);
  g_test_add_func ("/chardev/consoles", test_consoles);
  g_test_add_func ("/chardev/numbers", test_numbers);
  g_test_add_func ("/chardev/errors", test_errors);
  g_test_add_func ("/chardev/bounds", test_bounds);
  g_test_add_func ("/chardev/nul", test_nul);
  g_test_add_func ("/chardev/getters", test_getters);
  return g_test_run ();
}
