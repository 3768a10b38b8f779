# SPDX-License-Identifier: LGPL-2.1-or-later
"""One machine: starts its QEMU, waits until it is up, and gives tests its ports, console and control."""

import math
import os
import re
import time

from . import accel, image, overlay, state
from .console import Console
from .errors import MachineError, MachineTimeout
from .qmp import Qmp

AGENTS = {  # kind: (port, unit)
    "guestwire": ("org.guestwire.agent.0", "guestwire-agent.service"),
    "qemu-ga": ("org.qemu.guest_agent.0", "qemu-guest-agent.service"),
    "none": ("org.guestwire.agent.0", None),
}
BOOT_SECONDS = 240  # some twenty times what an emulated boot takes on an idle host
TRIES = 2  # 3 of some 300 emulated boots stood still half way, with an idle guest; the cause is not known
OPEN_SECONDS = 120
RECONNECT_SECONDS = 1  # between QEMU's tries
MEMORY = 256  # MiB
CPUS = 2


def variable_name(port):
    return re.sub(r"[^A-Za-z0-9_]", "_", port)


def kernel_words(units, waits_for_agent):
    """The kernel's command line. @units: which agents may start; @waits_for_agent: whether the machine is up
    only once one has"""
    masked = [unit for _, unit in AGENTS.values() if unit and unit not in units]
    words = [accel.KERNEL_WORDS, "systemd.show_status=error", *(f"systemd.mask={unit}" for unit in masked)]
    if not waits_for_agent:
        words.append("systemd.wants=vm-ready.service")
    return " ".join(words)


def _identity(port):
    """QEMU's id of the port and of its chardev, and the name of its socket."""
    return f"port-{variable_name(port)}"


class Machine:
    """A throw-away machine. A context manager; without `with`, call start() and stop().

    @agent: "guestwire", "qemu-ga" or "none"; @ports: names of ports besides the agent's own;
    @agent_port: False for a machine that starts without the agent's port, to plug it later;
    @connects: True for a QEMU that connects to the ports' sockets, which programs of the host bind then;
    @mem: MiB; @cpus: how many; @agent_binary: in place of the built one; @files: {path in the machine: contents};
    @extra_qemu_args: as on QEMU's command line; @stdio: a pair of descriptors, QEMU's standard input and output,
    which make it a child of this process instead of a daemon

    sockets: {port: path}; socket: that of the agent's port; qmp_socket; console_socket; pid"""

    def __init__(self, name, agent="guestwire", ports=(), mem=MEMORY, cpus=CPUS, agent_binary=None,
                 agent_port=True, connects=False, files=None, extra_qemu_args=(), stdio=None):
        if agent not in AGENTS:
            raise MachineError(f"an agent is one of {', '.join(AGENTS)}, not {agent}")
        self.name = name
        self.agent = agent
        self.sockets = {}
        self.pid = None
        self._default_port, self._unit = AGENTS[agent]
        self._first_ports = list(dict.fromkeys([*([self._default_port] if agent_port else []), *ports]))
        self._waits_for_agent = self._unit is not None and agent_port
        self._connects = connects
        self._mem = mem
        self._cpus = cpus
        self._agent_binary = agent_binary
        self._files = files or {}
        self._extra = list(extra_qemu_args)
        self._stdio = stdio
        self._directory = None
        self._console = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def socket(self):
        return self.sockets.get(self._default_port)

    @property
    def qmp_socket(self):
        return state.socket_path(self._directory, "qmp")

    @property
    def console_socket(self):
        return state.socket_path(self._directory, "console")

    def start(self):
        """Returns once the machine is up: multi-user, and where an agent is wanted, its unit started and
        its port open.
        Leaves nothing behind when it fails."""
        state.directory_of(self.name)
        parts = image.get()
        chosen = accel.choose(parts)
        for left in reversed(range(TRIES)):
            try:
                self._boot(parts, chosen)
                return
            except MachineTimeout as error:
                if not left:
                    raise
                image.say(f"{error}\ntrying once more…")

    def _boot(self, parts, chosen):
        directory = state.create(self.name)
        self._directory = directory
        try:
            over = overlay.build(self.name, self._agent_binary, self._waits_for_agent and self.agent == "guestwire", self._files)
            (directory / "initrd").write_bytes(parts.initrd.read_bytes() + over)
            self.pid = state.launch(directory, self._arguments(parts, chosen), self._stdio)
            state.save(directory, {"agent": self.agent, "accel": chosen, "mem": self._mem, "ports": self.sockets})
            self._console = Console(self.console_socket)
            image.say(f"booting ({chosen})…")
            self.qmp("cont")  # not earlier: what is printed before anyone listens is lost
            self._wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends the machine and removes its files. Harmless on one that does not run."""
        if self._console:
            self._console.close()
            self._console = None
        if self._directory:
            state.remove(self._directory)
            self._directory = None
        self.sockets = {}
        self.pid = None

    def qmp(self, command, /, **arguments):
        with Qmp(self.qmp_socket) as control:
            return control.command(command, **arguments)

    def console_run(self, command, timeout=60):
        """Runs @command with sh as root. Returns (exit status, output and error output together)."""
        return self._console.run(command, timeout)

    def console_tail(self):
        """The last lines that it printed."""
        return self._console.tail() if self._console else ""

    def plug_port(self, name):
        """Adds a port to the running machine. Returns its socket."""
        path = self._new_socket(name)
        identity = _identity(name)
        kind = {"server": False, "reconnect": RECONNECT_SECONDS} if self._connects else {"server": True, "wait": False}
        backend = {"type": "socket", "data": {"addr": {"type": "unix", "data": {"path": path}}, **kind}}
        with Qmp(self.qmp_socket) as control:
            control.command("chardev-add", id=identity, backend=backend)
            control.command("device_add", driver="virtserialport", bus="ports.0", id=identity, chardev=identity, name=name)
        self.sockets[name] = path
        return path

    def unplug_port(self, name):
        path = self.sockets.pop(name)
        identity = _identity(name)
        with Qmp(self.qmp_socket) as control:
            control.command("device_del", id=identity)
            control.wait_event("DEVICE_DELETED")
            control.command("chardev-remove", id=identity)
        if not self._connects and os.path.exists(path):
            os.unlink(path)

    def reboot(self):
        """Reboots as an administrator would, and waits until the machine is up again: with the agent where
        start() waited for it, so not after its port was unplugged."""
        self._console.reboot()
        try:
            self._wait_ready()
        except MachineTimeout as error:
            # As in start(): an emulated machine may stand still.
            image.say(f"{error}\nresetting it…")
            self.qmp("system_reset")
            self._wait_ready()

    def pause(self):
        self.qmp("stop")

    def resume(self):
        self.qmp("cont")

    def _wait_ready(self):
        try:
            self._console.wait_ready(time.monotonic() + BOOT_SECONDS)
        except MachineError as error:
            raise type(error)(f"machine {self.name} did not come up: {error}\n{self._console.tail()}") from error
        if self._waits_for_agent and not self._wait_open(self._default_port):
            image.say(f"the agent is started, but has not opened its port in {OPEN_SECONDS} s")

    def _wait_open(self, port):
        """Waits until a process in the guest has opened @port: what is sent earlier, the guest drops."""
        identity = _identity(port)
        deadline = time.monotonic() + OPEN_SECONDS
        with Qmp(self.qmp_socket) as control:
            is_open = any(backend["label"] == identity and backend["frontend-open"] for backend in control.command("query-chardev"))
            while not is_open:
                try:
                    change = control.wait_event("VSERPORT_CHANGE", deadline - time.monotonic())["data"]
                except MachineTimeout:
                    return False
                is_open = change["id"] == identity and change["open"]
        return True

    def _new_socket(self, port):
        if port in self.sockets:
            raise MachineError(f"port {port} is there already")
        path = state.socket_path(self._directory, _identity(port))
        if path in self.sockets.values():
            raise MachineError(f"port {port} is too like another one: {variable_name(port)} names both")
        return path

    def _arguments(self, parts, chosen):
        directory = self._directory

        def quoted(value):
            return str(value).replace(",", ",,")

        listens = ",server=on,wait=off"

        def chardev(identity, path, more=listens):
            return ["-chardev", f"socket,id={identity},path={quoted(path)}{more}"]

        arguments = [
            accel.QEMU, "-name", f"guestwire-vm-{self.name}", "-nodefaults", "-no-user-config", "-display", "none",
            *accel.ARGUMENTS[chosen], "-smp", str(self._cpus), "-m", str(math.ceil(self._mem)),
            "-kernel", str(parts.kernel), "-initrd", str(directory / "initrd"), "-append", kernel_words([self._unit], self._waits_for_agent),
            # snapshot: what the machine writes goes to a nameless temporary file of QEMU's.
            "-drive", f"if=none,id=root,format=raw,snapshot=on,file={quoted(parts.disk)}", "-device", "virtio-blk-pci,drive=root",
            # A panic ends QEMU, which every client of its sockets sees at once.
            "-device", "pvpanic-pci", "-action", "panic=exit-failure",
            *chardev("console", self.console_socket, f"{listens},logfile={quoted(directory / 'console.log')}"), "-serial", "chardev:console",
            *chardev("qmp", self.qmp_socket), "-mon", "chardev=qmp,mode=control",
            "-device", "virtio-serial-pci,id=ports",
        ]
        for port in self._first_ports:
            path = self._new_socket(port)
            identity = _identity(port)
            arguments += chardev(identity, path, f",reconnect={RECONNECT_SECONDS}" if self._connects else listens)
            arguments += ["-device", f"virtserialport,bus=ports.0,id={identity},chardev={identity},name={quoted(port)}"]
            self.sockets[port] = path
        arguments += [*self._extra, "-S", "-pidfile", str(directory / "pid")]
        return arguments if self._stdio else [*arguments, "-daemonize"]
