/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each kind of character device, as libvirt, QEMU and xl have it. */

#include <string.h>

#include "gw-chardev.h"
#include "gw-error.h"

#define ISA " -device isa-serial,chardev=charserial0,id=serial0,index=0"

/* What -chardev A gives a serial port, in all three forms. What begins with "!"
 * is part of an error. */
typedef struct
{
  const char *xml;
  const char *chardev;
  const char *serial; /* xl's */
  const char *libvirt; /* between the element's tags; NULL: as it was */
} Row;

static const Row rows[] = {
  { "<serial type='null'>", "null,id=charserial0", "null", "" },
  { "<serial type='vc'>", "vc,id=charserial0", "vc", "" },
  { "<serial type='pty'>", "pty,id=charserial0", "pty", "" },
  { "<serial>", "pty,id=charserial0", "pty", "" },
  { "<serial type='stdio'>", "stdio,id=charserial0", "stdio", "" },
  { "<serial type='dev'><source path='/dev/ttyS1'/>", "serial,id=charserial0,path=/dev/ttyS1", "/dev/ttyS1", NULL },
  { "<serial type='file'><source path='/a,b'/>", "file,id=charserial0,path=/a,,b", "file:/a,b", NULL },
  { "<serial type='file'><source path='/a=b' append='on'/>", "file,id=charserial0,path=/a=b,append=on", "!append='on'", NULL },
  { "<serial type='file'><source path='/a' append='off'/>", "file,id=charserial0,path=/a,append=off", "file:/a", NULL },
  { "<serial type='pipe'><source path='/p'/>", "pipe,id=charserial0,path=/p", "pipe:/p", NULL },
  { "<serial type='unix'><source mode='bind' path='/s'/>", "socket,id=charserial0,path=/s,server=on,wait=off", "unix:/s,server,nowait", NULL },
  { "<serial type='unix'><source mode='connect' path='/s,t'/>", "socket,id=charserial0,path=/s,,t", "unix:/s,,t", NULL },
  { "<serial type='unix'><source mode='connect' path='/s=t'/>", "socket,id=charserial0,path=/s=t", "!'='", NULL },
  { "<serial type='unix'><source mode='connect' path='/s'><reconnect enabled='yes' timeout='2'/></source>",
    "socket,id=charserial0,path=/s,reconnect-ms=2000", "!<reconnect>", NULL },
  { "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='445'/><protocol type='raw'/>",
    "socket,id=charserial0,host=127.0.0.1,port=445,server=on,wait=off", "tcp:127.0.0.1:445,server,nowait", NULL },
  { "<serial type='tcp'><source mode='bind' host='' service='445'/>",
    "socket,id=charserial0,host=,port=445,server=on,wait=off", "tcp::445,server,nowait",
    "<source mode='bind' host='' service='445'/><protocol type='raw'/>" },
  { "<serial type='tcp'><source mode='connect' host='a.example' service='telnet'/><protocol type='telnet'/>",
    "socket,id=charserial0,host=a.example,port=telnet,telnet=on", "telnet:a.example:telnet", NULL },
  { "<serial type='tcp'><source mode='bind' host='h' service='1'/><protocol type='telnet'/><log file='/l,' append='off'/>",
    "socket,id=charserial0,host=h,port=1,telnet=on,server=on,wait=off,logfile=/l,,,logappend=off", "!<log>", NULL },
  { "<serial type='tcp'><source host='::1' service='1' tls='no'><reconnect enabled='no'/></source>",
    "socket,id=charserial0,host=::1,port=1,reconnect-ms=0", "!<reconnect>",
    "<source mode='connect' host='::1' service='1' tls='no'><reconnect enabled='no'/></source><protocol type='raw'/>" },
  { "<serial type='tcp'><source mode='bind' host='[fe80::1%eth0]' service='00080'/>",
    "socket,id=charserial0,host=fe80::1%eth0,port=80,server=on,wait=off", "!IPv6",
    "<source mode='bind' host='fe80::1%eth0' service='80'/><protocol type='raw'/>" },
  { "<serial type='udp'><source mode='bind' host='b' service='2'/><source mode='connect' host='h' service='1'/>",
    "udp,id=charserial0,host=h,port=1,localaddr=b,localport=2", "udp:h:1@b:2", NULL },
  { "<serial type='udp'><source mode='connect' service='1'/>", "udp,id=charserial0,host=,port=1,localaddr=,localport=0", "udp::1", NULL },
  { "<serial type='spiceport'><source channel='org.x'/>", "spiceport,id=charserial0,name=org.x", "!-chardev", NULL },
  { "<serial type='dbus'><source channel='org.x'/>", "dbus,id=charserial0,name=org.x", "!-chardev", NULL },
  { "<serial type='nmdm'><source master='/dev/nmdm0A' slave='/dev/nmdm0B'/>", "!bhyve", "!bhyve", NULL },
  /* The RFC's */
  { "<console type='host' port='3'>", "serial,id=charserial0,path=/dev/ttyS3", "/dev/ttyS3", "<source path='/dev/ttyS3'/>" },
  { "<console pty='/dev/pts/5'>", "pty,id=charserial0", "pty", "<source path='/dev/pts/5'/>" },
  { "<console type='file' path='/f'>", "file,id=charserial0,path=/f", "file:/f", "<source path='/f'/>" },
  { "<console type='pipe' path='/f'>", "pipe,id=charserial0,path=/f", "pipe:/f", "<source path='/f'/>" },
  { "<console type='udp'><sendto addr='' port='9'/><bind port='8'/>", "udp,id=charserial0,host=,port=9,localaddr=,localport=8", "udp::9@:8",
    "<source mode='bind' service='8'/><source mode='connect' host='' service='9'/>" },
  { "<console type='udp'><sendto addr='h' port='9'/>", "udp,id=charserial0,host=h,port=9,localaddr=,localport=0", "udp:h:9",
    "<source mode='connect' host='h' service='9'/>" },
  { "<console type='tcp'><listen addr='127.0.0.1' port='12356'><nowait/><nodelay/></listen>",
    "socket,id=charserial0,host=127.0.0.1,port=12356,server=on,wait=off,nodelay=on", "tcp:127.0.0.1:12356,server,nowait,nodelay",
    "!no place for <nodelay/>" },
  { "<console type='tcp'><listen addr='h' port='1'/>", "socket,id=charserial0,host=h,port=1,server=on,wait=on", "tcp:h:1,server", "!<nowait/>" },
  { "<console type='tcp'><connect port='1'/>", "socket,id=charserial0,host=localhost,port=1", "tcp::1",
    "<source mode='connect' host='localhost' service='1'/><protocol type='raw'/>" },
  { "<console type='tcp'><listen path='/s'><nowait/></listen>", "socket,id=charserial0,path=/s,server=on,wait=off", "unix:/s,server,nowait",
    "<source mode='bind' path='/s'/>" },
  { "<console type='telnet'><connect addr='h' port='1'><nodelay/></connect>", "socket,id=charserial0,host=h,port=1,telnet=on,nodelay=on",
    "telnet:h:1,nodelay", "!no place for <nodelay/>" },
};

/* --- What is the same --------------------------------------------------- */

static GPtrArray *
read_xml (const char *xml)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *devices = gw_chardev_read_xml (xml, -1, GW_CHARDEV_FORM_ANY, &error);

  g_assert_no_error (error);
  return devices;
}

static void
check (const char *xml, const char *result, const GError *error, const char *expected)
{
  if (*expected == '!' ? result == NULL && strstr (error->message, expected + 1) != NULL : g_strcmp0 (result, expected) == 0)
    return;
  g_test_message ("%s: %s, not %s", xml, result != NULL ? result : error->message, expected);
  g_test_fail ();
}

static void
check_qemu (const char *xml, const char *version, GwChardevWriteFlags flags, const char *expected)
{
  g_autoptr (GPtrArray) devices = read_xml (xml);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = gw_chardev_write_qemu (devices, version, flags, NULL, &error);
  g_autofree char *line = words != NULL ? g_strjoinv (" ", words) : NULL;

  check (xml, line, error, expected);
}

static void
check_xl (const char *xml, const char *version, const char *expected)
{
  g_autoptr (GPtrArray) devices = read_xml (xml);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = gw_chardev_write_xl (devices, version, GW_CHARDEV_WRITE_DEFAULT, NULL, &error);

  check (xml, text, error, expected);
}

/* Without the blanks of lines. */
static char *
write_flat (GPtrArray *devices, GError **error)
{
  g_autofree char *text = gw_chardev_write_xml (devices, GW_CHARDEV_WRITE_DEFAULT, NULL, error);
  g_auto (GStrv) lines = text != NULL ? g_strsplit (text, "\n", -1) : NULL;

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  return lines != NULL ? g_strjoinv ("", lines) : NULL;
}

static void
check_xml (const char *xml, const char *expected)
{
  g_autoptr (GPtrArray) devices = read_xml (xml);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = write_flat (devices, &error);

  check (xml, text, error, expected);
  if (text != NULL)
    {
      g_autoptr (GPtrArray) again = read_xml (text);
      g_autofree char *second = write_flat (again, NULL);

      g_assert_cmpstr (second, ==, text);
    }
}

/* --- Tests -------------------------------------------------------------- */

static char *
close_tag (const Row *row)
{
  return g_strdup_printf ("%s</%s>", row->xml, row->xml[1] == 'c' ? "console" : "serial");
}

static void
test_rows_for_qemu (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *xml = close_tag (&rows[i]);
      g_autofree char *expected = *rows[i].chardev == '!' ? g_strdup (rows[i].chardev) : g_strdup_printf ("-chardev %s" ISA, rows[i].chardev);

      check_qemu (xml, NULL, GW_CHARDEV_WRITE_DEFAULT, expected);
    }
}

static void
test_rows_for_xl (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *xml = close_tag (&rows[i]);
      g_autofree char *expected = *rows[i].serial == '!' ? g_strdup (rows[i].serial) : g_strdup_printf ("serial = \"%s\"\n", rows[i].serial);

      check_xl (xml, NULL, expected);
    }
}

static const char *
kind_of (GPtrArray *devices)
{
  return gw_chardev_get_kind_name (g_ptr_array_index (devices, 0));
}

static void
test_rows_for_libvirt (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const char *inner = rows[i].libvirt != NULL ? rows[i].libvirt : strchr (rows[i].xml, '>') + 1;
      g_autofree char *xml = close_tag (&rows[i]);
      g_autoptr (GPtrArray) devices = read_xml (xml);
      g_autofree char *expected = *inner == '!' ? g_strdup (inner) : NULL;
      const char *log = strstr (inner, "<log");

      if (expected == NULL)
        expected = g_strdup_printf ("<serial type='%s'>%.*s%s<target port='0'/></serial>", kind_of (devices),
                                    (int) (log != NULL ? (gsize) (log - inner) : strlen (inner)), inner, log != NULL ? log : "");
      check_xml (xml, expected);
    }
}

static void
test_other_devices_for_qemu (void)
{
  static const struct
  {
    const char *xml;
    const char *expected;
  } others[] = {
    { "<parallel type='host' port='2'/>", "-chardev parallel,id=charparallel0,path=/dev/parport2 -device isa-parallel,chardev=charparallel0,id=parallel0,index=0" },
    { "<parallel type='pty'><target port='1'/><address type='isa' iobase='0x378' irq='7'/></parallel>",
      "-chardev pty,id=charparallel0 -device isa-parallel,chardev=charparallel0,id=parallel0,index=1,iobase=0x378,irq=0x7" },
    { "<serial type='null'><address type='isa' iobase='2E8' irq='0Xa'/></serial>", "-chardev null,id=charserial0" ISA ",iobase=0x2e8,irq=0xa" },
    { "<serial type='null'><target type='isa-debug'/><address type='isa' iobase='0x402'/></serial>",
      "-chardev null,id=charserial0 -device isa-debugcon,chardev=charserial0,id=serial0,iobase=0x402" },
    { "<serial type='null'><target type='isa-debug'/><address type='isa' iobase='0x402' irq='0x4'/></serial>", "!has no irq" },
    { "<serial type='null'><target type='spapr-vio-serial'/><address type='spapr-vio' reg='30000000'/></serial>",
      "-chardev null,id=charserial0 -device spapr-vty,chardev=charserial0,id=serial0,reg=0x30000000" },
    { "<parallel type='null'><target port='3'/></parallel>", "!3 parallel ports" },
    { "<serial type='null'><target type='usb-serial' port='0'/></serial>", "-chardev null,id=charserial0 -device usb-serial,chardev=charserial0,id=serial0" },
    { "<serial type='null'><target type='system-serial'/><alias name='ua-x'/></serial>", "-chardev null,id=charua-x -serial chardev:charua-x" },
    { "<serial type='null'><target type='pci-serial' port='0'/></serial><serial type='pty'><target type='isa-serial' port='0'/></serial>",
      "-chardev null,id=charserial0 -device pci-serial,chardev=charserial0,id=serial0 "
      "-chardev pty,id=charserial1 -device isa-serial,chardev=charserial1,id=serial1,index=0" },
    { "<serial type='pty'><target type='system-serial' port='1'/></serial><serial type='null'><target type='system-serial' port='0'/></serial>",
      "-chardev pty,id=charserial0 -chardev null,id=charserial1 -serial chardev:charserial1 -serial chardev:charserial0" },
    { "<serial type='null'><target type='system-serial'/></serial>\n<serial type='null'/>", "!line 2: <serial type='null'>: a machine has ports" },
    { "<serial type='null'><target type='pci-serial'/><address type='pci' slot='0x3'/></serial>", "!depends on the machine" },
    { "<serial type='null'><target type='isa-serial'><model name='isa-serial'/></target></serial>", "-chardev null,id=charserial0" ISA },
    { "<serial type='null'><target type='isa-serial'><model name='pci-serial'/></target></serial>", "!'isa-serial' is of no model 'pci-serial'" },
    { "<serial type='null'><target type='sclp-serial'><model name='sclplmconsole'/></target></serial>",
      "-chardev null,id=charserial0 -device sclplmconsole,chardev=charserial0,id=serial0" },
    { "<serial type='null'><target type='system-serial'/><address type='isa' iobase='0x1'/></serial>", "!system-serial has no <address>" },
    { "<serial type='null'><target type='floppy'/></serial>", "!no kind of serial port" },
    { "<console type='null'><target type='virtio'/></console>",
      "-chardev null,id=charconsole0 -device virtio-serial-pci,id=virtio-serial0 "
      "-device virtconsole,bus=virtio-serial0.0,nr=0,chardev=charconsole0,id=console0" },
    { "<console type='pty'><target type='xen'/></console>", "!no console of type 'xen'" },
    { "<channel type='null'><target type='xen' name='n'/></channel>", "!type='virtio'" },
    { "<channel type='unix'><target type='virtio' name='n'/></channel>", "!libvirt makes one up" },
    { "<channel type='null'><target type='guestfwd' address='host.example' port='4600'/></channel>", "!IPv4" },
    { "<channel type='null'><target type='guestfwd' address='10.0.2.1' port='4600'/></channel>",
      "-chardev null,id=charchannel0 -netdev user,id=channel0,guestfwd=tcp:10.0.2.1:4600-chardev:charchannel0" },
    { "<channel type='spicevmc'><target type='virtio'/></channel>",
      "-chardev spicevmc,id=charchannel0,name=vdagent -device virtio-serial-pci,id=virtio-serial0 "
      "-device virtserialport,bus=virtio-serial0.0,nr=1,chardev=charchannel0,id=channel0,name=com.redhat.spice.0" },
    { "<channel type='qemu-vdagent'><source><clipboard copypaste='yes'/><mouse mode='server'/></source><target type='virtio' name='a,b'/>"
      "<address type='virtio-serial' controller='1' bus='0' port='30'/></channel>",
      "-chardev qemu-vdagent,id=charchannel0,name=vdagent,clipboard=on,mouse=off -device virtio-serial-pci,id=virtio-serial1 "
      "-device virtserialport,bus=virtio-serial1.0,nr=30,chardev=charchannel0,id=channel0,name=a,,b" },
    { "<channel type='null'><target type='virtio'/><address type='virtio-serial' port='0'/></channel>", "!for a console" },
    { "<channel type='null'><target type='virtio'/><address type='virtio-serial' bus='1' port='1'/></channel>", "!one bus" },
    { "<channel type='null'><target type='virtio'/><address type='virtio-serial' port='1'/></channel><channel type='null'><target type='virtio'/></channel>",
      "-chardev null,id=charchannel0 -device virtio-serial-pci,id=virtio-serial0 "
      "-device virtserialport,bus=virtio-serial0.0,nr=1,chardev=charchannel0,id=channel0 -chardev null,id=charchannel1 "
      "-device virtserialport,bus=virtio-serial0.0,nr=2,chardev=charchannel1,id=channel1" },
    { "<channel type='null'><target type='virtio'/></channel>\n<serial type='null'><alias name='virtio-serial0'/></serial>",
      "!line 2: <serial type='null'>: the alias 'virtio-serial0' is that of the controller" },
    { "<serial type='null'><alias name='virtio-serial0'/></serial>",
      "-chardev null,id=charvirtio-serial0 -device isa-serial,chardev=charvirtio-serial0,id=virtio-serial0,index=0" },
    { "<serial type='null'><alias name='serial1'/></serial><serial type='null'/><serial type='null'><alias name='serial0'/></serial>",
      "-chardev null,id=charserial1 -device isa-serial,chardev=charserial1,id=serial1,index=0 "
      "-chardev null,id=charserial2 -device isa-serial,chardev=charserial2,id=serial2,index=1 "
      "-chardev null,id=charserial0 -device isa-serial,chardev=charserial0,id=serial0,index=2" },
    { "<serial type='stdio'/><serial type='stdio'/>", "!that of line 1" },
    { "<serial type='tcp'><source mode='bind' host='h' service='1' tls='yes'/></serial>",
      "-object tls-creds-x509,id=objcharserial0_tls0,dir=/etc/pki/qemu,endpoint=server,verify-peer=on "
      "-chardev socket,id=charserial0,host=h,port=1,server=on,wait=off,tls-creds=objcharserial0_tls0" ISA },
    { "<serial type='pty'/><serial type='pty'/><serial type='pty'/><serial type='pty'/><serial type='pty'/>", "!4 serial ports" },
    { "<serial type='pty'><seclabel model='dac'/></serial>", "!<seclabel> in <serial> is not known" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    check_qemu (others[i].xml, NULL, GW_CHARDEV_WRITE_DEFAULT, others[i].expected);
}

static void
test_versions_of_qemu (void)
{
  static const char tcp[] = "<console type='tcp'><listen addr='h' port='1'><nowait/><nodelay/></listen></console>";
  static const char again[] = "<serial type='tcp'><source host='h' service='1'><reconnect enabled='yes' timeout='5'/></source></serial>";
  static const char dev[] = "<serial type='dev'><source path='/dev/ttyS0'/></serial>";
  static const struct
  {
    const char *version;
    const char *xml;
    const char *expected;
  } versions[] = {
    { "0.8.2", tcp, "!need QEMU 0.9 or newer, and this is 0.8.2" },
    { "0.8.2", "<console type='udp'><sendto addr='h' port='1'/></console>", "!need QEMU 0.9" },
    { "0.8.2", "<console type='telnet'><connect addr='h' port='1'/></console>", "!need QEMU 0.9" },
    { "0.8.2", "<serial type='pty'><target port='2'/></serial>", "-serial none -serial none -serial pty" },
    { "0.9.0", tcp, "-serial tcp:h:1,server,nowait,nodelay" },
    { "0.11.1", "<channel type='pty'><target type='virtio'/></channel>", "!0.12" },
    { "0.12.0", tcp, "-chardev socket,id=charserial0,host=h,port=1,server=on,wait=off,delay=off" ISA },
    { "0.12.0", "<channel type='pty'><target type='virtio'/></channel>", "!virtio-serial needs QEMU 0.13" },
    { "5.2.0", tcp, "-chardev socket,id=charserial0,host=h,port=1,server=on,wait=off,delay=off" ISA },
    { "6.0", tcp, "-chardev socket,id=charserial0,host=h,port=1,server=on,wait=off,nodelay=on" ISA },
    { "1.2.2", "<serial type='null'><target type='pci-serial'/></serial>", "!line 1: <serial type='null'>: pci-serial needs QEMU 1.3 or newer, and this is 1.2.2" },
    { "1.3", "<serial type='null'><target type='pci-serial'/></serial>",
      "-chardev null,id=charserial0 -device pci-serial,chardev=charserial0,id=serial0" },
    { "2.1.0", again, "!<reconnect> needs QEMU 2.2" },
    { "9.1.9", again, "-chardev socket,id=charserial0,host=h,port=1,reconnect=5" ISA },
    { "9.2.0 (Debian 1:9.2)", again, "-chardev socket,id=charserial0,host=h,port=1,reconnect-ms=5000" ISA },
    { "1.4", dev, "-chardev tty,id=charserial0,path=/dev/ttyS0" ISA },
    { "1.5", dev, "-chardev serial,id=charserial0,path=/dev/ttyS0" ISA },
    { "1.4", "<parallel type='host' port='0'/>", "-chardev parport,id=charparallel0,path=/dev/parport0 -device isa-parallel,chardev=charparallel0,id=parallel0,index=0" },
    { "2.5", "<serial type='pty'><log file='/l'/></serial>", "!<log> needs QEMU 2.6" },
    { "2.5", "<serial type='file'><source path='/l' append='on'/></serial>", "!append= needs QEMU 2.6" },
    { "6.2", "<serial type='dbus'><source channel='x'/></serial>", "!needs QEMU 7.0" },
    { "newest", tcp, "!no version" },
    { "7", tcp, "!no version" },
    { "7.2x", tcp, "!no version" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    check_qemu (versions[i].xml, versions[i].version, GW_CHARDEV_WRITE_DEFAULT, versions[i].expected);
}

static void
test_old_style (void)
{
  static const char com[] = "<serial type='dev'><source path='COM2'/></serial>";

  check_qemu ("<serial type='tcp'><source mode='bind' host='h' service='1'/></serial><parallel type='host' port='1'/>", NULL,
              GW_CHARDEV_WRITE_OLD_STYLE, "-serial tcp:h:1,server=on,wait=off -parallel /dev/parport1");
  check_qemu ("<console type='tcp'><listen port='1'><nodelay/></listen></console>", NULL, GW_CHARDEV_WRITE_OLD_STYLE,
              "-serial tcp::1,server=on,wait=on,nodelay=on");
  check_qemu ("<serial type='tcp'><source host='h' service='1'><reconnect enabled='yes' timeout='5'/></source></serial>", "9.1",
              GW_CHARDEV_WRITE_OLD_STYLE, "-serial tcp:h:1,reconnect=5");
  check_qemu ("<console type='host' port='3'/>", NULL, GW_CHARDEV_WRITE_WINDOWS, "-chardev serial,id=charserial0,path=COM3" ISA);
  check_qemu ("<console type='host' port='0'/>", NULL, GW_CHARDEV_WRITE_WINDOWS, "!COM1");
  check_qemu ("<parallel type='host' port='1'/>", NULL, GW_CHARDEV_WRITE_WINDOWS, "!no parallel ports");
  check_qemu (com, NULL, GW_CHARDEV_WRITE_WINDOWS, "-chardev serial,id=charserial0,path=COM2" ISA);
  check_qemu (com, NULL, GW_CHARDEV_WRITE_WINDOWS | GW_CHARDEV_WRITE_OLD_STYLE, "-serial COM2");
  check_qemu (com, NULL, GW_CHARDEV_WRITE_DEFAULT, "!line 1: <serial type='dev'>: 'COM2' is a port of a host with Windows");
  check_xl (com, NULL, "!'COM2' is a port of a host with Windows");
  check_xml (com, "!'COM2' is a port of a host with Windows");
  check_qemu ("<serial type='dev'><source path='/dev/ttyS0'/></serial>", NULL, GW_CHARDEV_WRITE_WINDOWS, "!no port of a host with Windows");
  check_qemu ("<serial type='unix'><source path='/a,b'/></serial>", "0.10.0", GW_CHARDEV_WRITE_DEFAULT, "!','");
  check_qemu ("<serial type='dev'><source path='/home/x'/></serial>", NULL, GW_CHARDEV_WRITE_OLD_STYLE, "!in /dev");
  check_qemu ("<serial type='tcp'><source host='h' service='1' tls='yes'/></serial>", NULL,
              GW_CHARDEV_WRITE_OLD_STYLE | GW_CHARDEV_WRITE_LOSSY, "!TLS");
}

static void
test_other_devices_for_xl (void)
{
#define CHANNEL(kind, source, name) "<channel type='" kind "'>" source "<target type='xen' name='" name "'/></channel>"
  static const struct
  {
    const char *version;
    const char *xml;
    const char *expected;
  } others[] = {
    { NULL, CHANNEL ("pty", "", "org.x.0"), "channel = [ \"name=org.x.0,connection=pty\" ]\n" },
    { "4.5", CHANNEL ("unix", "<source mode='bind' path='/run/x.sock'/>", "a") CHANNEL ("pty", "", "b"),
      "channel = [ \"name=a,connection=socket,path=/run/x.sock\", \"name=b,connection=pty\" ]\n" },
    { "4.4.1", CHANNEL ("pty", "", "a"), "!channels need Xen 4.5" },
    { NULL, CHANNEL ("unix", "<source mode='connect' path='/run/x.sock'/>", "a"), "!mode='bind'" },
    { NULL, CHANNEL ("unix", "", "a"), "!no path" },
    { NULL, CHANNEL ("tcp", "<source host='h' service='1'/>", "a"), "!and not tcp" },
    { NULL, CHANNEL ("udp", "<source service='1'/>", "a"), "!and not udp" },
    { NULL, CHANNEL ("unix", "<source mode='bind' path='/run/a,b'/>", "a"), "!cannot carry" },
    { NULL, CHANNEL ("unix", "<source mode='bind' path='/run/a=b'/>", "a"), "!cannot carry" },
    { NULL, CHANNEL ("pty", "", "a&quot;"), "!cannot carry" },
    { NULL, CHANNEL ("pty", "", " a"), "!blanks" },
    { NULL, "<channel type='pty'><target type='virtio' name='a'/></channel>", "!type='xen'" },
    { NULL, "<serial type='null'><target type='usb-serial' port='0'/></serial><serial type='pty'><target type='isa-serial' port='0'/></serial>",
      "!line 1: <serial type='null'>: Xen has no serial port of type 'usb-serial'" },
    { NULL, "<parallel type='pty'/>", "!no parallel ports" },
    { NULL, "<console type='pty'><target type='xen' port='0'/></console>", "" },
    { NULL, "<console type='unix'><source mode='bind' path='/x'/><target type='xen'/></console>", "!one console" },
    { NULL, "<console type='pty'><target type='xen'/></console>\n<console type='pty'><target type='xen'/></console>",
      "!line 2: <console type='pty'>: xl gives a domain one console, and this is number 1: make it a <channel>" },
    { NULL, "<serial type='file'><source path='/a&quot;b'/></serial>", "!cannot carry" },
    { NULL, "<serial type='file'><source path='/a\\x41'/></serial>", "!cannot carry" },
    { NULL, CHANNEL ("pty", "", "a\\x41"), "!cannot carry" },
    { NULL, "<serial type='stdio'/><serial type='stdio'/>", "!standard input" },
    { NULL, "<serial type='dev'><source path='/dev/parport0'/></serial>", "!taken for a parallel port" },
    { NULL, "<console type='pty'><log file='/l'/><target type='xen'/></console>", "!no place for <log>" },
    { NULL, "<serial type='pty'><target port='0'/></serial><serial type='null'><target port='2'/></serial>", "serial = [ \"pty\", \"none\", \"null\" ]\n" },
    { "4.4", "<serial type='pty'/><serial type='null'/>", "!several serial ports need Xen 4.5" },
    { "4.4", "<serial type='pty'/>", "serial = \"pty\"\n" },
    { NULL, "<serial type='pty'><target port='4'/></serial>", "!4 serial ports" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    check_xl (others[i].xml, others[i].version, others[i].expected);
}

/* Whatever libvirt says of a device is there again. */
static void
test_libvirt_again (void)
{
  static const char *const texts[] = {
    ("<serial type='pty'><target type='isa-serial' port='1'><model name='isa-serial'/></target><alias name='ua-a'/>"
     "<address type='isa' iobase='0x3f8' irq='0x4'/></serial>"),
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/><address type='virtio-serial' controller='0' bus='0' port='1'/></channel>",
    "<channel type='qemu-vdagent'><source><clipboard copypaste='no'/><mouse mode='client'/></source><target type='virtio'/></channel>",
    "<channel type='null'><target type='guestfwd' address='10.0.2.1' port='4600'/></channel>",
    "<console type='pty'><target type='xen' port='0'/></console>",
    "<console type='file'><source path='/a&amp;b&apos;'/><log file='/l' append='on'/><target type='virtio' port='0'/></console>",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    check_xml (texts[i], texts[i]);
}

static void
test_left_out (void)
{
  g_autoptr (GPtrArray) devices = read_xml ("<console type='tcp'><listen port='1'><nodelay/></listen></console>");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) notes = NULL;
  g_autofree char *text = gw_chardev_write_xml (devices, GW_CHARDEV_WRITE_DEFAULT, NULL, &error);

  g_assert_null (text);
  g_assert_error (error, GW_ERROR, GW_ERROR_LOSSY);
  text = gw_chardev_write_xml (devices, GW_CHARDEV_WRITE_LOSSY, &notes, NULL);
  g_assert_nonnull (text);
  g_assert_cmpuint (g_strv_length (notes), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chardev/rows-for-qemu", test_rows_for_qemu);
  g_test_add_func ("/chardev/rows-for-xl", test_rows_for_xl);
  g_test_add_func ("/chardev/rows-for-libvirt", test_rows_for_libvirt);
  g_test_add_func ("/chardev/other-devices-for-qemu", test_other_devices_for_qemu);
  g_test_add_func ("/chardev/versions-of-qemu", test_versions_of_qemu);
  g_test_add_func ("/chardev/old-style", test_old_style);
  g_test_add_func ("/chardev/other-devices-for-xl", test_other_devices_for_xl);
  g_test_add_func ("/chardev/libvirts-xml-again", test_libvirt_again);
  g_test_add_func ("/chardev/what-is-left-out-is-told", test_left_out);
  return g_test_run ();
}
