# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the agent takes of its guest: memory, wakeups, and time to start."""

import re
import time

from .figures import Figure, largest, median_time
from .report import Aim
from .work_files import STOCK_CHUNK, Files

AT_MOST_STOCK = Aim(most=1)
NONE = Aim(most=0)
LOOKS = 8
LOOK_PAUSE = 0.2  # seconds
STARTS = 5
PINGS = 10
AGENTS = ("agent", "stock")
BESIDE = "qemu-ga"


def anonymous(text):
    """MiB. @text: of /proc/PID/status, any number of them"""
    return [int(number) / 1024 for number in re.findall(r"^RssAnon:\s+(\d+)", text, re.MULTILINE)]


def switches(text):
    """Of all threads. @text: of their /proc/PID/task/TID/status"""
    return sum(int(number) for number in re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.MULTILINE))


def renew(place, agent):
    """Starts it anew, and has it serve somebody. Returns the command that shows its status."""
    place.stop(agent)
    place.start(agent)
    place.host("bench-host", "ping", place.sockets[agent], str(PINGS))
    return f"cat /proc/{place.pid(agent)}/status"


def memory(place, report, options):
    rest = {agent: largest(anonymous(place.guest(renew(place, agent)))) for agent in AGENTS}
    report.add("memory at rest", "MiB", rest["agent"], BESIDE, rest["stock"], AT_MOST_STOCK)
    files = Files(place)
    files.prepare()
    for way in ("push", "pull"):
        moves = {"push": [("guestwire", "push", "-q", place.address, files.source, files.guest_back),
                          ("bench-host", "write", place.sockets["stock"], files.source, f"{place.guest_folder}/stock", str(STOCK_CHUNK))],
                 "pull": [("guestwire", "pull", "-q", place.address, files.guest_source, files.back),
                          ("bench-host", "read", place.sockets["stock"], files.guest_source, str(STOCK_CHUNK))]}[way]
        used = {agent: watch(place, words, renew(place, agent)) for agent, words in zip(AGENTS, moves)}
        place.guest(f"rm -f {files.guest_back} {place.guest_folder}/stock")
        report.add(f"memory in a {way}", "MiB", used["agent"], BESIDE, used["stock"], AT_MOST_STOCK)
    for agent in AGENTS:
        # A stock one that has more to say than anyone hears would go on trying.
        renew(place, agent)


def watch(place, words, status):
    """The most that an agent has while @words run."""
    child = place.host_begin(*words)
    try:
        return largest(anonymous(place.guest(f"for i in $(seq {LOOKS}); do {status}; sleep {LOOK_PAUSE}; done")))
    finally:
        # The rest of it tells nothing more.
        child.kill()
        child.wait()


def idle(place, report, options):
    """Nobody is connected."""
    time.sleep(1)  # for what the one before has left to do
    pids = {agent: place.pid(agent) for agent in AGENTS}
    look = "; ".join(f"echo {agent}; cat /proc/{pid}/task/*/status" for agent, pid in pids.items())
    told = place.guest(f"{look}; sleep {options.idle_seconds}; {look}", timeout=options.idle_seconds + 60)
    found = {agent: [0, 0] for agent in AGENTS}
    for number, part in enumerate(re.split(r"^(?=agent$)", told, flags=re.MULTILINE)[1:]):
        for agent, text in zip(AGENTS, part.split("\nstock\n")):
            found[agent][number] = switches(text)
    scale = 60 / options.idle_seconds
    figures = {agent: Figure((after - before) * scale, [(after - before) * scale]) for agent, (before, after) in found.items()}
    report.add("wakeups, nobody connected", "a minute", figures["agent"], aim=NONE)
    report.add("wakeups of qemu-ga, for comparison", "a minute", figures["stock"])


def start(place, report, options):
    taken = {agent: [] for agent in AGENTS}
    for agent in AGENTS:
        place.stop(agent)
    for _ in range(STARTS):
        for agent in AGENTS:
            first = place.host("bench-host", "first", place.sockets["raw"], place.sockets[agent], *place.start_command(agent))
            taken[agent].append([float(first) / 1000])
            place.stop(agent)
    for agent in AGENTS:
        place.start(agent)
    found = {agent: median_time(rounds) for agent, rounds in taken.items()}
    report.add("start to first answer", "ms", found["agent"], BESIDE, found["stock"], AT_MOST_STOCK)
