# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong with a machine. The text is for a person; `vm` prints it and exits 1."""


class MachineError(Exception):
    pass


class MachineTimeout(MachineError):
    """A deadline passed."""
