# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lines between a hypervisor and a client, of kinds that nobody else can cut: they pass bytes on, can be cut, and are
there again. Each is a context manager."""

import errno
import os
import pty
import select
import socket
import threading
import tty

from tap import wait_for

CHUNK = 65536
TAKEN_SECONDS = 60  # somebody takes what is written within this, or nobody is there


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def raw_terminal():
    """Returns (master, slave)."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    return master, slave


def put(descriptor, data):
    """Writes all of it, or drops it where the other end has gone."""
    while data and select.select([], [descriptor], [], TAKEN_SECONDS)[1]:
        try:
            data = data[os.write(descriptor, data):]
        except BlockingIOError:
            continue
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EPIPE):
                raise
            return


class Line:
    """Subclasses have the ends: open_near() and close_near() the client's; readable(); pass_on() what one has."""

    def __init__(self):
        self._told, self._tell = os.pipe()
        self._thread = None

    def __enter__(self):
        self.tie()
        return self

    def __exit__(self, *_):
        self.untie()

    def tie(self):
        self.open_near()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def untie(self):
        os.write(self._tell, b"x")
        self._thread.join()
        os.read(self._told, 1)
        self.close_near()

    def cut(self):
        self.untie()
        self.tie()

    def _run(self):
        while True:
            ready = select.select([self._told, *self.readable()], [], [])[0]
            if self._told in ready:
                return
            for descriptor in ready:
                self.pass_on(descriptor)


class Terminal(Line):
    """A client opens @path; @far is a terminal whose other end the hypervisor has."""

    def __init__(self, path, far):
        super().__init__()
        self._path = path
        self._far = far
        if os.isatty(far):
            tty.setraw(far)
        os.set_blocking(far, False)

    def open_near(self):
        self._near, self._slave = raw_terminal()
        os.set_blocking(self._near, False)
        os.symlink(os.ttyname(self._slave), self._path + ".new")
        os.replace(self._path + ".new", self._path)

    def close_near(self):
        os.close(self._near)
        os.close(self._slave)

    def readable(self):
        return [self._far, self._near]

    def pass_on(self, descriptor):
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return
        put(self._near if descriptor == self._far else self._far, data)

    def __exit__(self, *_):
        super().__exit__()
        os.close(self._far)


class Fifos(Line):
    """A client has the pair @near.in and @near.out, the hypervisor that of @far."""

    def __init__(self, near, far):
        super().__init__()
        for end in (".in", ".out"):
            os.mkfifo(near + end)
        self._near_path = near
        self._far = [os.open(far + end, os.O_RDWR | os.O_NONBLOCK) for end in (".in", ".out")]

    def open_near(self):
        # Both ways, as QEMU does: so neither waits for the other.
        self._near = [os.open(self._near_path + end, os.O_RDWR | os.O_NONBLOCK) for end in (".in", ".out")]

    def close_near(self):
        for descriptor in self._near:
            os.close(descriptor)

    def readable(self):
        return [self._near[0], self._far[1]]

    def pass_on(self, descriptor):
        data = os.read(descriptor, CHUNK)
        put(self._far[0] if descriptor == self._near[0] else self._near[1], data)

    def __exit__(self, *_):
        super().__exit__()
        for descriptor in self._far:
            os.close(descriptor)


class Datagrams(Line):
    """The hypervisor sends to @here and is at @there; a client sends to `near` and is at `client`. All are ports."""

    def __init__(self, here, there):
        super().__init__()
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far.bind(("127.0.0.1", here))
        self._there = there
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self.near = self._near.getsockname()[1]
        self.client = free_port(socket.SOCK_DGRAM)
        self._lost = 0
        self._loses = False

    def open_near(self):
        pass

    def close_near(self):
        self._near.close()
        self._far.close()

    def readable(self):
        return [self._near.fileno(), self._far.fileno()]

    def pass_on(self, descriptor):
        from_client = descriptor == self._near.fileno()
        data = (self._near if from_client else self._far).recv(CHUNK)
        if self._loses:
            self._lost += 1
        elif from_client:
            self._far.sendto(data, ("127.0.0.1", self._there))
        else:
            self._near.sendto(data, ("127.0.0.1", self.client))

    def lose_some(self):
        self._lost = 0
        self._loses = True
        wait_for("datagrams to be lost", lambda: self._lost >= 5, TAKEN_SECONDS)
        self._loses = False
