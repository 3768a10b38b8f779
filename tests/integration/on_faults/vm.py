# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines that can be stopped, saved, restored and moved: all that they are is in memory. Knows nothing of what is
done with them."""

import contextlib
import os
import subprocess
import time

from client import guestwire
from machine import MachineError, accel, image
from machine.qmp import Qmp
from small import initrd

HAND = "org.guestwire.agent.0"  # the port by which a test looks into the guest
WORK = ("exec", "push", "pull", "call")
SOURCE = "/source"  # a file that is in the guest from its start
PLACES = ["/work", "/work.out"]  # folders that are there from its start, too
APPLETS = ["rm", "sha256sum", "stat", "touch"]
START_SECONDS = 180
MOVE_SECONDS = 180
RUN_SECONDS = 300
MEMORY = 512  # MiB


def port_of(work, connects=False):
    return f"{work}.{'out' if connects else 'in'}"


PORTS = [HAND, *(port_of(work, connects) for connects in (False, True) for work in WORK)]


def connects(port):
    """Whether QEMU connects to a socket of the host's there, and does not listen."""
    return port.endswith(".out")


class Home:
    """What all machines of a run share. source: what is in SOURCE"""

    def __init__(self, folder, source_size):
        self.folder = folder
        self.parts = image.get()
        self.accelerator = accel.ARGUMENTS[accel.choose(self.parts)]
        self.source = os.urandom(source_size)
        self.initrd = os.path.join(folder, "initrd")
        channels = " ".join(f"--channel virtio:{port}" for port in PORTS)
        with open(self.initrd, "wb") as file:
            file.write(initrd(self.parts, f"--pidfile /run/agent.pid {channels}", APPLETS, {SOURCE: self.source, **{f"{place}/enough": b"" for place in PLACES}}))


class Vm:
    """One QEMU. A context manager. @sockets: {port: path} of another one whose place it takes; @effects: the same;
    @incoming: where its guest comes from

    effects: the file that has what programs of the guest wrote to ttyS1"""

    running = []

    @classmethod
    def kill_all(cls):
        for vm in cls.running:
            vm.kill()

    def __init__(self, home, name, sockets=None, effects=None, incoming=None):
        self.home = home
        self.name = name
        self._incoming = incoming
        self.process = None
        self._folder = os.path.join(home.folder, name)
        self.effects = effects or os.path.join(home.folder, f"{name}.effects")
        self.sockets = {**{port: os.path.join(self._folder, port) for port in PORTS}, **(sockets or {})}

    def __enter__(self):
        os.mkdir(self._folder)
        with open(os.path.join(self._folder, "qemu.log"), "wb") as log:
            self.process = subprocess.Popen(self._words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(self)
        try:
            if not self._incoming:
                self.wait_for_agent()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _words(self):
        words = [accel.QEMU, "-nodefaults", "-no-user-config", "-display", "none", *self.home.accelerator, "-m", str(MEMORY),
                 "-kernel", str(self.home.parts.kernel), "-initrd", self.home.initrd, "-append", accel.KERNEL_WORDS,
                 "-chardev", f"file,id=console,path={self._folder}/console", "-serial", "chardev:console",
                 "-chardev", f"file,id=effects,path={self.effects},append=on", "-serial", "chardev:effects",
                 "-chardev", f"socket,id=qmp,path={self._folder}/qmp,server=on,wait=off", "-mon", "chardev=qmp,mode=control",
                 "-device", "virtio-serial-pci,id=ports"]
        for port in PORTS:
            kind = "reconnect=1" if connects(port) else "server=on,wait=off"
            words += ["-chardev", f"socket,id={port},path={self.sockets[port]},{kind}",
                      "-device", f"virtserialport,bus=ports.0,id={port},chardev={port},name={port}"]
        return words + (["-incoming", self._incoming] if self._incoming else [])

    def address(self, port):
        return f"{'unix-listen' if connects(port) else 'unix'}:{self.sockets[port]}"

    # --- Its control socket ----------------------------------------------------

    @contextlib.contextmanager
    def control(self):
        """QEMU makes the socket a little after it was started."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                control = Qmp(os.path.join(self._folder, "qmp"))
                break
            except MachineError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)
        with control:
            yield control

    def qmp(self, command, /, **arguments):
        with self.control() as control:
            return control.command(command, **arguments)

    def wait_for_agent(self):
        """Until it has opened its ports, as QEMU sees it."""
        deadline = time.monotonic() + START_SECONDS
        while not all(backend["frontend-open"] for backend in self.qmp("query-chardev") if backend["label"] in PORTS):
            if time.monotonic() > deadline:
                raise MachineError(f"no agent in machine {self.name} after {START_SECONDS} s:\n{self._tail()}")
            time.sleep(0.1)

    def _tail(self):
        with open(f"{self._folder}/console", errors="replace", encoding="utf-8") as console:
            return console.read()[-2000:]

    def unplug(self, port, with_backend):
        with self.control() as control:
            control.command("device_del", id=port)
            control.wait_event("DEVICE_DELETED", MOVE_SECONDS)
            if with_backend:
                control.command("chardev-remove", id=port)

    def plug(self, port, with_backend):
        backend = {"addr": {"type": "unix", "data": {"path": self.sockets[port]}}, "server": True, "wait": False}
        with self.control() as control:
            if with_backend:
                control.command("chardev-add", id=port, backend={"type": "socket", "data": backend})
            control.command("device_add", driver="virtserialport", bus="ports.0", id=port, chardev=port, name=port)

    def sockets_of_host(self):
        """Those that QEMU connects to."""
        return {port: path for port, path in self.sockets.items() if connects(port)}

    def link_sockets(self, folder):
        """Makes links to the others in @folder, or lets them lead here. Returns {port: link}."""
        folder = os.path.join(self.home.folder, folder)
        os.makedirs(folder, exist_ok=True)
        links = {port: os.path.join(folder, port) for port in PORTS if not connects(port)}
        for port, link in links.items():
            os.symlink(self.sockets[port], f"{link}.new")
            os.rename(f"{link}.new", link)
        return links

    def send_away(self, uri):
        """Sends all that the machine is to @uri, and stays there stopped."""
        with self.control() as control:
            control.command("migrate-set-parameters", **{"max-bandwidth": 1 << 40, "downtime-limit": 2000})
            control.command("migrate", uri=uri)
            deadline = time.monotonic() + MOVE_SECONDS
            while (found := control.command("query-migrate"))["status"] != "completed":
                if found["status"] in ("failed", "cancelled") or time.monotonic() > deadline:
                    raise MachineError(f"machine {self.name} does not move: {found}")
                time.sleep(0.05)

    # --- The guest -------------------------------------------------------------

    def run(self, script):
        """Runs @script with sh. Returns its output."""
        status, output, errors = guestwire("exec", self.address(HAND), "--", "sh", "-c", script, timeout=RUN_SECONDS)
        if status:
            raise AssertionError(f"in the guest: {script}: exit {status}: {(output + errors).decode()}")
        return output.decode().strip()

    def kill_agent(self):
        """Who asks for it loses its agent, too, unless that was quick to tell of the end of what it ran."""
        before = self.run("cat /run/agent.pid")
        done = guestwire("exec", self.address(HAND), "--", "sh", "-c", f"kill -9 {before}", timeout=RUN_SECONDS)
        assert done == (0, b"", b"") or (done[0] == 125 and b"restarted" in done[2]), done
        after = self.run("cat /run/agent.pid")
        assert after != before, (after, done)
