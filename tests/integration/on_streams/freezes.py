# SPDX-License-Identifier: LGPL-2.1-or-later
"""File systems that are frozen for a snapshot: the root that the agent itself runs from, and one in a file on it."""

import json
import os
import subprocess
import tempfile

from client import BUILD, Plain, guestwire
from forwarding import Forward
from guest import address, agent_pid, in_guest
from processes import process
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


# Says in /run when it is done, however long that takes.
WRITE = "rm -f /run/written; (echo word >/root/word; sync /root/word; echo done >/run/written) >/dev/null 2>&1 &"


def written(machine):
    return in_guest(machine, "cat /run/written 2>/dev/null || true") == "done"


def error_of(client, name, **arguments):
    client.request(name, **arguments)
    return json.loads(client.hear())["error"]


def a_frozen_root_takes_no_write_and_the_agent_answers(machine):
    mount_second(machine)
    with Plain(machine.socket) as client:
        client.sync_again()
        equal(client.call("guest-fsfreeze-freeze"), 2)
        try:
            in_guest(machine, f"{WRITE} systemctl kill -s HUP guestwire-agent")
            equal(client.call("guest-fsfreeze-status"), "frozen")
            for _ in range(50):
                equal(client.call("guest-ping"), {})
            equal(error_of(client, "guest-exec", path="true"),
                  {"class": "CommandNotFound", "desc": "Command guest-exec has been disabled: the agent is in frozen state"})
            equal(written(machine), False)
        finally:
            equal(client.call("guest-fsfreeze-thaw"), 2)
        wait_for("the write", lambda: written(machine))
        equal(client.call("guest-fsfreeze-freeze-list", mountpoints=[PLACE, "/run"]), 1)
        in_guest(machine, WRITE)
        wait_for("a write to what is not frozen", lambda: written(machine))
        equal(client.call("guest-fsfreeze-thaw"), 1)


def framed_commands_say_why_they_are_refused(machine):
    equal(guestwire("call", address(machine), "guest-fsfreeze-freeze")[0], 0)
    try:
        for words in (("exec", address(machine), "true"), ("pull", address(machine), "/etc/hostname", "-")):
            status, _, errors = guestwire(*words)
            assert status, words
            assert b"frozen state" in errors and b"guest-fsfreeze-thaw" in errors, errors
    finally:
        equal(guestwire("call", address(machine), "guest-fsfreeze-thaw")[0], 0)
    equal(guestwire("exec", address(machine), "true"), (0, b"", b""))


def a_socket_that_ends_on_a_frozen_root_holds_up_nobody(machine):
    there = "/root/there.sock"
    with Forward(address(machine), "--reverse", there, "/nonexistent") as forward:
        in_guest(machine, f"test -S {there}")
        forward.child.kill()
    equal(guestwire("call", address(machine), "guest-fsfreeze-freeze")[0], 0)
    try:
        # Who comes in frames ends the session that listens.
        equal(guestwire("--timeout", "60", "events", "-c", "1", "--since", "all", address(machine))[0], 0)
    finally:
        equal(guestwire("--timeout", "60", "call", address(machine), "guest-fsfreeze-thaw")[0], 0)
    wait_for("its end", lambda: in_guest(machine, f"test -e {there} || echo gone") == "gone")


def a_client_that_is_killed_leaves_nothing_frozen(machine):
    """And who asks for the thaw that it cannot ask for hears so."""
    with process(PYTHON, HOLD, address(machine), stdout=subprocess.PIPE, stderr=None, env=OWN_LIBRARY) as child:
        equal(child.stdout.readline(), b"frozen\n")
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
        in_guest(machine, f"{WRITE} systemctl kill -s KILL guestwire-agent")
        client.sync_again()
        equal(client.call("guest-fsfreeze-status"), "frozen")
        in_guest(machine, "test -f /run/guestwire/qga.state.isfrozen")
        equal((written(machine), error_of(client, "guest-get-time")["class"]), (False, "CommandNotFound"))
        equal(client.call("guest-fsfreeze-thaw"), count)
        wait_for("the write", lambda: written(machine))
        equal(in_guest(machine, "cat /var/tmp/guestwire.pid"), agent_pid(machine))
        # One that is stopped leaves nothing frozen.
        equal(client.call("guest-fsfreeze-freeze"), count)
    in_guest(machine, f"systemctl stop guestwire-agent; rm /etc/guestwire/agent.conf; {WRITE} true")
    wait_for("the write", lambda: written(machine))
    in_guest(machine, "ls /run/guestwire/*isfrozen 2>/dev/null && exit 1; systemctl start guestwire-agent")


# --- Beside the stock agent ---------------------------------------------------

QEMU_GA = "/run/qemu-ga.sock"
# What is asked of both, one after the other.
QUESTIONS = [("guest-get-fsinfo", {}), ("guest-network-get-interfaces", {}), ("guest-get-users", {}), ("guest-get-vcpus", {}),
             ("guest-set-vcpus", {"vcpus": [{"logical-id": 0, "online": False}]}),
             ("guest-set-vcpus", {"vcpus": [{"logical-id": 9, "online": True}]}), ("guest-fstrim", {}), ("guest-fsfreeze-status", {}),
             ("guest-fsfreeze-freeze-list", {"mountpoints": 7}), ("guest-fsfreeze-freeze-list", {"mountpoints": ["/run", "/none"]}),
             ("guest-fsfreeze-thaw", {}), ("guest-fsfreeze-freeze", {}), ("guest-fsfreeze-freeze", {}), ("guest-get-time", {}),
             ("guest-fsfreeze-status", {}), ("guest-fsfreeze-thaw", {}), ("guest-fsfreeze-thaw", {})]
CHANGING = {"used-bytes", "trimmed", *(f"{way}-{what}" for way in ("rx", "tx") for what in ("bytes", "packets", "errs", "dropped"))}


def steady(value):
    """Without what changes while one looks, and the order of lists, which means nothing."""
    if isinstance(value, dict):
        return {key: None if key in CHANGING else steady(inner) for key, inner in value.items()}
    return sorted((steady(inner) for inner in value), key=repr) if isinstance(value, list) else value


def answers_are_those_of_qemu_ga(machine):
    requests = [json.dumps({"execute": name, "arguments": arguments}) for name, arguments in QUESTIONS]
    said = "\\n".join(requests)
    answers = in_guest(machine, f"qemu-ga -d -m unix-listen -p {QEMU_GA} -t /run -f /run/qemu-ga.pid; mount --bind {PLACE} /opt; "
                       f"printf '{said}\\n' | socat -t20 - UNIX-CONNECT:{QEMU_GA}; kill $(cat /run/qemu-ga.pid)").splitlines()
    with Plain(machine.socket) as client:
        client.sync_again()
        for request, answer in zip(requests, answers, strict=True):
            client.say(request.encode())
            equal((request, steady(json.loads(client.hear()))), (request, steady(json.loads(answer))))


CASES = [a_frozen_root_takes_no_write_and_the_agent_answers, answers_are_those_of_qemu_ga, framed_commands_say_why_they_are_refused,
         a_socket_that_ends_on_a_frozen_root_holds_up_nobody,
         a_client_that_is_killed_leaves_nothing_frozen, an_agent_that_is_killed_while_frozen_thaws_when_it_is_back]
