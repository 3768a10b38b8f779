# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine of a soak: an agent under sanitizers with a port for each kind of work, and what can be counted of it."""

import os
import re
import subprocess
import threading

from client import AGENT, BUILD, GUESTWIRE
from machine import Machine
from tap import wait_for

WORK = ("exec", "files", "text", "forward", "events", "served")
MEMORY = 1024  # MiB: a sanitizer takes some 5 times as much
# So little is kept of what was freed that a leak shows among it; pages that are free go back to the kernel.
SANITIZER = "quarantine_size_mb=2:thread_local_quarantine_size_kb=64:allocator_release_to_os_interval_ms=500:detect_leaks=1"
REPORT = "/run/sanitizer"
DROP_IN = "/etc/systemd/system/guestwire-agent.service.d/soak.conf"

COUNT = f"""
pid=$(systemctl show -P MainPID guestwire-agent)
echo pid $pid
sed -n 's/^RssAnon:[^0-9]*\\([0-9]*\\).*/memory \\1/p; s/^Threads:[^0-9]*/threads /p' /proc/$pid/status
echo descriptors $(ls /proc/$pid/fd | wc -l)
group=/sys/fs/cgroup$(systemctl show -P ControlGroup guestwire-agent)
echo processes $(find $group -name cgroup.procs -exec cat {{}} + | wc -l)
echo files $(find /run/guestwire -type f -o -type p | wc -l)
echo parts $(find /root -name '.guestwire-*' | wc -l)
echo temporary $(ls -A /tmp | wc -l)
"""


def port(work):
    return f"soak.{work}"


def is_sanitized(path):
    with open(path, "rb") as file:
        return b"__asan_init" in file.read()


def _runtime_of(path):
    """Libraries of the sanitizers, where they are not in the program itself."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    found = {}
    for library in re.findall(r"=> (/\S*(?:asan|ubsan|stdc\+\+)\S*)", listed):
        with open(library, "rb") as file:
            # In the machine, /lib is a link.
            found["/usr/" + library.removeprefix("/usr").lstrip("/")] = file.read()
    return found


def machine(name):
    for program in (AGENT, GUESTWIRE):
        if not os.path.exists(program) or not is_sanitized(program):
            raise SystemExit(f"soak: {program} is not built with sanitizers: see HACKING.md")
    channels = ",".join(f"virtio:{name}" for name in ["org.guestwire.agent.0", *map(port, WORK)])
    files = {"/etc/guestwire/agent.conf": f"[general]\nchannel={channels}\n",
             DROP_IN: f"[Service]\nEnvironment=ASAN_OPTIONS={SANITIZER}:log_path={REPORT} UBSAN_OPTIONS=print_stacktrace=1:log_path={REPORT}\n",
             **_runtime_of(AGENT)}
    return Machine(name, agent="guestwire", ports=[port(work) for work in WORK], mem=MEMORY, files=files)


class Guest:
    """The machine's console, for several threads."""

    def __init__(self, machine):
        self._machine = machine
        self._lock = threading.Lock()

    def run(self, command, timeout=120):
        with self._lock:
            status, output = self._machine.console_run(command, timeout=timeout)
        if status:
            raise AssertionError(f"in the guest: {command}: exit {status}: {output}")
        return output.strip()

    def agent(self):
        return int(self.run("systemctl show -P MainPID guestwire-agent"))

    def end_agent(self, how):
        """Returns when another one runs."""
        before = self.agent()
        self.run(how)
        wait_for("the next agent", lambda: self.agent() not in (0, before), 120)

    def reports(self):
        return self.run(f"cat {REPORT}.* 2>/dev/null; true")

    def programs(self):
        """What runs below the agent."""
        return self.run("ps -o pid=,ppid=,etimes=,args= -p $(find /sys/fs/cgroup$(systemctl show -P ControlGroup guestwire-agent) "
                        "-name cgroup.procs -exec cat {} + | paste -sd,)")

    def count(self):
        return {name: int(value) for name, value in (line.split() for line in self.run(COUNT).splitlines())}


def count_here(pid):
    """The same of a program of this host."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        status = file.read()
    return {"memory": int(re.search(r"^RssAnon:\s*(\d+)", status, re.M)[1]),
            "threads": int(re.search(r"^Threads:\s*(\d+)", status, re.M)[1]),
            "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}


def sanitized_environment(folder):
    """For programs of this host, which are to report there."""
    return {"ASAN_OPTIONS": f"{SANITIZER}:log_path={folder}/report", "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={folder}/report",
            "GUESTWIRE_BUILD": BUILD}
