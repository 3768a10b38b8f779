# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channels of one machine, each with an agent process of its own in it, so that they are tried at the same time."""

import contextlib
import os
import re
import socket
import threading

from machine import Machine
from machine.machine import RECONNECT_SECONDS
from .channel import SECONDS, HostHere

NAMES = {"virtio-listening": "org.guestwire.agent.0", "virtio-connecting": "org.guestwire.agent.1", "tcp": "org.guestwire.agent.2"}
SERIAL = "/dev/ttyS1"
# What systemd would do: serve NAME CHANNEL
SERVE = """
export RUNTIME_DIRECTORY=/run/$1
mkdir -p $RUNTIME_DIRECTORY
while :; do
  guestwire-agent --channel $2 >>/run/$1.log 2>&1 &
  echo $! >/run/$1.pid
  wait $!
done
"""


class Guest:
    """The machine, for several threads."""

    def __init__(self, machine):
        self.machine = machine
        self._console = threading.Lock()

    def run(self, script, timeout):
        with self._console:
            return self.machine.console_run(script, timeout)


class OfMachine(HostHere):
    """serves: the agent's name of it"""

    def __init__(self, name, folder, guest):
        super().__init__(name, folder)
        self._guest = guest
        self.there = f"/root/{name}"
        self.channel_name = NAMES.get(name)
        self.serves = f"virtio:{self.channel_name}"

    def __enter__(self):
        status, output = self._guest.run(f"mkdir -p {self.there}; setsid sh /root/serve {self.name} {self.serves} >/dev/null 2>&1 &", SECONDS)
        assert status == 0, output
        return self

    def __exit__(self, *_):
        """It ends with its machine."""

    def run_in_guest(self, script, timeout):
        return self._guest.run(script, timeout)

    def restart_agent(self):
        self.guest(f"""
before=$(cat /run/{self.name}.pid)
kill -KILL $before
wait_for '[ "$(cat /run/{self.name}.pid)" != $before ]'""")

    def agent_log(self):
        return self._guest.run(f"tail -n 30 /run/{self.name}.log", SECONDS)[1]


class Listening(OfMachine):
    """QEMU listens on a unix socket."""

    def __init__(self, name, folder, guest, path):
        super().__init__(name, folder, guest)
        self.address = f"unix:{path}"
        self.raw = f"UNIX-CONNECT:{path}"


class Serial(Listening):
    # 137 s of an idle processor for a MiB to the guest, where 16 bytes at a time wake everyone; 18 s from it.
    mebibyte = 32 << 10
    slow = "32 KiB stand for each MiB: an emulated UART takes minutes for one"

    def __init__(self, folder, guest, path):
        super().__init__("isa-serial", folder, guest, path)
        self.serves = f"tty:{SERIAL}"


class Connecting(OfMachine):
    """QEMU connects to a socket that the host's program binds; again a second after the last connection ended."""

    def __init__(self, folder, guest, path):
        super().__init__("virtio-connecting", folder, guest)
        self._path = path
        self.address = f"unix-listen:{path}"
        self.raw = f"UNIX-LISTEN:{path},unlink-early"

    def bridge_ends(self):
        behind = os.path.join(self.folder, "bridge")
        return f"UNIX-LISTEN:{self._path},unlink-early", f"UNIX-CONNECT:{behind}", f"unix-listen:{behind}"

    def after_bridge(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)


class Tcp(OfMachine):
    """QEMU listens on a port."""

    def __init__(self, folder, guest, port):
        super().__init__("tcp", folder, guest)
        self.address = f"tcp:127.0.0.1:{port}"
        self.raw = f"TCP:127.0.0.1:{port}"

    def bridge_ends(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        return f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr", self.raw, f"tcp:127.0.0.1:{port}"

    def after_bridge(self):
        """Nothing is left of a port."""


def backend(identity, words):
    return ["-chardev", f"socket,id={identity},{words}"]


def port(identity, name):
    return ["-device", f"virtserialport,bus=ports.0,chardev={identity},name={name}"]


@contextlib.contextmanager
def channels(folder, wanted):
    """Those that are in @wanted."""
    paths = {name: os.path.join(folder, name + ".sock") for name in ("connecting", "serial")}
    arguments = [*backend("connecting", f"path={paths['connecting']},reconnect={RECONNECT_SECONDS}"),
                 *port("connecting", NAMES["virtio-connecting"]),
                 *backend("tcp", "host=127.0.0.1,port=0,server=on,wait=off"), *port("tcp", NAMES["tcp"]),
                 *backend("serial", f"path={paths['serial']},server=on,wait=off"), "-device", "isa-serial,chardev=serial"]
    with Machine(f"conformance-{os.getpid()}", agent="none", files={"/root/serve": SERVE},
                 extra_qemu_args=arguments) as machine, contextlib.ExitStack() as stack:
        guest = Guest(machine)
        [tcp] = [re.search(r":(\d+),server", b["filename"]).group(1) for b in machine.qmp("query-chardev") if b["label"] == "tcp"]
        made = [Listening("virtio-listening", folder, guest, machine.socket), Connecting(folder, guest, paths["connecting"]),
                Serial(folder, guest, paths["serial"]), Tcp(folder, guest, tcp)]
        yield [stack.enter_context(one) for one in made if one.name in wanted]
