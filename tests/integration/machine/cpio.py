# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the archives that a kernel takes as initial RAM disk ("newc" cpio, Linux's
Documentation/driver-api/early-userspace/buffer-format.rst). Knows nothing of what is in them."""

import os
import stat


class Archive:
    def __init__(self):
        self._chunks = []
        self._names = set()
        self._size = 0

    def add_directory(self, name):
        self._add(name, stat.S_IFDIR | 0o755, b"")

    def add_file(self, name, data, mode=0o644):
        self._add(name, stat.S_IFREG | mode, data)

    def add_symlink(self, name, target):
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def to_bytes(self):
        """The whole archive. Archives may stand one after another; 512 keeps the next one aligned."""
        self._entry("TRAILER!!!", 0, b"")
        self._write(bytes(-self._size % 512))
        return b"".join(self._chunks)

    def _add(self, name, mode, data):
        name = name.strip("/")
        parent = os.path.dirname(name)
        if parent and parent not in self._names:
            self.add_directory(parent)
        self._names.add(name)
        self._entry(name, mode, data)

    def _entry(self, name, mode, data):
        encoded = name.encode() + b"\0"
        links = 2 if stat.S_ISDIR(mode) else 1
        fields = (len(self._names), mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        self._write(b"070701" + b"".join(b"%08X" % field for field in fields) + encoded)
        self._write(bytes(-self._size % 4))
        self._write(data)
        self._write(bytes(-self._size % 4))

    def _write(self, data):
        self._chunks.append(data)
        self._size += len(data)
