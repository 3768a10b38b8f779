# SPDX-License-Identifier: LGPL-2.1-or-later
"""Throw-away QEMU machines for integration tests, made from Debian 12's kernel and packages.

    with Machine("a", agent="qemu-ga") as machine:
        status, output = machine.console_run("uname -r")
"""

from .machine import Machine
from .errors import MachineError

__all__ = ["Machine", "MachineError"]
