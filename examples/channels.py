#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints the channels of a domain, given its XML: virsh dumpxml vm1 | channels.py"""

import sys

try:
    import gi
    gi.require_version("Guestwire", "1")
    from gi.repository import GLib, Guestwire
except (ImportError, ValueError) as problem:
    sys.exit(f"{problem}\nThis needs Debian's python3-gi, and Guestwire-1.typelib (GI_TYPELIB_PATH) with libguestwire-1 "
             "(LD_LIBRARY_PATH) where they are not installed.")


def main():
    try:
        devices = Guestwire.Chardev.read_xml(sys.stdin.read(), -1, Guestwire.ChardevForm.ANY)
    except GLib.Error as error:
        sys.exit(f"channels.py: {error.message}")
    for device in devices:
        if device.get_device() == Guestwire.ChardevDevice.CHANNEL:
            print(device.get_target_type(), device.get_target_name(), device.get_kind_name(), device.get_path() or "")


main()
