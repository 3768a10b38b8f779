# SPDX-License-Identifier: LGPL-2.1-or-later
"""A gate on the way to an agent: a unix socket that lets through so many bytes each way, and holds the rest back. So a
test has a copy in the middle for as long as it likes. Knows nothing of what goes through."""

import contextlib
import os
import select
import socket
import threading
import time

PIECE = 64 << 10
TRICKLE = 1 << 20  # bytes a second
LOOK_SECONDS = 0.05


class Gate:
    """A context manager. path: what clients connect to, one after the other

    @agent: the agent's socket; it may go, and come again; @most: bytes each way, of all connections together"""

    def __init__(self, folder, agent, most):
        self.path = os.path.join(folder, "gate.sock")
        self._agent = agent
        self._left = {"client": most, "agent": most}
        self._pause = 0
        self._closed = False

    def __enter__(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(LOOK_SECONDS)
        self._listener.bind(self.path)
        self._listener.listen()
        self._thread = threading.Thread(target=self._take_clients, name="gate", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._closed = True
        self._thread.join()
        self._listener.close()
        os.unlink(self.path)

    def trickle(self):
        """Lets the rest through slowly: what interrupts it gets there long before its end."""
        self._pause = PIECE / TRICKLE
        self.open()

    def open(self):
        self._left = dict.fromkeys(self._left, 1 << 60)

    def _take_clients(self):
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            with client:
                self._serve(client)

    def _serve(self, client):
        """Waits for an agent, as a channel does."""
        while not self._closed:
            with socket.socket(socket.AF_UNIX) as agent:
                try:
                    agent.connect(self._agent)
                except OSError:
                    time.sleep(LOOK_SECONDS)
                    continue
                self._carry(client, agent)
                self._pass_last_words(client, agent)
                return

    def _carry(self, client, agent):
        """Until one of them is gone."""
        ends = {client.fileno(): (client, agent, "client"), agent.fileno(): (agent, client, "agent")}
        for end in client, agent:
            end.settimeout(60)
        while not self._closed:
            poll = select.poll()
            for number, (_, _, name) in ends.items():
                poll.register(number, select.POLLIN if self._left[name] > 0 else 0)
            for number, event in poll.poll(LOOK_SECONDS * 1000):
                if not event & select.POLLIN or not self._pass(*ends[number]):
                    return

    def _pass_last_words(self, client, agent):
        """What a client said before it went reaches the agent, as it does in a socket."""
        poll = select.poll()
        poll.register(client, 0)
        if poll.poll(0):
            with contextlib.suppress(OSError):
                while data := client.recv(PIECE):
                    agent.sendall(data)

    def _pass(self, source, target, name):
        try:
            data = source.recv(min(PIECE, self._left[name]))
            target.sendall(data)
        except OSError:
            return False
        self._left[name] -= len(data)
        time.sleep(self._pause)
        return bool(data)
