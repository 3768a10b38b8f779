# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long calls take: pings beside a bare echo, and programs beside a stock agent's."""

from .figures import median_time
from .report import Aim

PARTS = 5  # of all rounds, so that what the host does meanwhile meets all alike


def times(place, *words):
    """Milliseconds"""
    return [float(line) / 1000 for line in place.host(*words).split()]


def in_turn(commands, count):
    """{name: Figure}. @commands: {name: what measures it, before the count}; @count: of all rounds"""
    found = {name: [] for name in commands}
    for _ in range(PARTS):
        for name, (place, *words) in commands.items():
            found[name].append(times(place, *words, str(count // PARTS)))
    return {name: median_time(rounds) for name, rounds in found.items()}


def ping(place, report, options):
    commands = {
        "echo": (place, "bench-host", "echo", place.sockets["echo"]),
        "text": (place, "bench-host", "ping", place.sockets["agent"]),
        "frames": (place, "bench-client", "ping", place.address),
    }
    if "stock" in place.sockets:
        commands["stock"] = (place, "bench-host", "ping", place.sockets["stock"])
    found = in_turn(commands, options.pings)
    aim = Aim(most=place.ping_most)
    for voice in ("text", "frames"):
        report.add(f"guest-ping in {voice}", "ms", found[voice], "echo", found["echo"], aim)
        if "stock" in found:
            report.add(f"guest-ping in {voice}", "ms", found[voice], "qemu-ga", found["stock"])


def execute(place, report, options):
    found = in_turn({
        "frames": (place, "bench-client", "exec", place.address),
        "text": (place, "bench-host", "exec", place.sockets["agent"]),
        "stock": (place, "bench-host", "exec", place.sockets["stock"]),
    }, options.programs)
    report.add("exec /bin/true in frames", "ms", found["frames"], "qemu-ga", found["stock"], Aim(most=0.333))
    report.add("exec /bin/true in text", "ms", found["text"], "qemu-ga", found["stock"])
