# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest tells of what happens in it. The last case shuts it down."""

import contextlib
import json
import select
import subprocess

from client import GUESTWIRE, guestwire
from guest import address, in_guest
from tap import equal

SECONDS = 60


class Events:
    """guestwire events while it runs."""

    def __init__(self, machine, *words):
        self.child = subprocess.Popen([GUESTWIRE, "--json", "events", address(machine), *words], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, bufsize=0)

    def next(self, name):
        """The data of the next event of that name; what comes before it is passed over."""
        while True:
            ready, _, _ = select.select([self.child.stdout], [], [], SECONDS)
            assert ready, ("no event comes", name)
            line = self.child.stdout.readline()
            assert line, ("it has ended", name)
            self.last = json.loads(line)
            if self.last.get("event") == name:
                return self.last["data"]


@contextlib.contextmanager
def following(machine, *words):
    # Unbuffered, so that select() knows of every line.
    events = Events(machine, *words)
    try:
        yield events
    finally:
        events.child.terminate()
        try:
            events.child.wait(timeout=SECONDS)
        finally:
            events.child.kill()
            events.child.wait()
        events.child.stdout.close()


def what_happens_is_told(machine):
    with following(machine, "--since", "all") as events:
        equal(events.next("agent-started")["version"] != "", True)
        in_guest(machine, "busybox ip addr add 192.0.2.7/25 dev lo")
        equal(events.next("addresses-changed"), {"interface": "lo", "added": ["192.0.2.7/25"], "removed": []})
        # systemd writes utmp as getty does.
        in_guest(machine, "systemd-run -q -p User=root -p UtmpIdentifier=gw -p UtmpMode=user -p TTYPath=/dev/ttyS0 sleep 0.1")
        came, went = events.next("user-logged-in"), events.next("user-logged-out")
        equal((came["user"], came), ("root", went))


def followers_go_on_over_a_restart_of_the_agent(machine):
    with following(machine, "--since", "all", "agent-started") as events:
        events.next("agent-started")
        before = events.last["instance"]
        in_guest(machine, "systemctl restart guestwire-agent")
        events.next("agent-started")
        equal((events.last["instance"] != before, events.last["number"]), (True, 1))


def events_are_replayed_from_a_number(machine):
    status, output, _ = guestwire("--json", "events", address(machine), "--since", "all", "--count", "1")
    first = json.loads(output)
    in_guest(machine, "busybox ip addr add 192.0.2.8/25 dev lo")
    since = f"{first['instance']}:{first['number']}"
    status, output, _ = guestwire("--json", "events", address(machine), "--since", since, "--count", "1")
    second = json.loads(output)
    equal((status, second["number"], second["data"]["added"]), (0, first["number"] + 1, ["192.0.2.8/25"]))


def low_memory_is_told(machine):
    with following(machine, "memory-low") as events:
        # Who is over this limit is made to wait.
        in_guest(machine, "systemd-run -q --unit=hungry -p MemoryHigh=3M perl -e 'while () { my $x = q(a) x 30_000_000 }'")
        equal(events.next("memory-low")["available"] > 0, True)
    in_guest(machine, "systemctl kill -s KILL hungry")


def a_shutdown_from_within_is_told_before_the_agent_goes(machine):
    with following(machine) as events:
        in_guest(machine, "(sleep 0.2; systemctl poweroff) > /dev/null 2>&1 &")
        equal(events.next("shutdown-begun"), {"mode": "powerdown"})


CASES = [what_happens_is_told, followers_go_on_over_a_restart_of_the_agent, events_are_replayed_from_a_number,
         low_memory_is_told, a_shutdown_from_within_is_told_before_the_agent_goes]
