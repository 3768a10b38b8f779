# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where it is measured: one machine with our agent, a stock one, a bare echo and a raw copy, each on its own port.
Knows how commands are run on both sides, and nothing of what is measured."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from client import BUILD, GUESTWIRE
from guest import in_guest
from machine import Machine
from tap import wait_for

STOCK_PORT, RAW_PORT, ECHO_PORT = "org.qemu.guest_agent.0", "org.example.raw.0", "org.example.echo.0"
STOCK = f"qemu-ga -m virtio-serial -p /dev/virtio-ports/{STOCK_PORT}"
PROGRAMS = os.path.join(BUILD, "tests/bench")
GUEST_FOLDER = "/mnt/bench"
# Twice what is copied fits, and no page of it is ever swapped.
MEMORY = 1024
MEMORY_FOLDER = "/dev/shm"
COMMAND_SECONDS = 600


class Failed(Exception):
    """Something that is measured did not work."""


class Place:
    """A context manager.

    address: of our agent, for the guestwire command; sockets: {"agent", "stock", "raw", "echo": path};
    folder, guest_folder: for files, in memory on both sides"""

    ping_most = 1.3  # times a bare echo

    def __init__(self, size):
        self.size = size
        self.guest_folder = GUEST_FOLDER
        self.folder = None
        self.sockets = {}
        self._machine = Machine(f"bench-{os.getpid()}", agent="guestwire", ports=[STOCK_PORT, RAW_PORT, ECHO_PORT], mem=MEMORY,
                                files={"/usr/bin/bench-guest": pathlib.Path(PROGRAMS, "bench-guest").read_bytes()})
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.folder = stack.enter_context(host_folder())
            make_data(os.path.join(self.folder, "data"), self.size)
            stack.enter_context(self._machine)
            self._prepare()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _prepare(self):
        sockets = self._machine.sockets
        self.sockets = {"agent": self._machine.socket, "stock": sockets[STOCK_PORT], "raw": sockets[RAW_PORT], "echo": sockets[ECHO_PORT]}
        self.guest(f"chmod +x /usr/bin/bench-guest; mkdir -p {GUEST_FOLDER}; mount -t tmpfs -o size=90% tmpfs {GUEST_FOLDER}")
        for name, port in (("serve", RAW_PORT), ("echo", ECHO_PORT)):
            self.guest(f"systemd-run -q --unit=bench-{name} bench-guest {name} /dev/virtio-ports/{port}")
        self.start_stock()

    @property
    def address(self):
        return "unix:" + self.sockets["agent"]

    @property
    def stock_address(self):
        return "unix:" + self.sockets["stock"]

    @property
    def facts(self):
        told = self.guest("uname -r; qemu-ga --version; nproc").splitlines()
        kept = subprocess.run(["stat", "-f", "-c", "%T", self.folder], capture_output=True, text=True, check=True).stdout.strip()
        return {"machine": f"virtio-serial, kernel {told[0]}, {told[2]} processors, {self._machine.qmp('query-status')['status']}, "
                           f"kvm {'on' if self._machine.qmp('query-kvm')['enabled'] else 'off'}",
                "beside": told[1], "files": f"{self.size >> 20} MiB of random bytes, {kept} on the host and tmpfs in the guest"}

    def guest(self, command, timeout=120):
        return in_guest(self._machine, command, timeout=timeout)

    def host(self, program, *words):
        """Runs one of ours or of tests/bench. Returns what it printed."""
        done = subprocess.run(self.command(program, *words), capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode:
            raise Failed(f"{program} {' '.join(words)}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def host_begin(self, program, *words):
        """As host(), but it goes on in the background. Returns its subprocess.Popen."""
        return subprocess.Popen(self.command(program, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def head(self, size, path):
        """Makes a file of the first bytes of the data, on the host."""
        with open(os.path.join(self.folder, "data"), "rb") as source, open(path, "wb") as target:
            target.write(source.read(size))

    def remove(self, path):
        """A file of the host's"""
        pathlib.Path(path).unlink(missing_ok=True)

    def same(self, first, second):
        """Fails where two files of the host's differ."""
        if subprocess.run(["cmp", first, second], capture_output=True).returncode:
            raise Failed(f"{first} and {second} differ")

    @staticmethod
    def command(program, *words):
        return [GUESTWIRE if program == "guestwire" else os.path.join(PROGRAMS, program), *words]

    # --- The agents' lives ---

    def pid(self, agent):
        """@agent: "agent" or "stock" """
        unit = {"agent": "guestwire-agent", "stock": "bench-stock"}[agent]
        return self.guest(f"systemctl show -P MainPID {unit}")

    def stop(self, agent):
        unit, program = {"agent": ("guestwire-agent", "guestwire-agent"), "stock": ("bench-stock", "qemu-ga")}[agent]
        # Killed, since a stock agent that has something to say and no host to hear it does not end.
        self.guest(f"systemctl kill -s KILL {unit} 2>/dev/null; systemctl stop {unit} 2>/dev/null; pkill -KILL -x {program}; "
                   f"while pgrep -x {program}; do sleep 0.1; done")

    def start(self, agent):
        if agent == "stock":
            self.start_stock()
        else:
            self.guest("systemctl start guestwire-agent")
            self.host("guestwire", "wait", self.address)

    def start_stock(self):
        self.guest(f"systemd-run -q --collect --unit=bench-stock {STOCK}")
        wait_for("the stock agent", lambda: self.guest("systemctl is-active bench-stock || true") == "active")

    def start_command(self, agent):
        return STOCK.split() if agent == "stock" else ["guestwire-agent"]


@contextlib.contextmanager
def host_folder():
    """In memory where there is some, so that no disk is measured."""
    parent = MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="guestwire-bench-", dir=parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def make_data(path, size):
    """Nothing in it can be packed or left out."""
    with open(path, "wb") as file:
        for at in range(0, size, 1 << 20):
            file.write(os.urandom(min(1 << 20, size - at)))
