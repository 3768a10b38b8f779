# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes this process run where its daemons meet nothing of the host's and leave nothing behind: with
mounts, processes and network of its own. When it ends, however it ends, the kernel ends all that it
started, and what they wrote is gone with the mounts. Knows nothing of libvirt but its directories."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys

# Empty there, and in memory. All of /run, since libvirt, our own sockets and whatever else listens have it.
EMPTY = ["/run", "/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt"]
MARK = "GUESTWIRE_TEST_SANDBOX"
UNSHARE = ["setpriv", "--pdeathsig", "KILL",
           "unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
KEPT = ["GUESTWIRE_", "ASAN_OPTIONS", "G_DEBUG", "G_MESSAGES_DEBUG", "HOME", "PATH", "TERM", "XDG_CACHE_HOME"]


def enter(keep_interrupts=False):
    """Returns only inside. Outside, runs this program again within, and exits as it did.
    @keep_interrupts: ctrl-C is for a shell within, and does not end all"""
    if os.environ.get(MARK) != str(os.getppid()):
        sys.exit(_run_again(keep_interrupts))
    os.environ["XDG_RUNTIME_DIR"] = "/run"


def _run_again(keep_interrupts):
    if os.geteuid() != 0:
        _become_root()
    words = [sys.executable, __file__, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    child = subprocess.Popen([*UNSHARE, *words])

    def end(number, _):
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN if keep_interrupts else end)
    try:
        status = child.wait()
    finally:
        child.kill()
        child.wait()
    return status if status >= 0 else 128 - status


def _become_root():
    if not shutil.which("sudo"):
        sys.exit(f"{sys.argv[0]}: libvirtd, and mounts of its own, need root: run this as root, or install sudo")
    kept = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(tuple(KEPT))]
    os.execvp("sudo", ["sudo", "env", *kept, sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def _mount():
    for path in EMPTY:
        # One that is missing is made, and stays: it is what libvirt's packages have there.
        pathlib.Path(path).mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "guestwire-test", path], check=True)


def _be_first():
    """The first process within: runs the program, and waits for orphans, so that who looks whether its
    daemon has ended finds it gone."""
    _mount()
    child = os.fork()
    if child == 0:
        os.environ[MARK] = str(os.getppid())
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    # The program gets them too, and cleans up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    _be_first()
