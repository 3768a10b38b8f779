# SPDX-License-Identifier: LGPL-2.1-or-later
"""Character devices of every kind, as XML, with what must be there before a QEMU opens them.

In the XML stand {folder}, a directory; {listener} and {unused}, TCP ports of 127.0.0.1 of which one is listened on; {socket},
a unix socket that is listened on; {tty}, a terminal in place of a serial port; {pipe}, two FIFOs.
"""

import contextlib
import os
import pty
import socket


class Row:
    """@libvirt: whether libvirt's XML has a place for all of it; @needs: more words for QEMU; @old_style: whether -serial
    and -parallel can say it;
    is_port: whether it is one serial port, of any number"""

    def __init__(self, name, xml, libvirt=True, needs=(), old_style=True):
        self.name = name
        self.xml = xml
        self.libvirt = libvirt
        self.needs = list(needs)
        self.old_style = old_style
        self.is_port = not needs and "<target" not in xml and xml.count("type=") == 1


def channel(kind, source=""):
    return f"<channel type='{kind}'>{source}<target type='virtio' name='org.example.{kind}'/></channel>"


ROWS = [
    Row("null", "<serial type='null'/>"),
    Row("vc", "<serial type='vc'/>"),
    Row("pty", "<serial type='pty'/>"),
    Row("stdio", "<serial type='stdio'/>"),
    Row("dev", "<serial type='dev'><source path='{tty}'/></serial>"),
    Row("file", "<serial type='file'><source path='{folder}/a,b c'/></serial>"),
    Row("file-append", "<serial type='file'><source path='{folder}/out=1' append='on'/></serial>", old_style=False),
    Row("pipe", "<serial type='pipe'><source path='{pipe}'/></serial>"),
    Row("unix-bind", "<serial type='unix'><source mode='bind' path='{folder}/s,1'/></serial>"),
    Row("unix-connect", "<serial type='unix'><source mode='connect' path='{socket}'><reconnect enabled='yes' timeout='1'/></source></serial>"),
    Row("tcp-bind", "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='{unused}'/></serial>"),
    Row("tcp-bind-ipv6", "<serial type='tcp'><source mode='bind' host='::1' service='{unused}'/></serial>", old_style=False),
    Row("tcp-bind-any", "<console type='tcp'><listen port='{unused}'><nowait/></listen></console>"),
    Row("tcp-connect", "<serial type='tcp'><source mode='connect' host='localhost' service='{listener}'/></serial>"),
    Row("tcp-reconnect-off", "<serial type='tcp'><source host='127.0.0.1' service='{listener}'><reconnect enabled='no'/></source></serial>"),
    Row("tcp-nodelay", "<console type='tcp'><listen addr='127.0.0.1' port='{unused}'><nowait/><nodelay/></listen></console>", libvirt=False),
    Row("telnet-bind", "<console type='telnet'><listen addr='127.0.0.1' port='{unused}'><nowait/></listen></console>"),
    Row("telnet-connect", "<console type='telnet'><connect addr='127.0.0.1' port='{listener}'/></console>"),
    Row("udp", "<console type='udp'><sendto addr='127.0.0.1' port='{listener}'/><bind addr='127.0.0.1' port='{unused}'/></console>"),
    Row("udp-unbound", "<console type='udp'><sendto addr='127.0.0.1' port='{listener}'/></console>"),
    Row("udp-anywhere", "<console type='udp'><sendto port='{listener}'/></console>"),
    Row("log", "<serial type='pty'><log file='{folder}/log,1' append='on'/></serial>", old_style=False),
    Row("qemu-vdagent", channel("qemu-vdagent", "<source><clipboard copypaste='yes'/><mouse mode='client'/></source>"), old_style=False),
    Row("parallel", "<parallel type='null'/><parallel type='file'><source path='{folder}/lp'/></parallel><parallel type='pty'><target port='2'/></parallel>"),
    Row("four-ports", "<serial><target type='isa-serial'/></serial><serial><target port='3'/></serial><serial type='null'><target port='1'/></serial>"),
    Row("pci-serial", "<serial type='null'><target type='pci-serial'/></serial>", old_style=False),
    Row("usb-serial", "<serial type='null'><target type='usb-serial'/></serial>", needs=["-usb"], old_style=False),
    Row("isa-address", "<serial type='null'><target type='isa-serial' port='0'/><address type='isa' iobase='0x2e8' irq='0x5'/></serial>", old_style=False),
    Row("virtio", channel("unix", "<source mode='bind' path='{folder}/c'/>") + channel("pty")
        + "<console type='null'><target type='virtio'/></console>", old_style=False),
    Row("virtio-address", "<channel type='null'><target type='virtio' name='a,b'/><address type='virtio-serial' controller='1' bus='0' port='30'/></channel>",
        old_style=False),
    Row("virtio-full", channel("null").replace("'org", "'{{number}}.org") * 40, old_style=False),
    Row("guestfwd", "<channel type='null'><target type='guestfwd' address='10.0.2.1' port='4600'/></channel>",
        needs=["-device", "virtio-net-pci,netdev=channel0"], old_style=False),
]


def rows():
    """Those that this host can have."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return [row for row in ROWS if "::1" not in row.xml]
    return ROWS


@contextlib.contextmanager
def made(row, folder):
    """Yields the row's XML, with what it speaks of."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        with socket.create_server(("127.0.0.1", 0)) as free:
            unused = free.getsockname()[1]
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        path = os.path.join(folder, "listened")
        unix.bind(path)
        stack.callback(os.unlink, path)
        unix.listen()
        pair = pty.openpty()
        for descriptor in pair:
            stack.callback(os.close, descriptor)
        pipe = os.path.join(folder, "pipe")
        for end in (".in", ".out"):
            os.mkfifo(pipe + end)
            stack.callback(os.unlink, pipe + end)
        xml = row.xml
        number = 0
        while "{{number}}" in xml:
            xml = xml.replace("{{number}}", f"n{number}", 1)
            number += 1
        for name, value in {"folder": folder, "listener": listener.getsockname()[1], "unused": unused, "socket": path,
                            "tty": os.ttyname(pair[1]), "pipe": pipe}.items():
            xml = xml.replace("{" + name + "}", str(value))
        yield xml
