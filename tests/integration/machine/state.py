# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where running machines are kept: a directory each, with its sockets, its QEMU's process id and what
`vm list` shows. Knows processes and files, and nothing of QEMU's arguments."""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

from .errors import MachineError

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
SOCKET_PATH_MAX = 107  # sun_path, less its NUL
TERM_SECONDS = 10
START_SECONDS = 60  # a loaded host's, of a QEMU that is no daemon


def directory_of(name):
    if not NAME.fullmatch(name):
        raise MachineError(f"a machine's name is letters, digits and _.-, at most 63, not {name!r}")
    return _base() / name


def _base():
    base = pathlib.Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp") / f"guestwire-vm-{os.getuid()}"
    base.mkdir(mode=0o700, exist_ok=True)
    found = base.lstat()
    # In /tmp anyone could have been first.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise MachineError(f"{base} is not a directory of yours alone")
    return base


def create(name):
    """Makes the directory of a new machine. Of two who try at once one gets an error."""
    directory = directory_of(name)
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError as error:
        if pid(directory):
            raise MachineError(f"machine {name} runs already: vm stop {name} ends it") from error
        raise MachineError(f"machine {name} is starting or dead: vm stop {name} removes it") from error
    return directory


def socket_path(directory, file_name):
    path = str(directory / file_name)
    if len(path.encode()) > SOCKET_PATH_MAX:
        raise MachineError(f"socket path longer than {SOCKET_PATH_MAX} bytes: {path}; set XDG_RUNTIME_DIR to a shorter place")
    return path


def launch(directory, arguments, stdio=None):
    """Starts QEMU, which makes a pid file here. Returns its process id.
    It is to become a daemon, unless @stdio is a pair of descriptors: its standard input and output."""
    try:
        if stdio:
            return _launch_child(directory, arguments, stdio)
        # QEMU leaves stderr once it is a daemon, so this ends then, or when it fails.
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except FileNotFoundError as error:
        raise MachineError(f"{arguments[0]} is not installed") from error
    started = pid(directory)
    if done.returncode != 0 or not started:
        raise MachineError(f"QEMU did not start: {done.stderr.decode(errors='replace').strip()}")
    return started


def _launch_child(directory, arguments, stdio):
    errors = directory / "errors"
    with errors.open("wb") as to:
        child = subprocess.Popen(arguments, stdin=stdio[0], stdout=stdio[1], stderr=to)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(directory / "qmp"):
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            child.wait()
            raise MachineError(f"QEMU did not start: {errors.read_text(errors='replace').strip()}")
        time.sleep(0.02)
    # Whatever ends it, nobody waits for it: the kernel is to forget it.
    threading.Thread(target=child.wait, daemon=True).start()
    return child.pid


def _answers(path):
    """Whether QEMU has made its last socket."""
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(str(path))
        except OSError:
            return False
    return True


def save(directory, facts):
    (directory / "state.json").write_text(json.dumps(facts))


def pid(directory):
    """The process id of the machine's QEMU, or None when it does not run."""
    try:
        found = int((directory / "pid").read_text())
        words = pathlib.Path(f"/proc/{found}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # The number may since have become another process's.
    return found if str(directory / "pid").encode() in words else None


def remove(directory):
    """Ends the machine's QEMU and removes all there is of it."""
    found = pid(directory)
    if found:
        _end(found)
    shutil.rmtree(directory, ignore_errors=True)


def _end(found):
    try:
        handle = os.pidfd_open(found)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(handle, number)
            if select.select([handle], [], [], TERM_SECONDS)[0]:
                return
        raise MachineError(f"QEMU, process {found}, does not end")
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def listing():
    """[(name, facts, process id or None)] of every machine, by name."""
    rows = []
    for directory in sorted(_base().iterdir()):
        try:
            facts = json.loads((directory / "state.json").read_text())
        except (OSError, ValueError):
            facts = {}
        rows.append((directory.name, facts, pid(directory)))
    return rows
