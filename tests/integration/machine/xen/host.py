# SPDX-License-Identifier: LGPL-2.1-or-later
"""One Xen: starts QEMU with the hypervisor and dom0 in it, waits until dom0 is up, runs commands there, and
gives domains their consoles."""

import contextlib
import socket
import time

from .. import state
from ..console import Console
from ..errors import MachineError, MachineTimeout
from ..image import say
from ..qmp import Qmp
from . import image, overlay
from .domain import KERNEL_WORDS, Domain

QEMU = "qemu-system-x86_64"
# Always emulated: a PVH domain needs virtualization within, which few machines lend. With SMAP, dom0 crashes.
PROCESSOR = ["-accel", "tcg,thread=multi", "-cpu", "max,-smap"]
BOOT_SECONDS = 300  # some fifteen times what it takes on an idle host
TRIES = 2
MEMORY = 1280  # MiB
DOM0_MEMORY = 640  # MiB; files are in memory there too
CPUS = 2
DOMAINS_MAX = 3
DOM0_PORT = 1  # the number of a port is that of /dev/vport0pN in dom0; domains' consoles have those after it
JOINED_PORT = DOM0_PORT + 1 + DOMAINS_MAX
DOM0_WORDS = f"loglevel=3 {KERNEL_WORDS}"
LOG_LINES = 25


class XenHost:
    """A throw-away Xen host. A context manager; without `with`, call start() and stop().

    @dom0_files: {path in dom0: contents}; @domu_files: the same for all domains, where those in /start.d are
    programs that run at boot. Contents are bytes, text, or the path of a file"""

    def __init__(self, name, dom0_files=None, domu_files=None):
        self.name = name
        self._dom0_files = dom0_files or {}
        self._domu_files = domu_files or {}
        self._directory = None
        self._consoles = {}
        self._free = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns once dom0 is up. Leaves nothing behind when it fails."""
        state.directory_of(self.name)
        parts = image.get()
        for left in reversed(range(TRIES)):
            try:
                self._boot(parts)
                return
            except MachineTimeout as error:
                if not left:
                    raise
                say(f"{error}\ntrying once more…")

    def _boot(self, parts):
        self._directory = state.create(self.name)
        try:
            self._write_initrd(parts)
            state.launch(self._directory, self._arguments(parts))
            state.save(self._directory, {"agent": "xen", "accel": "tcg", "mem": MEMORY})
            for port in range(DOM0_PORT, DOM0_PORT + 1 + DOMAINS_MAX):
                self._consoles[port] = Console(self._port_socket(port))
            self._free = [port for port in self._consoles if port != DOM0_PORT]
            say("booting Xen…")
            with Qmp(self._socket("qmp")) as control:
                control.command("cont")  # not earlier: what is said before anyone listens is lost
            self._wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends the machine and removes its files. Harmless on one that does not run."""
        for console in self._consoles.values():
            console.close()
        self._consoles = {}
        if self._directory:
            state.remove(self._directory)
            self._directory = None

    def run(self, command, timeout=240):
        """Runs @command with sh as root in dom0. Returns (exit status, output and error output together)."""
        try:
            return self._consoles[DOM0_PORT].run(command, timeout)
        except MachineError as error:
            raise type(error)(f"{error}\n{self.log_tail()}") from error

    def check(self, command, timeout=240):
        """As run(), but a command that fails is an error. Returns its output."""
        status, output = self.run(command, timeout)
        if status:
            raise MachineError(f"in dom0: {command}: exit {status}: {output}")
        return output.strip()

    @contextlib.contextmanager
    def joined(self, words):
        """A socket whose bytes go to and come from what socat in dom0 calls @words. One at a time."""
        with socket.socket(socket.AF_UNIX) as ours:
            ours.connect(self._port_socket(JOINED_PORT))
            process = self.check(f"setsid socat {words} /dev/vport0p{JOINED_PORT},ignoreeof </dev/null >/run/joined.log 2>&1 & echo $!")
            try:
                yield ours
            finally:
                self.check(f"while kill {process} 2>/dev/null; do sleep 0.1; done")

    def domain(self, name, channels=(), **options):
        """A domain that does not run yet. @options: as Domain's"""
        return Domain(self, name, channels, **options)

    def log_tail(self):
        """The last lines of Xen's and dom0's kernel."""
        log = self._directory / "serial.log"
        lines = log.read_text(errors="replace").replace("\r", "").splitlines() if log.exists() else []
        return "\n".join(["Xen's serial line ended with:", *lines[-LOG_LINES:]])

    def take_console(self):
        """Returns (number, console) of a port for a domain's console."""
        if not self._free:
            raise MachineError(f"at most {DOMAINS_MAX} domains at a time")
        port = self._free.pop(0)
        return port, self._consoles[port]

    def give_console(self, port):
        self._free.append(port)

    def _wait_ready(self):
        try:
            self._consoles[DOM0_PORT].wait_ready(time.monotonic() + BOOT_SECONDS)
        except MachineError as error:
            raise type(error)(f"Xen machine {self.name} did not come up: {error}\n{self.log_tail()}") from error

    def _write_initrd(self, parts):
        domu_initrd = parts.domu_initrd.read_bytes() + overlay.domu(self._domu_files)
        boot = {"/boot/domu-vmlinuz": parts.domu_kernel, "/boot/domu-initrd": domu_initrd}
        dom0 = overlay.dom0({**boot, **self._dom0_files})
        (self._directory / "initrd").write_bytes(parts.dom0_initrd.read_bytes() + dom0)

    def _socket(self, name):
        return state.socket_path(self._directory, name)

    def _port_socket(self, port):
        return self._socket(f"port-{port}")

    def _arguments(self, parts):
        def chardev(identity, path):
            return ["-chardev", f"socket,id={identity},path={path},server=on,wait=off"]

        def module(path, words=""):
            return f"{path} {words}".strip().replace(",", ",,")

        arguments = [
            QEMU, "-name", f"guestwire-xen-{self.name}", "-nodefaults", "-no-user-config", "-display", "none",
            *PROCESSOR, "-smp", str(CPUS), "-m", str(MEMORY),
            # A panic of Xen's or dom0's makes it reboot, which ends QEMU, which everyone sees at once.
            "-no-reboot",
            "-kernel", str(parts.hypervisor),
            "-append", f"console=com1 com1=115200,8n1 dom0_mem={DOM0_MEMORY}M,max:{DOM0_MEMORY}M dom0_max_vcpus=1",
            "-initrd", f"{module(parts.dom0_kernel, DOM0_WORDS)},{module(self._directory / 'initrd')}",
            "-chardev", f"file,id=serial,path={self._directory / 'serial.log'}", "-serial", "chardev:serial",
            *chardev("qmp", self._socket("qmp")), "-mon", "chardev=qmp,mode=control",
            "-device", "virtio-serial-pci,id=ports",
        ]
        for port in range(DOM0_PORT, JOINED_PORT + 1):
            arguments += chardev(f"port-{port}", self._port_socket(port))
            arguments += ["-device", f"virtserialport,bus=ports.0,nr={port},chardev=port-{port}"]
        return [*arguments, "-S", "-daemonize", "-pidfile", str(self._directory / "pid")]
