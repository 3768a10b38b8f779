# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a start adds to the image: our programs as just built, with our udev rules in domains and our library
in dom0. So the cached image never holds an old one."""

import pathlib

from ..cpio import Archive
from ..errors import MachineError
from ..overlay import TOP, build_directory

DOM0 = {"host/cli/guestwire": "/usr/bin/guestwire", "host/lib/libguestwire-1.so.0": "/usr/lib/libguestwire-1.so.0"}
DOMU = {"guest/guestwire-agent": "/usr/bin/guestwire-agent", "udev-rules/guestwire-xenname": "/usr/lib/udev/guestwire-xenname"}


def domu(files):
    """The overlay of every domain as a cpio archive. @files: {path in it: bytes or str} besides; those in /start.d
    are programs to run at boot"""
    archive = _built(DOMU)
    for rule in sorted((TOP / "udev-rules").glob("*.rules")):
        archive.add_file(f"/usr/lib/udev/rules.d/{rule.name}", rule.read_bytes())
    _add(archive, files)
    return archive.to_bytes()


def dom0(files):
    archive = _built(DOM0)
    _add(archive, files)
    return archive.to_bytes()


def _built(places):
    archive = Archive()
    for name, place in places.items():
        path = build_directory() / name
        if not path.is_file():
            raise MachineError(f"no {path}: build it first")
        archive.add_file(place, path.read_bytes(), 0o755)
    return archive


def _add(archive, files):
    for path, data in files.items():
        if isinstance(data, pathlib.Path):
            data = data.read_bytes()
        archive.add_file(path, data.encode() if isinstance(data, str) else data, 0o755)
