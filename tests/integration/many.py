# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs so many programs at once through one client, and pings meanwhile: many.py ADDRESS COUNT

Prints as JSON how many have ended, how many with the right output, and how long a ping took at most."""

import json
import sys
import time

import gi

gi.require_version("Guestwire", "1")
from gi.repository import GLib, Guestwire  # noqa: E402

LINES = 20000
EXPECTED = b"".join(b"%d\n" % i for i in range(1, LINES + 1))


class Many:
    def __init__(self, address, count):
        self.loop = GLib.MainLoop()
        self.left = count
        self.told = {"ended": 0, "right": 0, "pings": 0, "slowest_ping_ms": 0}
        self.client = Guestwire.Client.new(Guestwire.Address.new(address))
        self.client.set_wants_frames(True)
        self.client.open(Guestwire.TIMEOUT_DEFAULT, None)
        assert self.client.get_framed(), "the agent speaks no frames"
        self.processes = [Guestwire.Process.new(self.client, ["sh", "-c", f"sleep 2; seq {LINES}"]) for _ in range(count)]

    def run(self):
        for process in self.processes:
            process.run_async(Guestwire.TIMEOUT_NONE, None, self.on_ended)
        self.ping()
        self.loop.run()
        print(json.dumps(self.told))

    def ping(self):
        self.asked = time.monotonic()
        self.client.call_async("guest-ping", None, Guestwire.TIMEOUT_DEFAULT, None, self.on_pong)

    def on_pong(self, client, result):
        client.call_finish(result)
        took = round((time.monotonic() - self.asked) * 1000, 1)
        self.told["pings"] += 1
        self.told["slowest_ping_ms"] = max(self.told["slowest_ping_ms"], took)
        if self.left:
            GLib.timeout_add(20, lambda: self.ping())

    def on_ended(self, process, result):
        process.run_finish(result)
        self.told["ended"] += 1
        self.told["right"] += process.get_exit_status() == 0 and process.get_output().get_data() == EXPECTED
        self.left -= 1
        if not self.left:
            self.loop.quit()


Many(sys.argv[1], int(sys.argv[2])).run()
