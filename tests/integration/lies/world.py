# SPDX-License-Identifier: LGPL-2.1-or-later
"""An agent in namespaces of its own: what it runs and keeps is not that of other agents on this host, and ends with it."""

import contextlib
import os

from client import AGENT
from processes import process
from tap import wait_for

# The shell is the first process there, which ends what is orphaned.
INSIDE = 'mount -t tmpfs none /run && { "$@" & wait; }'


def _child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return int(file.read().split()[0])


@contextlib.contextmanager
def agent_alone(folder):
    """Its process id and its socket."""
    path = os.path.join(folder, "agent.sock")
    become_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    with process("unshare", *become_root, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", INSIDE, "sh",
                 AGENT, "--channel", "unix-listen:" + path) as first:
        wait_for("the agent's socket", lambda: os.path.exists(path) or first.poll() is not None, 60)
        if first.poll() is not None:
            raise AssertionError(first.stderr.read().decode(errors="replace"))
        yield _child_of(_child_of(first.pid)), path
