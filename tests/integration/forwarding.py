# SPDX-License-Identifier: LGPL-2.1-or-later
"""guestwire forward, and programs that connect."""

import signal
import socket
import subprocess

from client import GUESTWIRE
from tap import equal

SECONDS = 60


class Forward:
    """The command, from when it is ready."""

    def __init__(self, domain, *words):
        self.child = subprocess.Popen([GUESTWIRE, "forward", domain, *words], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
        self.line = self.child.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()

    def port(self):
        return int(self.line.split()[0].rpartition(":")[2])

    def hear(self, text):
        """The next line to standard error with this in it."""
        for line in self.child.stderr:
            if text in line:
                return line
        raise AssertionError(f"it has not said {text!r}")

    def end(self):
        self.child.send_signal(signal.SIGINT)
        equal(self.child.wait(timeout=SECONDS), 0)


def connected(address):
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    client = socket.socket(family)
    client.settimeout(SECONDS)
    client.connect(address)
    return client


def hear_all(client):
    heard = b""
    while piece := client.recv(65536):
        heard += piece
    return heard


def ask_digest(address, data):
    with connected(address) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return hear_all(client).decode()
