# SPDX-License-Identifier: LGPL-2.1-or-later
"""A channel as the cases see it: a shell where the host's tools are, a shell in the guest, and bytes.

Who adds a kind of channel gives it these; the cases ask for nothing else. Each word is a shell's, since the host's
tools may be in another machine (in dom0), where there is nothing but a shell."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import tempfile

from client import BUILD, Plain

SECONDS = 60  # what a thing may take at most on a busy host
LONG_SECONDS = 400  # where many bytes go, or many connections
LEAVE_SECONDS = 10

PRELUDE = r"""set -e
# wait_for CONDITION [SECONDS]
wait_for () {
  n=0
  until eval "$1"; do
    n=$((n + 1)); [ $n -le ${2:-%d}0 ] || { echo "still waiting for: $1"; exit 1; }
    sleep 0.1
  done
}
started () { echo $1 >>pids; }
# Another process may have the number by now.
end () { [ "$(readlink /proc/$1/cwd)" != "$PWD" ] || kill $1; }
# There is no pkill in BusyBox.
end_children () { kill $(grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status | cut -d / -f 3) 2>/dev/null; }
""" % SECONDS

# Those that are waited for by nobody but this machine's first process may stay as zombies.
TIDY = """
for pid in $(cat pids 2>/dev/null); do
  while [ "$(readlink /proc/$pid/cwd)" = "$PWD" ] && grep -qs '^State:.[^Z]' /proc/$pid/status; do
    kill $pid 2>/dev/null
    sleep 0.1
  done
done
rm -rf ./* 2>/dev/null || true
"""


class Bytes(Plain):
    """A connection to a channel's host end, past our library."""

    def __init__(self, connected):
        self.socket = connected
        self.socket.settimeout(SECONDS)
        self.buffer = b""

    def hear_some(self):
        data = self.socket.recv(65536)
        assert data, f"closed after {self.buffer!r}"
        self.buffer += data

    def sync(self):
        """Returns what came before the answer, in lines. Frames of before may be in it, and lines without an end."""
        number = next(self.numbers)
        before = []
        self.say(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":%d}}\n' % number)
        while True:
            line = self.hear()
            rest, _, answer = line.rpartition(b"\xff")
            if answer == b'{"return":%d}' % number:
                return before + ([rest] if rest else [])
            before.append(line)

    def sync_again(self, tries=30):
        """As the protocol has it: each try has a time of its own, as bytes may get lost when a client comes."""
        self.socket.settimeout(2)
        try:
            return super().sync_again(tries)
        finally:
            self.socket.settimeout(SECONDS)


class Channel:
    """name; channel_name: that the agent says, None if it has none; address: for the command;
    raw: the same for socat; there: a folder in the guest; mebibyte: bytes of what should be one;
    slow: why that is less, for people; ends_with_agent: whether its connections do; not_possible: {case: why}"""

    channel_name = None
    mebibyte = 1 << 20
    slow = None
    ends_with_agent = False
    not_possible = {}

    def __init__(self, name):
        self.name = name
        self._used_guest = False

    def host(self, script, timeout=2 * SECONDS):
        """Runs it where the host's tools are, in a folder of its own. Returns what it prints; one that fails is an error."""
        words = {"A": self.address, "T": self.there, "RAW": self.raw}
        set_words = "".join(f"{name}={shlex.quote(value)}\n" for name, value in words.items())
        status, output = self.run_on_host(PRELUDE + set_words + script, timeout)
        if status:
            raise AssertionError(f"on the host: {script}: exit {status}: {output}")
        return output.strip()

    def guest(self, script, timeout=SECONDS):
        """The same in the guest."""
        self._used_guest = True
        status, output = self.run_in_guest(PRELUDE + f"cd {self.there}\n" + script, timeout)
        if status:
            raise AssertionError(f"in the guest: {script}: exit {status}: {output}")
        return output.strip()

    def tidy(self):
        """Ends what a case left running on the host, and removes its files."""
        self.run_on_host(TIDY, SECONDS)
        # Which costs a second, where it is a shell on an emulated serial line.
        if self._used_guest:
            self.run_in_guest(f"cd {self.there} && rm -rf ./*", SECONDS)
            self._used_guest = False

    def prepare(self):
        """Before each case."""

    # What a kind of channel has of its own.

    def run_on_host(self, script, timeout):
        """(exit status, output)"""
        raise NotImplementedError

    def run_in_guest(self, script, timeout):
        raise NotImplementedError

    def bytes(self):
        """A context manager: Bytes."""
        raise NotImplementedError

    def restart_agent(self):
        """Kills it, and returns when there is another one."""
        raise NotImplementedError

    def bridge(self):
        """A context manager: the address leads over a bridge meanwhile, of which cut() ends what passes it, unless the
        case has a file `status`, as its command has ended."""
        raise NotImplementedError

    def cut(self):
        raise NotImplementedError


class HostHere(Channel):
    """One whose host is this process's."""

    def __init__(self, name, folder):
        super().__init__(name)
        self.folder = os.path.join(folder, name)
        self.work = os.path.join(self.folder, "host")
        os.makedirs(self.work)

    def run_on_host(self, script, timeout):
        return run_here(script, self.work, timeout)

    @contextlib.contextmanager
    def bytes(self):
        ours, its = socket.socketpair()
        with its:
            child = subprocess.Popen(["socat", "-t", "0.1", "-", self.raw], stdin=its, stdout=its, stderr=subprocess.DEVNULL)
        try:
            with Bytes(ours) as connection:
                yield connection
                ours.shutdown(socket.SHUT_WR)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(LEAVE_SECONDS)
        finally:
            child.kill()
            child.wait()

    @contextlib.contextmanager
    def bridge(self):
        direct = self.address
        inside, outside, self.address = self.bridge_ends()
        self.host(f"socat {inside},fork {outside} >/dev/null 2>&1 & echo $! >bridge; started $!")
        try:
            yield
        finally:
            self.host("end $(cat bridge)")
            self.address = direct
            self.after_bridge()

    def bridge_ends(self):
        """(what socat listens on, what it connects to, the address that leads there)"""
        path = os.path.join(self.folder, "bridge")
        return f"UNIX-LISTEN:{path}", self.raw, f"unix:{path}"

    def after_bridge(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, "bridge"))

    def cut(self):
        self.host("wait_for 'end_children $(cat bridge) || [ -e status ]'")


def run_here(script, folder, timeout):
    """(exit status, output) of a shell of this host. What it leaves running may hold its output."""
    path = f"{os.path.join(BUILD, 'host/cli')}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    with tempfile.TemporaryFile() as output:
        with subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
                              env={**os.environ, "PATH": path}, start_new_session=True) as child:
            try:
                status = child.wait(timeout)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                status = 124
        output.seek(0)
        return status, output.read().decode(errors="replace")
