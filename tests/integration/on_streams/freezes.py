# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems that are frozen for a snapshot: the root that the agent itself runs from, and one in a file on it."""

import json
import os
import subprocess
import tempfile
import time

from client import BUILD, Plain, guestwire
from guest import address, agent_pid, in_guest
from tap import equal, wait_for

PYTHON = "/usr/bin/python3"  # the one that Debian's python3-gi is for
OWN_LIBRARY = {**os.environ, "GI_TYPELIB_PATH": os.path.join(BUILD, "host/lib"), "LD_LIBRARY_PATH": os.path.join(BUILD, "host/lib")}
HOLD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hold_freeze.py")
IMAGE, PLACE = "/root/disk.img", "/mnt"


def mount_second(machine):
    """A file system that lies on the root: it has to be frozen first."""
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "disk")
        subprocess.run(["truncate", "-s", "8M", image], check=True)
        subprocess.run(["/sbin/mkfs.ext4", "-q", image], check=True)
        equal(guestwire("push", address(machine), image, IMAGE)[0], 0)
    in_guest(machine, f"modprobe loop; mount -o loop {IMAGE} {PLACE}")


def begin_write(machine, path):
    """In the background: says in /run when it is done."""
    in_guest(machine, f"rm -f /run/written; (echo word >{path}; sync {path}; echo done >/run/written) >/dev/null 2>&1 &")


def waits(machine):
    return in_guest(machine, "ls /run/written 2>/dev/null || true") == ""


def error_of(client, name, **arguments):
    client.request(name, **arguments)
    return json.loads(client.hear())["error"]


def a_frozen_root_takes_no_write_and_the_agent_answers(machine):
    mount_second(machine)
    with Plain(machine.socket) as client:
        client.sync_again()
        equal(client.call("guest-fsfreeze-freeze"), 2)
        try:
            begin_write(machine, "/root/word")
            equal(client.call("guest-fsfreeze-status"), "frozen")
            in_guest(machine, f"kill -HUP {agent_pid(machine)}")
            began = time.monotonic()
            for _ in range(50):
                equal(client.call("guest-ping"), {})
            assert time.monotonic() - began < 5, "pings took long"
            equal(error_of(client, "guest-exec", path="true"),
                  {"class": "CommandNotFound", "desc": "Command guest-exec has been disabled: the agent is in frozen state"})
            equal(waits(machine), True)
        finally:
            equal(client.call("guest-fsfreeze-thaw"), 2)
        wait_for("the write", lambda: not waits(machine))
        equal(client.call("guest-fsfreeze-freeze-list", mountpoints=[PLACE, "/run"]), 1)
        begin_write(machine, "/root/word")
        wait_for("a write to what is not frozen", lambda: not waits(machine))
        equal(client.call("guest-fsfreeze-thaw"), 1)


def framed_commands_say_why_they_are_refused(machine):
    equal(guestwire("call", address(machine), "guest-fsfreeze-freeze")[0], 0)
    try:
        for words in (("exec", address(machine), "true"), ("pull", address(machine), "/etc/hostname", "-")):
            status, _, errors = guestwire(*words)
            assert status, words
            assert b"frozen state" in errors, errors
    finally:
        equal(guestwire("call", address(machine), "guest-fsfreeze-thaw")[0], 0)
    equal(guestwire("exec", address(machine), "true"), (0, b"", b""))


def a_client_that_is_killed_leaves_nothing_frozen(machine):
    """And who asks for the thaw that it cannot ask for hears so."""
    with subprocess.Popen([PYTHON, HOLD, address(machine)], stdout=subprocess.PIPE, env=OWN_LIBRARY) as child:
        equal(child.stdout.readline(), b"frozen\n")
        child.kill()
    # Another client in frames ends the session that waits for its host.
    guestwire("exec", address(machine), "true")
    with Plain(machine.socket) as client:
        client.sync_again()
        wait_for("the end of the lease", lambda: client.call("guest-fsfreeze-status") == "thawed")
        assert "thawed before" in error_of(client, "guest-fsfreeze-thaw")["desc"]
        equal(client.call("guest-fsfreeze-thaw"), 0)


def an_agent_that_is_killed_while_frozen_thaws_when_it_is_back(machine):
    """Also one that has files on what is frozen, which it must not touch before."""
    settings = "[general]\\nlogfile=/var/log/guestwire.log\\npidfile=/var/tmp/guestwire.pid\\n"
    in_guest(machine, f"mkdir -p /etc/guestwire; printf '{settings}' >/etc/guestwire/agent.conf; systemctl restart guestwire-agent")
    with Plain(machine.socket) as client:
        client.sync_again()
        count = client.call("guest-fsfreeze-freeze")
        pid = agent_pid(machine)
        begin_write(machine, "/root/word")
        in_guest(machine, f"kill -KILL {pid}")
        wait_for("another agent", lambda: agent_pid(machine) not in (pid, "0"))
        client.sync_again()
        equal(client.call("guest-fsfreeze-status"), "frozen")
        equal((waits(machine), error_of(client, "guest-get-time")["class"]), (True, "CommandNotFound"))
        equal(client.call("guest-fsfreeze-thaw"), count)
        wait_for("the write", lambda: not waits(machine))
        equal(in_guest(machine, "cat /var/tmp/guestwire.pid"), agent_pid(machine))
        # One that is stopped leaves nothing frozen.
        equal(client.call("guest-fsfreeze-freeze"), count)
    in_guest(machine, "systemctl stop guestwire-agent; rm /etc/guestwire/agent.conf")
    begin_write(machine, "/root/word")
    wait_for("the write", lambda: not waits(machine))
    in_guest(machine, "ls /var/lib/guestwire/*isfrozen 2>/dev/null && exit 1; systemctl start guestwire-agent")


CASES = [a_frozen_root_takes_no_write_and_the_agent_answers, framed_commands_say_why_they_are_refused,
         a_client_that_is_killed_leaves_nothing_frozen, an_agent_that_is_killed_while_frozen_thaws_when_it_is_back]
