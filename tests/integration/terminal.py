# SPDX-License-Identifier: LGPL-2.1-or-later
"""A terminal with the command at it, and what is said there."""

import fcntl
import os
import select
import struct
import subprocess
import termios

from client import GUESTWIRE
from tap import equal

SECONDS = 60


def read_some(fd, most, heard):
    ready, _, _ = select.select([fd], [], [], SECONDS)
    assert ready, ("nothing more comes", heard)
    piece = os.read(fd, most)
    assert piece, ("it has ended", heard)
    return piece


def read_until(fd, text, heard=b""):
    """All that comes, up to where text is in it, and what came with that. @heard: what came before"""
    while text not in heard:
        heard += read_some(fd, 65536, heard)
    return heard


def read_line(fd):
    """Not a byte more."""
    line = b""
    while not line.endswith(b"\n"):
        line += read_some(fd, 1, line)
    return line


def state(pid):
    """A letter, or None of a process that is not there."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_gone(pid):
    return state(pid) in (None, "Z")


class Terminal:
    """One of 33 rows and 77 columns, with the command at it."""

    def __init__(self, *words):
        self.heard = b""  # what nobody has asked for yet
        self.ours, self.its = os.openpty()
        self.resize(33, 77)
        self.before = termios.tcgetattr(self.its)
        self.child = subprocess.Popen([GUESTWIRE, *words], stdin=self.its, stdout=self.its, stderr=self.its,
                                      env=dict(os.environ, TERM="vt220"), preexec_fn=self.control)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.ours)
        os.close(self.its)

    def control(self):
        os.setsid()
        fcntl.ioctl(self.its, termios.TIOCSCTTY, 0)

    def resize(self, rows, columns):
        fcntl.ioctl(self.its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.ours, keys)

    def hear(self, text):
        """All up to there. What came with it is for the next time: how it comes in pieces tells nothing."""
        before, _, self.heard = read_until(self.ours, text, self.heard).partition(text)
        return before + text

    def is_raw(self):
        return not termios.tcgetattr(self.its)[3] & termios.ICANON

    def hang_up(self):
        os.close(self.ours)
        os.close(self.its)

    def end(self):
        """The command's exit status."""
        status = self.child.wait(timeout=SECONDS)
        equal(termios.tcgetattr(self.its), self.before)
        return status
