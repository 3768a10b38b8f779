# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root shell on a machine's serial console, made fit for programs: runs a command, returns its exit
status and output. Knows the terminal and the shell, and nothing of how the machine was started.

Commands and output cross as base64, in lines that the echo of their own request cannot look like, so
neither the terminal's echo nor messages of the kernel and systemd in between are taken for an answer."""

import base64
import contextlib
import itertools
import os
import re
import socket
import time

from .errors import MachineError, MachineTimeout

COMMAND_MAX = 32 * 1024  # bytes; beyond 64 KiB unread the guest's terminal drops input
CHUNK = 3000  # characters; a terminal line holds 4095
PATTERN_MAX = 256  # bytes that a pattern searched for may match
TAIL = 64 * 1024  # bytes kept for error reports
OUTPUT_MAX = 1024 * 1024  # bytes; an emulated serial line carries some 35 kB a second
ANSWER_TIME = 120  # seconds for what is no part of a command's own time: the shell, and its output's way here

READY = re.compile(rb"\[vm ready\]")
PANIC = re.compile(rb"Kernel panic - not syncing[^\r\n]*")


class Console:
    def __init__(self, path):
        self._ids = (f"{os.getpid()}-{n}" for n in itertools.count())
        self._buffer = bytearray()
        self._tail = b""
        self._has_shell = False
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise MachineError(f"console socket {path}: {error}") from error

    def close(self):
        self._socket.close()

    def tail(self, lines=20):
        """The last lines that the machine printed, with control characters taken out."""
        self._take_what_is_there()
        text = (self._tail + self._buffer).decode(errors="replace")
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1bc", "", text).replace("\r", "\n")
        text = re.sub(r"[^\n\t\x20-\x7e]", "?", text)
        return "\n".join([line for line in text.split("\n") if line.strip()][-lines:])

    def wait_ready(self, deadline):
        """Waits for a boot to come to its end. @deadline: in time.monotonic() terms"""
        self._has_shell = False
        self._read_until(READY, deadline)

    def run(self, command, timeout):
        """Runs @command with sh as root. Returns (exit status, output and error output together, as far
        as OUTPUT_MAX). @timeout: seconds for the command; it is killed then, and MachineTimeout raised"""
        encoded = base64.b64encode(command.encode()).decode()
        if len(command.encode()) > COMMAND_MAX:
            raise MachineError(f"a command for the console is at most {COMMAND_MAX} bytes")
        self._find_shell()
        answer = next(self._ids)
        file = f"/run/vm-console-{answer}"
        lines = ["C="]
        lines += [f"C=${{C}}{encoded[at:at + CHUNK]}" for at in range(0, len(encoded), CHUNK)]
        lines += [f"echo $C | base64 -d >{file}",
                  f"timeout -k 2 {timeout} sh {file} </dev/null >{file}.out 2>&1; S=$?",
                  # Whole lines in one write each: others who print come between them, not into them.
                  f"head -c {OUTPUT_MAX} {file}.out | base64 -w 1000 | sed -u 's/^/[{answer}=/; s/$/]/'",
                  f"printf '[%s]%s.\\n' {answer} $S; rm -f {file} {file}.out"]
        started = time.monotonic()
        self._send("\n".join(lines) + "\n", started + ANSWER_TIME)
        end = rb"\[%s\](\d+)\." % answer.encode()
        text, groups = self._read_until(re.compile(end), started + timeout + 2 + ANSWER_TIME)
        status = int(groups[0])
        if status in (124, 137) and time.monotonic() - started >= timeout:
            raise MachineTimeout(f"not done after {timeout} s in the machine: {command}")
        body = re.findall(rb"\[%s=([A-Za-z0-9+/=]+)\]" % answer.encode(), text)
        return status, b"".join(base64.b64decode(line) for line in body).decode(errors="replace")

    def reboot(self, command="systemctl reboot"):
        """Asks for a reboot with @command. The shell may be gone before it could answer, so none is waited for."""
        self._find_shell()
        self._send(f"{command}\n", time.monotonic() + ANSWER_TIME)

    def _find_shell(self):
        """Brings the shell into a known state, whatever an earlier client left half typed. A line feed
        ends a half line; the echo is off for speed, not for safety."""
        if self._has_shell:
            return
        deadline = time.monotonic() + ANSWER_TIME
        answer = next(self._ids)
        self._send(f"\nstty -echo; PS1=; printf '[%s]0.\\n' {answer}\n", deadline)
        self._read_until(re.compile(rb"\[%s\]0\." % answer.encode()), deadline)
        self._has_shell = True

    def _send(self, text, deadline):
        self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            self._socket.sendall(text.encode())
        except TimeoutError as error:
            raise MachineTimeout("the console takes no input") from error
        except OSError as error:
            raise MachineError(f"the console is gone: {error}") from error

    def _take_what_is_there(self):
        """What nobody has waited for yet."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0)
            while len(self._buffer) < OUTPUT_MAX and (data := self._socket.recv(65536)):
                self._buffer += data

    def _read_until(self, pattern, deadline):
        """Returns what came before @pattern, and its groups. What came after stays for the next call."""
        searched = 0
        while True:
            match = pattern.search(self._buffer, searched)
            if match:
                text, groups = bytes(self._buffer[:match.start()]), match.groups()
                self._tail = (self._tail + self._buffer[:match.end()])[-TAIL:]
                del self._buffer[:match.end()]
                return text, groups
            panic = PANIC.search(self._buffer, searched)
            if panic:
                raise MachineError(panic.group().decode(errors="replace"))
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self._socket.recv(65536)
            except TimeoutError as error:
                raise MachineTimeout("no answer on the console in time") from error
            except OSError as error:
                raise MachineError(f"the console is gone: {error}") from error
            if not data:
                raise MachineError("the machine ended (its console closed)")
            searched = max(0, len(self._buffer) - PATTERN_MAX)
            self._buffer += data
