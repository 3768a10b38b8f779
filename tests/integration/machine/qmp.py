# SPDX-License-Identifier: LGPL-2.1-or-later
"""A connection to QEMU's control socket (QMP): one JSON object a line, events in between.
Opened for one piece of work and closed again, since QEMU serves one client at a time there."""

import json
import socket
import time

from .errors import MachineError, MachineTimeout


class QmpError(MachineError):
    """QEMU refused a command; `error_class` is QEMU's name for why."""

    def __init__(self, command, error):
        super().__init__(f"QMP {command}: {error['desc']}")
        self.error_class = error["class"]


class Qmp:
    def __init__(self, path, timeout=30):
        self._timeout = timeout
        self._buffer = b""
        self.events = []
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(timeout)
            self._socket.connect(path)
            self._next_message(time.monotonic() + timeout)  # the greeting
            self.command("qmp_capabilities")
        except OSError as error:
            self.close()
            raise MachineError(f"QMP socket {path}: {error}") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def command(self, name, /, **arguments):
        """Runs @name and returns what it returns. Dashed arguments go as **{"node-name": "x"}."""
        request = {"execute": name, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        deadline = time.monotonic() + self._timeout
        while True:
            message = self._next_message(deadline)
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise QmpError(name, message["error"])
            elif "return" in message:
                return message["return"]

    def wait_event(self, name, timeout=30):
        """Returns the next event called @name, also one that came during an earlier command."""
        deadline = time.monotonic() + timeout
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == name:
                    return event
            message = self._next_message(deadline)
            if "event" in message:
                self.events.append(message)

    def _next_message(self, deadline):
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._socket.recv(65536)
            except TimeoutError as error:
                raise MachineTimeout("QEMU does not answer on its QMP socket (another client there?)") from error
            if not data:
                raise MachineError("QEMU closed its QMP socket")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)
