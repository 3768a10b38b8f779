# SPDX-License-Identifier: LGPL-2.1-or-later
"""A socket before another one, so that a connection can be cut."""

import contextlib
import os
import socket
import threading


class Cut:
    def __init__(self, path, target):
        self.path = path
        self._target = target
        self._ends = []
        self._lock = threading.Lock()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends all connections at once. Returns how many there were."""
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(ends) // 2

    def close(self):
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        os.unlink(self.path)

    def _accept(self):
        while True:
            try:
                near = self._server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near):
        with near, socket.socket(socket.AF_UNIX) as far:
            try:
                far.connect(self._target)
            except OSError:
                return
            with self._lock:
                self._ends += [near, far]
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join()
            with self._lock:
                self._ends = [end for end in self._ends if end not in (near, far)]


def _pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
