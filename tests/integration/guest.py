# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests on a machine ask its guest, by its console."""


def address(machine):
    return "unix:" + machine.socket


def in_guest(machine, command, timeout=60):
    status, output = machine.console_run(command, timeout=timeout)
    if status:
        raise AssertionError(f"in the guest: {command}: exit {status}: {output}")
    return output.strip()


def agent_pid(machine):
    return in_guest(machine, "systemctl show -P MainPID guestwire-agent")


def runs(machine, words):
    return machine.console_run(f"pgrep -f '^{words}$'")[0] == 0
