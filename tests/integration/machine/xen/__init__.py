# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real Xen in an emulated machine, made from Debian 12's packages: dom0 with xl and xenstored, and
domains in it.

    with XenHost("a") as host, host.domain("vm1", [Channel("org.example.0", "/run/x.sock")]) as domain:
        status, output = host.run("xl list")
        status, output = domain.run("ls /dev/vport")
"""

from .domain import Channel, Domain
from .host import XenHost

__all__ = ["Channel", "Domain", "XenHost"]
