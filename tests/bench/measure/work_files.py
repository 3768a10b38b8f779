# SPDX-License-Identifier: LGPL-2.1-or-later
"""How fast files move: ours beside a raw copy and a stock agent, and pings while they do."""

import os

from .figures import MIB, best_rate, percentile_time
from .report import Aim

NEAR_RAW = Aim(least=0.8)
TIMES_STOCK = Aim(least=40)
PING_HELD_UP = Aim(most=5)
# What qemu-ga moves in its time; rates do not depend on it.
STOCK_SIZE = 4 * MIB
STOCK_CHUNK = MIB
SIZES = [size << 10 for size in (64, 256, 1024, 4096, 16384, 65536, 262144)]
WAYS = ("push", "pull")


def seconds(place, *words):
    # What the command itself prints comes before it.
    return float(place.host("bench-host", "time", *words).split()[-1]) / 1e6


class Files:
    """One file on both sides."""

    def __init__(self, place, size=None):
        self.place = place
        self.size = place.size if size is None else size
        self.source = os.path.join(place.folder, "data" if size is None else f"data-{size}")
        self.back = os.path.join(place.folder, "back")
        self.guest_source = f"{place.guest_folder}/{os.path.basename(self.source)}"
        self.guest_back = f"{place.guest_folder}/back"

    def prepare(self):
        place = self.place
        place.host("bench-host", "push", place.sockets["raw"], self.source, self.guest_source)

    def move(self, who, way):
        """Returns how long that took."""
        here, there = (self.source, self.guest_back) if way == "push" else (self.back, self.guest_source)
        # Each one makes a new file.
        if way == "push":
            self.place.guest(f"rm -f {self.guest_back}")
        else:
            self.place.remove(self.back)
        if who == "raw":
            return seconds(self.place, *self.place.command("bench-host", way, self.place.sockets["raw"], here, there))
        ends = (here, there) if way == "push" else (there, here)
        return seconds(self.place, *self.place.command("guestwire", way, "-q", self.place.address, *ends))

    def check(self, way):
        """That it is the same file."""
        if way == "push":
            self.place.guest(f"cmp {self.guest_source} {self.guest_back}")
        else:
            self.place.same(self.source, self.back)


def alternate(files, way, rounds):
    """{"raw": times, "ours": times}"""
    times = {"raw": [], "ours": []}
    for _ in range(rounds):
        for who, taken in times.items():
            taken.append(files.move(who, way))
            files.check(way)
    return times


def stock_rate(place, way, rounds):
    """By a client that has one large call after the other."""
    source = os.path.join(place.folder, f"data-{STOCK_SIZE}")
    there = f"{place.guest_folder}/stock"
    place.head(STOCK_SIZE, source)
    place.host("bench-host", "push", place.sockets["raw"], source, there)
    words = {"push": ("write", place.sockets["stock"], source, there, str(STOCK_CHUNK)),
             "pull": ("read", place.sockets["stock"], there, str(STOCK_CHUNK))}[way]
    return best_rate(STOCK_SIZE, [seconds(place, *place.command("bench-host", *words)) for _ in range(rounds)])


def measure_way(place, report, way, options):
    files = Files(place)
    files.prepare()
    times = alternate(files, way, options.rounds)
    ours = best_rate(files.size, times["ours"])
    report.add(way, "MiB/s", ours, "raw copy", best_rate(files.size, times["raw"]), NEAR_RAW)
    if "stock" in place.sockets:
        report.add(way, "MiB/s", ours, "qemu-ga", stock_rate(place, way, options.rounds), TIMES_STOCK)


def push(place, report, options):
    measure_way(place, report, "push", options)


def pull(place, report, options):
    measure_way(place, report, "pull", options)


def sizes(place, report, options):
    """For the plot alone."""
    for size in [size for size in SIZES if size <= place.size]:
        place.head(size, os.path.join(place.folder, f"data-{size}"))
        files = Files(place, size)
        files.prepare()
        for way in WAYS:
            for who, times in alternate(files, way, options.rounds).items():
                report.sizes.setdefault(f"{way} {who}", []).append((size, best_rate(size, times).value))


def moving(place, report, options):
    """Pings over the session that a file moves over, one at a time."""
    files = Files(place)
    files.prepare()
    idle, held = [], {way: [] for way in WAYS}
    for number in range(options.rounds):
        for way in WAYS:
            place.guest(f"rm -f {files.guest_back}")
            place.remove(files.back)
            ends = (files.source, files.guest_back) if way == "push" else (files.back, files.guest_source)
            lines = [line.split() for line in place.host("bench-client", "moving", way, place.address, *ends,
                                                         str(options.moving_pings)).splitlines()]
            idle.append([float(line[1]) / 1000 for line in lines if line[0] == "idle"])
            pings = [(float(line[1]) / 1e6, float(line[2]) / 1000) for line in lines if line[0] == "moving"]
            held[way].append([taken for _, taken in pings])
            if number == 0:
                report.pings[way] = pings
    alone = percentile_time(idle, 99)
    report.ping_alone = alone.value
    for way in WAYS:
        report.add(f"ping while {way}, 99th percentile", "ms", percentile_time(held[way], 99), "alone", alone, PING_HELD_UP)
