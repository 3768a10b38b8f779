# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the command, and holds what must be true of it whatever a guest says: how much memory and processor it took, how it
ended, and that nothing came out that acts on a terminal."""

import os
import pty
import re
import select
import subprocess
import time

from client import GUESTWIRE

MIB = 1024
# The command may take this much more than it has at rest. Measured with an answer of 10 MiB, the largest that a case
# sends: 53 MiB for `info` and 40 for `call`; where MALLOC_PERTURB_ is set, as by meson, 65 and 52, since then all of a
# block is written, the blocks that doubled and are half empty included. The rest is for the others' ways to count.
GROWTH_MAX = 96 * MIB
SECONDS = 150
KEPT = 1 << 22  # of what it prints
# Of a case in which nothing comes any more for seconds.
IDLE_CPU_MAX = 1.0
IS_SANITIZED = b"__asan_init" in open(GUESTWIRE, "rb").read()


class Told:
    """What came of one run. peak: KiB; cpu: seconds"""

    def __init__(self, words):
        self.words = words
        self.status = None
        self.output = b""
        self.errors = b""
        self.size = 0
        self.peak = 0
        self.cpu = 0
        self.seconds = 0

    def __repr__(self):
        return (f"{' '.join(map(str, self.words))}: exit {self.status}, {self.size} bytes out, {self.errors[-600:]!r}, peak {self.peak} KiB, "
                f"{self.cpu:.2f} s of {self.seconds:.2f} s")


def _peak(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            found = re.search(r"^VmHWM:\s*(\d+)", file.read(), re.M)
        return int(found[1]) if found else 0
    except (FileNotFoundError, ProcessLookupError):
        return 0


def run(*words, stdin=subprocess.DEVNULL, terminal=False, seconds=SECONDS):
    """@terminal: its output and errors go to one, as told.output"""
    told = Told(words)
    began = time.monotonic()
    if terminal:
        ours, its = pty.openpty()
        child = subprocess.Popen([GUESTWIRE, *words], stdin=stdin, stdout=its, stderr=its, start_new_session=True,
                                 env={**os.environ, "TERM": "vt220", "LC_ALL": "C.UTF-8"})
        os.close(its)
        ends = {ours: "output"}
    else:
        child = subprocess.Popen([GUESTWIRE, *words], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env={**os.environ, "LC_ALL": "C.UTF-8"})
        ends = {child.stdout.fileno(): "output", child.stderr.fileno(): "errors"}
    try:
        while ends:
            ready, _, _ = select.select(list(ends), [], [], 0.02)
            told.peak = max(told.peak, _peak(child.pid))
            for end in ready:
                try:
                    data = os.read(end, 1 << 18)
                except OSError:  # a terminal that nobody has any more
                    data = b""
                if not data:
                    del ends[end]
                    continue
                told.size += len(data)
                setattr(told, ends[end], (getattr(told, ends[end]) + data)[:KEPT])
            if time.monotonic() - began > seconds:
                raise AssertionError(f"it does not end: {told}")
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    finally:
        if child.returncode is None:
            child.kill()
            child.wait()
        for end in (child.stdout, child.stderr):
            if end:
                end.close()
        if terminal:
            os.close(ours)
    told.status = child.returncode
    told.cpu = usage.ru_utime + usage.ru_stime
    told.seconds = time.monotonic() - began
    return told


# --- What must hold --------------------------------------------------------

# Controls, formats, separators of lines, what has no meaning of its own, and what was no UTF-8. Let through: the end of a
# line, a carriage return, which goes back in one line of progress, and a tabulator.
ACTING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufeff"
                    "\ufff9-\ufffb\U000e0000-\U0010ffff]")


def acts_on_terminals(data):
    """The first thing in there that does more than to stand there."""
    text = data.decode(errors="surrogateescape")
    found = ACTING.search(text)
    return found and ascii(text[max(0, found.start() - 40):found.end() + 40])


def check(told, statuses, says=b"", growth=GROWTH_MAX, rest=None):
    """@statuses: those it may end with; @says: what stands in its errors, as well, where it fails"""
    assert told.status in statuses, told
    said = told.errors or told.output
    # Others may be a program's own.
    assert told.status not in (1, 125) or said.strip(), told
    assert re.search(says, said), (says, told)
    assert b"Sanitizer" not in said and b"runtime error" not in said and b"CRITICAL" not in said, told
    for data in (told.output, told.errors):
        found = acts_on_terminals(data)
        assert found is None, (found, told)
    if rest is not None and not IS_SANITIZED:
        assert told.peak < rest + growth, (rest, told)
    return told
