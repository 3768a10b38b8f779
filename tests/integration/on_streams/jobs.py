# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs: programs that need neither the host that started them nor the agent."""

import os
import re
import signal
import tempfile
import time

from client import GUESTWIRE, guestwire
from guest import address, in_guest
from processes import process
from tap import equal

LINES = 1200
ALL = b"".join(b"line %d\n" % i for i in range(LINES))
PRINT = f"i=0; while [ $i -lt {LINES} ]; do echo line $i; i=$((i+1)); [ $((i % 50)) -gt 0 ] || sleep 0.1; done; exit 9"


def detach(machine, *words):
    status, output, errors = guestwire("exec", "--detach", address(machine), "--", *words)
    equal((status, errors), (0, b""))
    return output.decode().strip()


def read_all(file):
    """Leaves the place in it, which the program that writes it shares."""
    return os.pread(file.fileno(), 1 << 20, 0)


def wait_for_lines(file, count, program, timeout=60):
    deadline = time.monotonic() + timeout
    while read_all(file).count(b"\n") < count:
        if program.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{count} lines did not come")
        time.sleep(0.05)


def job_prints_on_while_its_agent_is_restarted_and_killed(machine):
    job = detach(machine, "sh", "-c", PRINT)
    with tempfile.TemporaryFile() as shown:
        with process(GUESTWIRE, "attach", address(machine), job, stdout=shown) as attached:
            wait_for_lines(shown, 100, attached)
            in_guest(machine, "systemctl restart guestwire-agent")
            wait_for_lines(shown, read_all(shown).count(b"\n") + 100, attached)
            attached.send_signal(signal.SIGINT)
            said = attached.stderr.read()
            equal(attached.wait(60), 130)
        assert b"the job goes on, and" in said and b"comes back to it" in said, said
        equal(ALL.startswith(read_all(shown)), True)
    in_guest(machine, "kill -KILL $(systemctl show -P MainPID guestwire-agent)")
    # From another process.
    status, output, _ = guestwire("attach", address(machine), job)
    equal((status, output == ALL), (9, True))
    equal(guestwire("wait", address(machine), job)[0], 9)


def newest_output_is_kept_and_the_rest_is_counted(machine):
    size = 5_000_000
    job = detach(machine, "sh", "-c", f"head -c {size} /dev/zero; printf the-end")
    equal(guestwire("wait", address(machine), job)[0], 0)
    status, output, errors = guestwire("attach", address(machine), job)
    equal(status, 0)
    lost = int(re.search(rb"(\d+) bytes of output are not kept", errors).group(1))
    equal((len(output) + lost, output[-7:]), (size + 7, b"the-end"))
    assert 512 * 1024 <= len(output) <= 1024 * 1024, len(output)
    # So much is on the guest's memory, and no more.
    assert int(in_guest(machine, "du -sk /run/guestwire | cut -f 1")) < 2500


def job_is_killed_and_forgotten(machine):
    job = detach(machine, "sleep", "1000")
    assert job in guestwire("jobs", address(machine))[1].decode()
    equal(guestwire("kill", address(machine), job, "-s", "INT")[0], 0)
    equal(guestwire("wait", address(machine), job)[0], 130)
    equal(guestwire("jobs", address(machine), "--forget", job)[0], 0)
    assert job not in guestwire("jobs", address(machine))[1].decode()


CASES = [job_prints_on_while_its_agent_is_restarted_and_killed, newest_output_is_kept_and_the_rest_is_counted,
         job_is_killed_and_forgotten]
