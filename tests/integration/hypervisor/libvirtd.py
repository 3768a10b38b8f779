# SPDX-License-Identifier: LGPL-2.1-or-later
"""virtlogd and libvirtd as processes of ours, and virsh. Knows no domain. To be used in the sandbox only:
the daemons take the system's places."""

import os
import pathlib
import signal
import socket
import subprocess
import time

URI = "qemu:///system"
LOG = pathlib.Path("/var/log/libvirt")
READY_SECONDS = 120
VIRSH_SECONDS = 120
STOP_SECONDS = 30
# Root, since there is nobody else within; no cgroups, as they are shared with the host; no mounts of QEMU's
# own, so that sockets are where libvirt says.
QEMU_CONF = """user = "root"
group = "root"
dynamic_ownership = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
"""
LIBVIRTD_CONF = """auth_unix_rw = "none"
unix_sock_group = "root"
"""


class VirshError(Exception):
    pass


class Libvirtd:
    def __init__(self):
        self._daemons = {}  # name: process

    def __enter__(self):
        configuration = pathlib.Path("/etc/libvirt")
        (configuration / "qemu.conf").write_text(QEMU_CONF)
        (configuration / "libvirtd.conf").write_text(LIBVIRTD_CONF)
        try:
            self._start("virtlogd")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in reversed(list(self._daemons)):
            self._stop(name)

    @property
    def pid(self):
        return self._daemons["libvirtd"].pid

    def start(self):
        self._start("libvirtd")

    def stop(self):
        """Domains run on, as they do under any libvirtd."""
        self._stop("libvirtd")

    def virsh(self, *words, timeout=VIRSH_SECONDS):
        """Returns what it prints; VirshError with what it says when it fails."""
        done = subprocess.run(["virsh", "-q", "-c", URI, *words], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=timeout)
        if done.returncode:
            raise VirshError(done.stderr.strip())
        return done.stdout.strip()

    def _start(self, name):
        path = f"/run/{name}.notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(LOG / f"{name}.out", "ab") as log:
            ready.bind(path)
            try:
                self._daemons[name] = subprocess.Popen([name], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                       env={**os.environ, "NOTIFY_SOCKET": path})
                self._wait_ready(name, ready)
            finally:
                os.unlink(path)

    def _wait_ready(self, name, ready):
        """Daemons tell systemd, or who has taken its place."""
        ready.settimeout(0.2)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                if b"READY=1" in ready.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                pass
            status = self._daemons[name].poll()
            if status is not None or time.monotonic() > deadline:
                said = (LOG / f"{name}.out").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} {'is not ready' if status is None else f'ended with {status}'}:\n{said}")

    def _stop(self, name):
        daemon = self._daemons.pop(name)
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
