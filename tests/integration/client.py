# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two clients for tests: the guestwire command, and a plain socket that knows
nothing of our library."""

import itertools
import json
import os
import socket
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("GUESTWIRE_BUILD", os.path.join(ROOT, "build"))
GUESTWIRE = os.path.join(BUILD, "host/cli/guestwire")
AGENT = os.path.join(BUILD, "guest/guestwire-agent")
# What only an installed library would find.
os.environ.setdefault("GUESTWIRE_LIBVIRT", os.path.join(BUILD, "host/libvirt/guestwire-libvirt"))


def guestwire(*words, stdin=None, timeout=120):
    """Runs the command. Returns (exit status, output, error output), as bytes."""
    done = subprocess.run([GUESTWIRE, *words], input=stdin, capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL if stdin is None else None)
    return done.returncode, done.stdout, done.stderr


def call(address, command, *words):
    status, output, errors = guestwire("--json", "call", address, command, *words)
    if status:
        raise AssertionError(f"{command}: exit {status}: {errors.decode()}")
    return json.loads(output)


class Plain:
    """A client as scripts have it: a unix socket and JSON lines."""

    numbers = itertools.count(1000)

    def __init__(self, path, timeout=60):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def say(self, data):
        self.socket.sendall(data)

    def request(self, name, **arguments):
        self.say(json.dumps({"execute": name, "arguments": arguments}).encode())

    def hear(self):
        """The next line, without its end."""
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise AssertionError(f"closed after {self.buffer!r}")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def call(self, name, **arguments):
        self.request(name, **arguments)
        answer = json.loads(self.hear().lstrip(b"\xff"))
        if "return" not in answer:
            raise AssertionError(f"{name}: {answer}")
        return answer["return"]

    def sync_again(self, tries=12, seconds=5):
        """As clients do where what they say first may be taken for the last one's, and dropped."""
        usual = self.socket.gettimeout()
        self.socket.settimeout(seconds)
        for _ in range(tries - 1):
            try:
                before = self.sync()
                break
            except TimeoutError:
                pass
        else:
            before = self.sync()
        self.socket.settimeout(usual)
        return before

    def sync(self):
        """Returns the lines that came before the answer."""
        number = next(self.numbers)
        before = []
        self.say(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":%d}}\n' % number)
        while True:
            line = self.hear()
            mark, answer = line[:1], line[1:]
            if mark == b"\xff" and json.loads(answer) == {"return": number}:
                return before
            before.append(line)
