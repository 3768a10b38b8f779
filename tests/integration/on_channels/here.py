# SPDX-License-Identifier: LGPL-2.1-or-later
"""Channels to an agent that is a process of this host."""

import contextlib
import os
import subprocess

from client import AGENT
from processes import untie
from tap import wait_for

from .channel import HostHere, run_here


class Here(HostHere):
    """One with an agent process. serves: the agent's name of it"""

    def __init__(self, name, folder):
        super().__init__(name, folder)
        self.there = os.path.join(self.folder, "guest")
        os.makedirs(self.there)
        self._agent = None

    def __enter__(self):
        self.start_agent()
        return self

    def __exit__(self, *_):
        self.end_agent()

    def start_agent(self):
        run = os.path.join(self.folder, "run")
        os.makedirs(run, exist_ok=True)
        with open(os.path.join(self.folder, "agent.log"), "ab") as log:
            # Not the /run/guestwire of an agent of this host's own.
            self._agent = subprocess.Popen([AGENT, "--channel", self.serves], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           env={**os.environ, "RUNTIME_DIRECTORY": run})

    def end_agent(self):
        self._agent.kill()
        self._agent.wait()

    def restart_agent(self):
        self.end_agent()
        self.start_agent()

    def run_in_guest(self, script, timeout):
        return run_here(script, self.there, timeout)

    def agent_log(self):
        with open(os.path.join(self.folder, "agent.log"), encoding="utf-8", errors="replace") as log:
            return log.read()


class SocketPair(Here):
    """The agent listens: a connection is a pair of connected sockets, with nothing between."""

    ends_with_agent = True

    def __init__(self, folder):
        super().__init__("socket-pair", folder)
        path = os.path.join(self.folder, "agent")
        self.serves = f"unix-listen:{path}"
        self.address = f"unix:{path}"
        self.raw = f"UNIX-CONNECT:{path}"

    def prepare(self):
        self.host("wait_for '[ -S ${A#unix:} ]'")


class CookedPty(Here):
    """Two terminals tied together, which are as the kernel makes them until somebody sets them otherwise: they echo,
    translate line ends, and take ctrl-C for a signal."""

    def __init__(self, folder):
        super().__init__("cooked-pty", folder)
        self._ends = [os.path.join(self.folder, name) for name in ("guest-end", "host-end")]
        self._line = None
        self.serves = f"tty:{self._ends[0]}"
        self.address = f"pty:{self._ends[1]}"
        self.raw = f"{self._ends[1]},rawer"

    def __enter__(self):
        self._tie()
        return super().__enter__()

    def __exit__(self, *_):
        super().__exit__()
        self._untie()

    def prepare(self):
        # As one that has just been made.
        self.host("stty -F ${A#pty:} sane")

    def bridge(self):
        """It is one itself."""
        return contextlib.nullcontext()

    def cut(self):
        self._untie()
        self._tie()

    def _tie(self):
        self._line = subprocess.Popen(["socat", *(f"PTY,link={end}" for end in self._ends)], stdin=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        wait_for("the terminals", lambda: all(os.path.exists(end) for end in self._ends))

    def _untie(self):
        untie(self._line, self._ends)
