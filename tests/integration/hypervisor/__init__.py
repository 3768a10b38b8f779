# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real libvirtd with test machines as its domains, apart from whatever the host runs.

    sandbox.enter()
    with Libvirtd() as libvirtd, Domain(libvirtd, "vm1") as domain:
        libvirtd.virsh("qemu-agent-command", "vm1", '{"execute":"guest-ping"}')
"""

from .domain import Domain
from . import sandbox
from .libvirtd import Libvirtd, VirshError

__all__ = ["Domain", "Libvirtd", "sandbox", "VirshError"]
