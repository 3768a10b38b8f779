# SPDX-License-Identifier: LGPL-2.1-or-later
"""Commands that run from the beginning to the end, on connections that are cut, and work that goes through them."""

import hashlib
import json
import os
import signal
import socket
import struct
import subprocess
import threading

from client import GUESTWIRE, Plain
from forwarding import connected, hear_all
from soaking.commands import SECONDS, TRIES, run, same
from soaking.cuts import Cut
from soaking.gate import Told
from tap import wait_for

APP = "/run/app.sock"


class Standing:
    """A command that is told to end at the end."""

    def __init__(self, folder, name, socket_path, *words):
        self.cut = Cut(os.path.join(folder, f"{name}.cut"), socket_path)
        self._errors = open(os.path.join(folder, f"{name}.log"), "w+b")
        self.child = subprocess.Popen([GUESTWIRE, *(word.replace("DOMAIN", "unix:" + self.cut.path) for word in words)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0)
        self.pid = self.child.pid

    def said(self):
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode(errors="replace")

    def check(self):
        if self.child.poll() is not None:
            raise AssertionError(f"it has ended: {self.child.returncode}: {self.said()[-2000:]}")

    def end(self):
        """Returns what is wrong with its end, or nothing."""
        self.child.send_signal(signal.SIGINT)
        try:
            status = self.child.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = "killed, as it did not end"
        self.child.stdout.close()
        self.cut.close()
        return None if status in (0, 130) else f"exit {status}: {self.said()[-2000:]}"


class Forwards(Standing):
    AT_ONCE = 12

    def __init__(self, folder, guest, socket_path, chosen):
        guest.run("systemd-run -q --collect --unit digests socat -t 60 UNIX-LISTEN:%s,fork,backlog=64 EXEC:sha256sum; "
                  "until test -S %s; do sleep 0.1; done" % (APP, APP))
        super().__init__(folder, "forward", socket_path, "forward", "DOMAIN", "127.0.0.1:0", f"unix:{APP}")
        self._chosen = chosen
        line = self.child.stdout.readline().decode()
        if not line:
            raise AssertionError(self.said())
        self._port = int(line.split()[0].rpartition(":")[2])

    def actions(self):
        return [self.digests, self.aborted, self.half_closed]

    def _connect(self):
        self.check()
        client = connected(("127.0.0.1", self._port))
        client.settimeout(SECONDS)
        return client

    def _ask(self, data, failed):
        try:
            with self._connect() as client:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                answer = hear_all(client).decode()
            if answer != hashlib.sha256(data).hexdigest() + "  -\n":
                failed.append(Told(f"a forwarded connection said {answer!r}"))
        except OSError as error:
            failed.append(error)

    def digests(self):
        failed = []
        pieces = [self._chosen.randbytes(self._chosen.randrange(1 << 19)) for _ in range(self._chosen.randrange(1, self.AT_ONCE))]
        threads = [threading.Thread(target=self._ask, args=(piece, failed)) for piece in pieces]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]

    def aborted(self):
        with self._connect() as client:
            client.sendall(self._chosen.randbytes(self._chosen.randrange(1 << 18)))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def half_closed(self):
        with self._connect() as client:
            client.shutdown(socket.SHUT_WR)
            same(hear_all(client), (hashlib.sha256().hexdigest() + "  -\n").encode(), "an empty digest")


class Events(Standing):
    """Numbers rise, and what is missing is told."""

    def __init__(self, folder, guest, socket_path):
        super().__init__(folder, "events", socket_path, "--json", "events", "DOMAIN", "--since", "all")
        self._guest = guest
        self._instance, self._number = None, 0
        self._serial = 0
        self.heard = 0
        self.wrong = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_for("the first event", lambda: self.heard, SECONDS)

    def _read(self):
        for line in self.child.stdout:
            event = json.loads(line)
            self.heard += 1
            if "lost" in event:
                continue
            if event["instance"] == self._instance and event["number"] != self._number + 1:
                self.wrong.append(f"event {event['number']} behind {self._number}, and nothing told of a gap")
            self._instance, self._number = event["instance"], event["number"]

    def actions(self):
        return [self.address_comes_and_goes]

    def address_comes_and_goes(self):
        self.check()
        self._serial = self._serial % 200 + 1
        address = f"192.0.2.{self._serial}/32"
        for verb in "add", "del":
            before = self.heard
            self._guest.run(f"busybox ip addr {verb} {address} dev lo")
            # What comes and goes at once is not told of.
            try:
                wait_for(f"the event of an address ({verb})", lambda: self.heard > before, SECONDS)
            except AssertionError as error:
                raise Told(str(error)) from error
        if self.wrong:
            raise AssertionError(self.wrong.pop())


class Served(Standing):
    """Programs that come and go at a socket that guestwire serve has."""

    def __init__(self, folder, socket_path, chosen):
        self._path = os.path.join(folder, "served.sock")
        super().__init__(folder, "served", socket_path, "serve", "DOMAIN", f"unix:{self._path}")
        self._chosen = chosen
        if not self.child.stdout.readline():
            raise AssertionError(self.said())

    def actions(self):
        return [self.ping, self.program, self.text, self.leaves]

    def ping(self):
        self.check()
        run("ping", "unix:" + self._path)

    def program(self):
        self.check()
        data = self._chosen.randbytes(self._chosen.randrange(1 << 19))
        same(run("exec", "-i", "unix:" + self._path, "--", "cat", stdin=data), data, "what cat says")

    def text(self):
        try:
            with Plain(self._path, timeout=20) as client:
                client.sync_again(TRIES)
                client.socket.settimeout(SECONDS)
                client.call("guest-ping")
        except AssertionError as error:
            raise Told(str(error)) from error

    def leaves(self):
        with Plain(self._path) as client:
            client.say(self._chosen.randbytes(self._chosen.randrange(1, 1000)).replace(b"{", b"}"))
