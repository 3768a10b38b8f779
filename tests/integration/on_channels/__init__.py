# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold of every channel (cases), and the channels that it is tried on (here, qemu, xen)."""
