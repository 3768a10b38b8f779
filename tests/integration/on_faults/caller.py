# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes numbered calls, each of which leaves a line "NAME NUMBER" in the guest: caller.py ADDRESS NAME

Says "NUMBER OUTCOME" of each. Reads "pause", and says "paused" when no call is on the way; "go"; and an end of its
input, which ends it. Opens its client again as a daemon would, and never makes a call twice."""

import json
import sys
import threading

import gi

gi.require_version("Guestwire", "1")
from gi.repository import GLib, Guestwire  # noqa: E402

OPEN_MS = 60000
PACE = 0.2  # seconds between two calls: it is not to be all that the guest does
OUTCOMES = {
    Guestwire.Error.NOT_DELIVERED: "not-delivered",
    Guestwire.Error.PEER_LOST: "peer-lost",
    Guestwire.Error.PEER_RESTARTED: "peer-restarted",
    Guestwire.Error.TIMED_OUT: "timed-out",
}


def say(*words):
    print(*words, flush=True)


class Orders:
    """What is read from the input, by a thread."""

    def __init__(self):
        self.changed = threading.Condition()
        self.goes = True
        self.ended = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in sys.stdin:
            self._set(line.strip() == "go", False)
        self._set(True, True)

    def _set(self, goes, ended):
        with self.changed:
            self.goes, self.ended = goes, ended
            self.changed.notify()

    def wait(self):
        """Returns whether there is to be one more call."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or not self.goes, PACE)
            if not self.goes:
                say("paused")
            self.changed.wait_for(lambda: self.goes)
            return not self.ended


def outcome(client, number):
    if client.get_state() != Guestwire.ClientState.OPEN:
        client.open(OPEN_MS)
    try:
        script = f"echo {sys.argv[2]} {number} >/dev/ttyS1"
        client.call("guest-exec", Guestwire.json_parse(json.dumps({"path": "/bin/sh", "arg": ["-c", script]}), -1), Guestwire.TIMEOUT_NONE)
        return "reply"
    except GLib.Error as error:
        for code, name in OUTCOMES.items():
            if error.matches(Guestwire.error_quark(), code):
                return name
        raise


client = Guestwire.Client.new(Guestwire.Address.new(sys.argv[1]))
client.set_wants_frames(True)
orders = Orders()
number = 0
while orders.wait():
    say(number, outcome(client, number))
    number += 1
