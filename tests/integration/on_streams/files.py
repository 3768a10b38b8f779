# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files and folders to a guest and back, also when something ends in the middle."""

import contextlib
import filecmp
import os
import subprocess
import tempfile

from client import GUESTWIRE, guestwire
from gate import Gate
from guest import address, in_guest
from processes import process
from tap import equal, wait_for

LARGE = 24_000_001
LEAST = 1 << 20  # below that, nothing is kept


@contextlib.contextmanager
def place(size=2_000_001):
    """A folder with a file in it."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "file"), "wb") as made:
            made.write(os.urandom(size))
        yield folder


def copied(*words, **more):
    status, output, errors = guestwire(*words, **more)
    equal((status, errors), (0, b""))
    return output


def read(path):
    with open(path, "rb") as file:
        return file.read()


def digest(machine, path):
    return in_guest(machine, f"sha256sum < {path}").split()[0]


def digest_here(path):
    return subprocess.run(["sha256sum", path], capture_output=True, check=True).stdout.split()[0].decode()


def file_goes_there_and_back(machine):
    with place() as folder:
        file, back = os.path.join(folder, "file"), os.path.join(folder, "back")
        copied("push", "--sha256", "--owner", "daemon", address(machine), file, "/root/there")
        equal(in_guest(machine, "stat -c '%s %U' /root/there"), "2000001 daemon")
        copied("pull", address(machine), "/root/there", back)
        assert filecmp.cmp(file, back, shallow=False)
        # The owner is whoever had it.
        copied("push", address(machine), "-", "/root/there", stdin=read(file))
        equal(in_guest(machine, "stat -c '%s %U' /root/there"), "2000001 daemon")
        equal(copied("pull", address(machine), "/root/there", "-") == read(file), True)


def holes_stay_holes(machine):
    with place() as folder:
        back = os.path.join(folder, "back")
        in_guest(machine, "truncate -s 30M /root/sparse; echo end >> /root/sparse")
        copied("pull", address(machine), "/root/sparse", back)
        copied("push", address(machine), back, "/root/again")
        assert os.stat(back).st_blocks < 100 and int(in_guest(machine, "stat -c %b /root/again")) < 100
        equal(in_guest(machine, "cmp /root/sparse /root/again"), "")


def running(*words):
    return process(GUESTWIRE, *words)


def part_in(machine):
    """How much of a file has come in the guest."""
    return int(in_guest(machine, "stat -c %s /root/.guestwire-* 2>/dev/null || echo 0").split()[0])


def part_here(folder):
    return sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith(".guestwire-"))


@contextlib.contextmanager
def gate(folder, machine):
    """The way to the agent, up to where a large file is well begun."""
    with Gate(folder, machine.socket, 8 << 20) as made:
        yield made, f"unix:{made.path}"


def killed_client_is_gone_on_with(machine):
    with place(LARGE) as folder:
        file, back = os.path.join(folder, "file"), os.path.join(folder, "back")
        in_guest(machine, "echo old > /root/large")
        with gate(folder, machine) as (_, held), running("push", held, file, "/root/large"):
            wait_for("some of the file", lambda: part_in(machine) > LEAST)
        equal(in_guest(machine, "cat /root/large"), "old")
        copied("push", "--resume", address(machine), file, "/root/large")
        equal(digest(machine, "/root/large"), digest_here(file))
        with gate(folder, machine) as (_, held), running("pull", held, "/root/large", back):
            wait_for("some of the file", lambda: part_here(folder) > LEAST)
        assert not os.path.exists(back)
        copied("pull", "--resume", address(machine), "/root/large", back)
        assert filecmp.cmp(file, back, shallow=False) and not part_here(folder)


def copy_outlives_the_agent(machine):
    with place(LARGE) as folder:
        file = os.path.join(folder, "file")
        with gate(folder, machine) as (made, held), running("push", held, file, "/root/large") as child:
            wait_for("some of the file", lambda: part_in(machine) > LEAST)
            in_guest(machine, "systemctl restart guestwire-agent")
            made.open()
            errors = child.communicate(timeout=60)[1]
        equal((child.returncode, errors), (0, b""))
        equal(digest(machine, "/root/large"), digest_here(file))


def tree_goes_there_and_back(machine):
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        os.makedirs(os.path.join(tree, "a/b"))
        os.mkdir(os.path.join(tree, "empty"))
        for name in b"-rf", b"two\nlines", b"\xff\xfe", b"a/b/.hidden", b"$(reboot)":
            with open(os.path.join(tree.encode(), name), "wb") as made:
                made.write(name)
        for number in range(200):
            with open(os.path.join(tree, f"a/{number}"), "wb") as made:
                made.write(b"x" * number)
        os.symlink("/etc/passwd", os.path.join(tree, "link"))
        copied("push", "-r", address(machine), tree, "/root/tree")
        equal(in_guest(machine, "find /root/tree -type f | wc -l"), "206")  # one has two lines
        in_guest(machine, "mkfifo /root/tree/fifo; chown -R 12:34 /root/tree/a")
        status, _, errors = guestwire("pull", "-r", "--keep-owner", address(machine), "/root/tree", os.path.join(folder, "back"))
        equal(status, 0)
        assert b"named pipe" in errors, errors
        back = os.path.join(folder, "back")
        equal(subprocess.run(["diff", "-r", "--no-dereference", tree, back], capture_output=True, check=False).stdout, b"")
        equal((os.stat(os.path.join(back, "a/7")).st_uid, os.stat(os.path.join(back, "a")).st_gid), (12, 34))


CASES = [file_goes_there_and_back, holes_stay_holes, killed_client_is_gone_on_with, copy_outlives_the_agent,
         tree_goes_there_and_back]
