# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where it is measured on Xen: a domain with our agent, a bare echo and a raw copy, each on its own channel, whose
other ends are sockets in dom0. Has what measure.place.Place has that is used for files and pings; there is no stock
agent, since none serves such a channel."""

import contextlib
import os
import pathlib
import shlex

from machine.xen import Channel, XenHost

from .place import COMMAND_SECONDS, PROGRAMS

AGENT = Channel("org.guestwire.agent.0", "/run/agent.sock")
# The agent holds these raw, as all of that name, until the programs open them.
RAW = Channel("s-1-RAW.vport", "/run/raw.sock")
ECHO = Channel("s-2-ECHO.vport", "/run/echo.sock")
DOMAIN = "vm1"


def guest_program(words, link):
    return f"#!/bin/sh\nuntil [ -c {link} ]; do sleep 0.2; done\nexec {words} {link}\n"


DOMU_FILES = {
    "/usr/bin/bench-guest": pathlib.Path(PROGRAMS, "bench-guest"),
    "/start.d/agent": f"#!/bin/sh\nexec guestwire-agent --channel xen:{AGENT.name}\n",
    "/start.d/serve": guest_program("bench-guest serve", f"/dev/vport/{RAW.name}"),
    "/start.d/echo": guest_program("bench-guest echo", f"/dev/vport/{ECHO.name}"),
}
DOM0_FILES = {f"/usr/bin/{name}": pathlib.Path(PROGRAMS, name) for name in ("bench-host", "bench-client")}


class XenPlace:
    """A context manager. Its "host" is dom0."""

    ping_most = 2  # times a bare echo

    def __init__(self, size):
        self.size = size
        # Both are in memory.
        self.folder = self.guest_folder = "/root"
        self.address = f"xen:{DOMAIN}/{AGENT.name}"
        self.sockets = {"agent": AGENT.path, "raw": RAW.path, "echo": ECHO.path}
        self._host = XenHost(f"bench-{os.getpid()}", DOM0_FILES, DOMU_FILES)
        self._domain = self._host.domain(DOMAIN, [AGENT, RAW, ECHO])
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._host)
            stack.enter_context(self._domain)
            self._host.check(f"head -c {self.size} /dev/urandom >{self.folder}/data")
            self.host("guestwire", "wait", self.address)
            self.guest(f"until [ -c /dev/vport/{RAW.name} ] && [ -c /dev/vport/{ECHO.name} ]; do sleep 0.2; done")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    @property
    def facts(self):
        return {"machine": f"Xen {self._host.check('xl info xen_version')}, domain kernel {self.guest('uname -r')}, all emulated",
                "files": f"{self.size >> 20} MiB of random bytes, in memory on both sides"}

    def guest(self, command, timeout=120):
        return self._domain.check(command, timeout)

    def host(self, program, *words):
        return self._host.check(shlex.join(self.command(program, *words)), COMMAND_SECONDS)

    def head(self, size, path):
        self._host.check(f"head -c {size} {self.folder}/data >{path}")

    def remove(self, path):
        self._host.check(f"rm -f {path}")

    def same(self, first, second):
        self._host.check(f"cmp {first} {second}")

    @staticmethod
    def command(program, *words):
        return [program, *words]

