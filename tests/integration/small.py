# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine that is a kernel, BusyBox and our agent with its libraries, all in
an initial RAM disk: no systemd, no udevd, no disk."""

import os
import re
import subprocess
import time

from client import AGENT
from machine import MachineError, accel, image
from machine.cpio import Archive
from machine.qmp import Qmp

PORT = "org.guestwire.agent.0"
MODULES = ["virtio_pci", "virtio_console"]
APPLETS = ["cat", "cut", "date", "echo", "grep", "insmod", "kill", "ls", "mdev", "mkdir", "mount", "ps", "sh", "sleep", "test"]
START_SECONDS = 120  # some sixty times what it takes on an idle host

INIT = """#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in {modules}; do insmod /modules/$module; done
test -e /proc/sys/kernel/hotplug && echo /bin/mdev >/proc/sys/kernel/hotplug
mdev -s
while :; do
  /bin/guestwire-agent {words}
  sleep 0.1
done
"""


class SmallMachine:
    """A context manager. socket: that of the agent's port"""

    def __init__(self, folder):
        self._folder = folder
        self._process = None
        self._qmp = os.path.join(folder, "qmp")
        self.socket = os.path.join(folder, "port")

    def __enter__(self):
        parts = image.get()
        packed = os.path.join(self._folder, "initrd")
        with open(packed, "wb") as file:
            file.write(initrd(parts))
        self._process = subprocess.Popen(
            [accel.QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "256",
             *accel.ARGUMENTS[accel.choose(parts)], "-kernel", str(parts.kernel), "-initrd", packed,
             "-append", accel.KERNEL_WORDS, "-serial", f"file:{self._folder}/console",
             "-chardev", f"socket,id=qmp,path={self._qmp},server=on,wait=off", "-mon", "chardev=qmp,mode=control",
             "-chardev", f"socket,id=port,path={self.socket},server=on,wait=off", "-device", "virtio-serial-pci,id=ports",
             "-device", f"virtserialport,id=port,chardev=port,name={PORT}"], stdin=subprocess.DEVNULL)
        try:
            self._wait_for_agent()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()

    def _wait_for_agent(self):
        """Until it has opened its port, as QEMU sees it."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with Qmp(self._qmp) as control:
                    if any(b["label"] == "port" and b["frontend-open"] for b in control.command("query-chardev")):
                        return
            except MachineError:
                if self._process.poll() is not None:
                    raise
            if time.monotonic() > deadline:
                with open(f"{self._folder}/console", errors="replace", encoding="utf-8") as console:
                    raise MachineError(f"no agent in the small machine after {START_SECONDS} s:\n{console.read()[-2000:]}")
            time.sleep(0.1)

    def unplug_port(self):
        with Qmp(self._qmp) as control:
            control.command("device_del", id="port")
            control.wait_event("DEVICE_DELETED")

    def plug_port(self):
        with Qmp(self._qmp) as control:
            control.command("device_add", driver="virtserialport", bus="ports.0", id="port", chardev="port", name=PORT)


def _from_disk(parts, path):
    """A file of the machines' root disk."""
    done = subprocess.run(["debugfs", "-R", f"cat {path}", str(parts.disk)], capture_output=True,
                          env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"})
    if not done.stdout:
        raise MachineError(f"no {path} in the machines' image: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _modules(parts):
    """{path: what it needs, the first needed last}"""
    listing = subprocess.run(["debugfs", "-R", "ls -p /usr/lib/modules", str(parts.disk)], capture_output=True, text=True,
                             env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}).stdout
    version = next(name for name in re.findall(r"/\d+/\d+/\d+/\d+/([^/]+)/", listing) if not name.startswith("."))
    folder = f"/usr/lib/modules/{version}"
    depends = _from_disk(parts, f"{folder}/modules.dep").decode()
    return folder, {path: rest.split() for path, rest in (line.split(":", 1) for line in depends.splitlines())}


def initrd(parts, agent_words="", applets=(), files=None):
    """@agent_words: for the agent's command line; @applets: of BusyBox, besides; @files: {path: bytes}"""
    archive = Archive()
    for name in ("dev", "proc", "sys", "run", "tmp"):
        archive.add_directory(name)
    archive.add_file("bin/busybox", _from_disk(parts, "/usr/bin/busybox"), 0o755)
    for applet in [*APPLETS, *applets]:
        archive.add_file(f"bin/{applet}", f"#!/bin/busybox sh\nexec /bin/busybox {applet} \"$@\"\n".encode(), 0o755)
    archive.add_file("sbin/hwclock", b"#!/bin/busybox sh\nexec /bin/busybox hwclock \"$@\"\n", 0o755)
    # A script cannot have a script for its interpreter.
    archive.add_file("bin/sh", _from_disk(parts, "/usr/bin/busybox"), 0o755)
    folder, needs = _modules(parts)
    order = []
    for module in MODULES:
        path = next(p for p in needs if os.path.basename(p) == f"{module}.ko")
        order += [p for p in [*reversed(needs[path]), path] if p not in order]
    for path in order:
        archive.add_file(f"modules/{os.path.basename(path)}", _from_disk(parts, f"{folder}/{path}"))
    with open(AGENT, "rb") as file:
        archive.add_file("bin/guestwire-agent", file.read(), 0o755)
    for library in re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", AGENT], capture_output=True, text=True, check=True).stdout):
        with open(library, "rb") as file:
            archive.add_file(library, file.read(), 0o755)
    for path, data in (files or {}).items():
        archive.add_file(path, data)
    modules = " ".join(os.path.basename(p) for p in order)
    archive.add_file("init", INIT.format(modules=modules, words=agent_words).encode(), 0o755)
    return archive.to_bytes()
