# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two channels of one domain of a real Xen: a socket and a terminal of its dom0, where the host's tools run."""

import contextlib
import functools
import os
import shlex

from machine.xen import Channel as Given
from machine.xen import XenHost

from .channel import SECONDS, Bytes, Channel

AGENT = Given("org.guestwire.agent.0", "/run/agent.sock")
AGENT_TTY = Given("org.guestwire.agent.1")
START = {
    # What systemd would do.
    "/start.d/agent": f"""#!/bin/sh
while :; do
  guestwire-agent --channel xen:{AGENT.name} --channel xen:{AGENT_TTY.name} >>/run/agent.log 2>&1 &
  echo $! >/run/agent.pid
  wait
  sleep 1
done
""",
}
NAMES = {"xen-socket": AGENT, "xen-pty": AGENT_TTY}


class OfXen(Channel):
    """@domain: one that has AGENT and AGENT_TTY, and START"""

    def __init__(self, name, host, domain):
        super().__init__(name)
        self._host = host
        self._domain = domain
        self.channel_name = NAMES[name].name
        self.there = f"/run/{name}"
        self.work = f"/root/{name}"
        self.address = f"xen:{domain.name}/{self.channel_name}"
        domain.check(f"mkdir -p {self.there}")
        # Where Xen's store says what the host's end is, and what it says.
        self._node, self._end = host.check(f"""
mkdir -p {self.work}
id=$(xl domid {domain.name})
for node in $(xenstore-list /local/domain/0/backend/console/$id); do
  node=/local/domain/0/backend/console/$id/$node
  [ "$(xenstore-read $node/name 2>/dev/null)" = {self.channel_name} ] || continue
  node={self.node_words()}
  echo $node $(xenstore-read $node)
done""").split()

    def run_on_host(self, script, timeout):
        return self._host.run(f"cd {self.work}\n{script}", int(timeout))

    def run_in_guest(self, script, timeout):
        return self._domain.run(script, int(timeout))

    @contextlib.contextmanager
    def bytes(self):
        with self._host.joined(self.raw) as connected:
            yield Bytes(connected)

    def restart_agent(self):
        self.guest("""
before=$(cat /run/agent.pid)
kill -KILL $before
wait_for '[ "$(cat /run/agent.pid)" != $before ]'""")

    @contextlib.contextmanager
    def bridge(self):
        """Xen's store is made to say that it is the channel, so that the address is one of Xen's still."""
        self._start_bridge()
        self.host(f"xenstore-write {self._node} $PWD/bridge")
        try:
            yield
        finally:
            self.host(f"xenstore-write {self._node} {shlex.quote(self._end)}; end $(cat bridge.pid); rm -f bridge")

    def agent_log(self):
        return self._domain.run("tail -n 30 /run/agent.log")[1]

    def _start_bridge(self):
        self.host(self.bridge_script())

    def bridge_script(self):
        return f"socat {self.bridge_words()} >/dev/null 2>&1 & echo $! >bridge.pid; started $!; wait_for '[ -e bridge ]'"


class Socket(OfXen):
    @property
    def raw(self):
        return f"UNIX-CONNECT:{self._end}"

    def node_words(self):
        return "$node/path"

    def bridge_words(self):
        return f"UNIX-LISTEN:bridge,fork {self.raw}"

    def cut(self):
        self.host("wait_for 'end_children $(cat bridge.pid) || [ -e status ]'")


class Terminal(OfXen):
    @property
    def raw(self):
        return f"{self._end},rawer"

    def node_words(self):
        return "$(xenstore-read $node/frontend)/tty"

    def bridge_words(self):
        return f"PTY,link=bridge,rawer {self.raw}"

    @contextlib.contextmanager
    def bridge(self):
        # An address of a terminal begins with /dev.
        self.host("ln -sfn $PWD/bridge /dev/bridge")
        with super().bridge():
            self.host(f"xenstore-write {self._node} /dev/bridge")
            yield

    def cut(self):
        """As both ends of a terminal hang up. At once: who waits for the next one does not wait for ever."""
        self.host("kill $(cat bridge.pid); wait_for '! kill -0 $(cat bridge.pid) 2>/dev/null'; rm -f bridge\n" + self.bridge_script())


@functools.cache
def channel_of(host, domain, name):
    """While the domain has not ended."""
    return {"xen-socket": Socket, "xen-pty": Terminal}[name](name, host, domain)


@contextlib.contextmanager
def channels(wanted):
    """Those that are in @wanted, of a Xen of their own."""
    with XenHost(f"conformance-{os.getpid()}", {}, START) as host, host.domain("vm-conformance", [AGENT, AGENT_TTY]) as domain:
        domain.check(f"for i in $(seq {SECONDS * 5}); do [ -s /run/agent.pid ] && exit; sleep 0.2; done; exit 1", 2 * SECONDS)
        yield [channel_of(host, domain, name) for name in NAMES if name in wanted]
