# SPDX-License-Identifier: LGPL-2.1-or-later
"""Processes on this host that end with their test."""

import contextlib
import os
import subprocess

from client import AGENT, guestwire
from tap import equal, wait_for


@contextlib.contextmanager
def process(*words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **options):
    """It is killed if it has not ended."""
    child = subprocess.Popen(words, stdin=stdin, stderr=stderr, **options)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for pipe in child.stdin, child.stdout, child.stderr:
            if pipe:
                with contextlib.suppress(BrokenPipeError):  # of what was not written
                    pipe.close()


@contextlib.contextmanager
def listening(folder, *options):
    path = os.path.join(folder, "agent.sock")
    with process(AGENT, "-m", "unix-listen", "-p", path, *options) as agent:
        equal(guestwire("wait", "unix:" + path)[0], 0)
        yield agent, path


def listening_in_text(folder):
    """As qemu-ga, which knows no frames."""
    return listening(folder, "-b", "guestwire-open")


@contextlib.contextmanager
def tied(folder):
    """A serial line: two pseudo-terminals."""
    ends = [os.path.join(folder, name) for name in ("guest", "host")]
    with process("socat", *(f"PTY,link={end},raw,echo=0" for end in ends)) as line:
        wait_for("the terminals", lambda: all(os.path.exists(end) for end in ends))
        try:
            yield line, *ends
        finally:
            untie(line, ends)


def untie(line, ends):
    """Takes the names away first: the kernel gives the numbers of terminals that are gone to the next ones, maybe those of
    another test, and who opened an old name again would meet these."""
    for end in ends:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(end)
    line.kill()
    line.wait()
