# SPDX-License-Identifier: LGPL-2.1-or-later
"""One domain of a Xen host: its configuration, its life, and commands in it. Knows xl, and nothing of QEMU."""

import time

from ..errors import MachineError, MachineTimeout
from ..image import say

# For dom0 and domains alike. What is left out or not done costs seconds when emulated.
KERNEL_WORDS = ("console=hvc0 quiet panic=-1 mitigations=off apparmor=0 selinux=0 audit=0 cryptomgr.notests init_on_alloc=0 rodata=off "
                "initcall_blacklist=crypto_kdf108_init,init_kprobe_trace")
KINDS = {
    "pv": {"type": '"pv"'},
    # Without "native", the hypervisor emulates a clock that an emulated processor does not have.
    "pvh": {"type": '"pvh"', "tsc_mode": '"native"'},
}
MEMORY = 128  # MiB
BOOT_SECONDS = 240  # some twenty times what it takes on an idle host
XL_SECONDS = 240
TRIES = 2  # as with any emulated boot


class Channel:
    """A channel in a domain's configuration. @path: of the unix socket in dom0; None for a terminal"""

    def __init__(self, name, path=None):
        self.name = name
        self.path = path

    def words(self):
        more = f"connection=socket,path={self.path}" if self.path else "connection=pty"
        return f'"name={self.name},{more}"'


class Domain:
    """A domain. A context manager; without `with`, call create() and destroy().

    @channels: what it has; @kind: "pv" or "pvh"; @words: more of the kernel's command line"""

    def __init__(self, host, name, channels=(), kind="pv", words=""):
        self.name = name
        self._host = host
        # xl 4.17 loses the first one (its number is that of the primary console).
        self._channels = [Channel("lost"), *channels]
        self._kind = kind
        self._words = words
        self._port = None
        self._console = None

    def __enter__(self):
        self.create()
        return self

    def __exit__(self, *_):
        if self._host.run(f"xl domid {self.name}")[0] == 0:
            self.destroy()

    def create(self):
        """Returns once it is up: udevd has settled, and what runs at boot is started."""
        self._host.check(f"cat >{self.name}.cfg <<'END'\n{self._configuration()}END")
        for left in reversed(range(TRIES)):
            self._host.check(f"xl create {self.name}.cfg", XL_SECONDS)
            try:
                self._attach()
                self._wait_ready()
                return
            except MachineTimeout as error:
                if not left:
                    raise
                say(f"{error}\ntrying once more…")
                self.destroy()

    def destroy(self):
        self._host.check(f"xl destroy {self.name}", XL_SECONDS)
        self._detach()

    def reboot(self):
        """Reboots from within, and returns once it is up again."""
        old = self.domid()
        self._console.reboot("reboot -f")
        self._host.check(f'until id=$(xl domid {self.name} 2>/dev/null) && [ "$id" != {old} ]; do sleep 0.2; done', XL_SECONDS)
        self._attach()
        self._wait_ready()

    def save(self):
        """Saves it to a file in dom0, and ends it."""
        self._host.check(f"xl save {self.name} {self.name}.saved", XL_SECONDS)

    def add_console(self, number, name):
        """Gives the running domain one more channel, a terminal, as xl has no command for."""
        self._host.check(f"""
domain=$(xl domid {self.name})
front=/local/domain/$domain/device/console/{number}
back=/local/domain/0/backend/console/$domain/{number}
xenstore-write $back "" $front ""
xenstore-chmod $back n0 r$domain
xenstore-chmod $front n$domain r0
xenstore-write $front/backend $back $front/backend-id 0 $front/limit 1048576 $front/type ioemu $front/output pty \\
  $front/tty "" $front/name {name} $front/protocol vt100
for node in limit type output tty name; do
  xenstore-chmod $front/$node n0 r$domain
done
xenstore-write $back/frontend $front $back/frontend-id $domain $back/online 1 $back/protocol vt100 $back/name {name} \\
  $back/connection pty $back/state 1
xenstore-write $front/state 1""")

    def remove_console(self, number):
        """Both sides must have let go of their memory before the nodes go, or the domain's kernel breaks."""
        self._host.check(f"""
domain=$(xl domid {self.name})
front=/local/domain/$domain/device/console/{number}
back=/local/domain/0/backend/console/$domain/{number}
xenstore-write $back/online 0 $back/state 5
until [ "$(xenstore-read $front/state) $(xenstore-read $back/state)" = "6 6" ]; do sleep 0.2; done
xenstore-rm $front $back""")

    def restore(self):
        """Returns once what was saved runs again."""
        self._host.check(f"xl restore {self.name}.saved && rm {self.name}.saved", XL_SECONDS)
        self._attach()

    def domid(self):
        return int(self._host.check(f"xl domid {self.name}"))

    def run(self, command, timeout=240):
        """Runs @command with sh as root in the domain. Returns (exit status, output and error output together)."""
        try:
            return self._console.run(command, timeout)
        except MachineError as error:
            raise type(error)(f"domain {self.name}: {error}\n{self._console.tail()}") from error

    def check(self, command, timeout=240):
        """As run(), but a command that fails is an error. Returns its output."""
        status, output = self.run(command, timeout)
        if status:
            raise MachineError(f"in {self.name}: {command}: exit {status}: {output}")
        return output.strip()

    def console_tail(self):
        """The last lines that it printed."""
        return self._console.tail() if self._console else ""

    def _attach(self):
        if self._port is None:
            self._port, self._console = self._host.take_console()
        self._host.check(f"attach-console {self.name} {self._port}")

    def _detach(self):
        if self._port is not None:
            self._host.give_console(self._port)
            self._port = self._console = None

    def _wait_ready(self):
        try:
            self._console.wait_ready(time.monotonic() + BOOT_SECONDS)
        except MachineError as error:
            raise type(error)(f"domain {self.name} did not come up: {error}\n{self._console.tail()}") from error

    def _configuration(self):
        settings = {
            "name": f'"{self.name}"',
            **KINDS[self._kind],
            "kernel": '"/boot/domu-vmlinuz"',
            "ramdisk": '"/boot/domu-initrd"',
            "extra": f'"{KERNEL_WORDS} loglevel=1 hostname={self.name} {self._words}"',
            "memory": MEMORY,
            "vcpus": 1,
            "channel": f"[ {', '.join(channel.words() for channel in self._channels)} ]",
        }
        return "".join(f"{key} = {value}\n" for key, value in settings.items())
