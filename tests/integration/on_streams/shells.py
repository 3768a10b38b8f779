# SPDX-License-Identifier: LGPL-2.1-or-later
"""A login to a guest."""

from client import guestwire
from guest import address, in_guest
from tap import equal, wait_for
from terminal import Terminal


def login_is_roots_own(machine):
    with Terminal("shell", address(machine)) as terminal:
        terminal.type(b"PS1='> '; stty -echo; echo rea''dy\r")
        terminal.hear(b"ready\r\n")
        terminal.type(b"echo $0 $PWD $MAIL; id -un; stty size; cat /proc/self/cgroup; echo e''nd\r")
        said = terminal.hear(b"end\r\n").decode()
        assert "-bash /root /var/mail/root\r\nroot\r\n33 77\r\n" in said, said
        # Not with the agent, whose restart would kill it.
        assert "guestwire" in said and "main.pid" not in said, said
        terminal.type(b"sleep 1000 &\rexit 7\r")
        equal(terminal.end(), 7)
    equal(guestwire("shell", address(machine), stdin=b"cd /etc; pwd; exit 3\n"), (3, b"/etc\n", b""))


def shell_ends_with_its_client(machine):
    with Terminal("shell", address(machine)) as terminal:
        terminal.type(b"exec sleep 54321\r")
        wait_for("it", lambda: in_guest(machine, "pgrep -fx 'sleep 54321' || true"))
        terminal.type(b"\r~.")
        equal(terminal.end(), 125)
    wait_for("its end", lambda: not in_guest(machine, "pgrep -fx 'sleep 54321' || true"))


CASES = [login_is_roots_own, shell_ends_with_its_client]
