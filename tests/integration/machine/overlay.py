# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a start lays over the root disk: the agent as just built, its unit and udev rule, and the
machine's own name. So the cached image never holds an old agent."""

import os
import pathlib
import re
import uuid

from .cpio import Archive
from .errors import MachineError

TOP = pathlib.Path(__file__).resolve().parents[3]
UNIT = "guestwire-agent.service"
PLACES = {"bindir": "/usr/bin", "sbindir": "/usr/sbin"}


def build(name, agent_binary, agent_needed, files):
    """Returns the overlay as a cpio archive. @agent_binary: None for the one in the build directory;
    @files: {path in the machine: bytes or str} besides"""
    archive = Archive()

    def add(path, data, mode=0o644):
        archive.add_file(f"overlay{path}", data, mode)

    unit = _unit_text()
    add(f"/usr/lib/systemd/system/{UNIT}", unit.encode())
    for rule in sorted((TOP / "udev-rules").glob("*.rules")):
        add(f"/usr/lib/udev/rules.d/{rule.name}", rule.read_bytes())
    namer = build_directory() / "udev-rules" / "guestwire-xenname"
    if namer.is_file():
        add("/usr/lib/udev/guestwire-xenname", namer.read_bytes(), 0o755)

    binary = pathlib.Path(agent_binary) if agent_binary else build_directory() / "guest" / "guestwire-agent"
    if binary.is_file():
        program = re.search(r"^ExecStart=[-@:+!]*(\S+)", unit, re.MULTILINE).group(1)
        add(program, binary.read_bytes(), 0o755)
    elif agent_needed or agent_binary:
        raise MachineError(f"no agent at {binary}: build it first, or say --agent-binary")

    # Two machines are never the same machine; a machine-id also spares systemd its first-boot work.
    add("/etc/machine-id", f"{uuid.uuid4().hex}\n".encode())
    add("/etc/hostname", re.sub(r"[^A-Za-z0-9-]", "-", name).strip("-")[:63].encode() + b"\n")
    for path, data in files.items():
        add(path, data.encode() if isinstance(data, str) else data)
    return archive.to_bytes()


def build_directory():
    return pathlib.Path(os.environ.get("GUESTWIRE_BUILD") or TOP / "build")


def _unit_text():
    built = build_directory() / "guest" / UNIT
    if built.is_file():
        return built.read_text()
    text = (TOP / "guest" / f"{UNIT}.in").read_text()
    return re.sub(r"@(\w+)@", lambda match: PLACES[match.group(1)], text)
