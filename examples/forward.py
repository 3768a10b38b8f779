#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets programs in a guest reach a socket of this host: forward.py DOMAIN LISTEN CONNECT

LISTEN is in the guest, CONNECT on this host. Ctrl-C ends it."""

import signal
import sys

import gi
gi.require_version("Guestwire", "1")
from gi.repository import GLib, Guestwire


def on_closed(_, number, to_guest, to_host, error):
    why = f": {error.message}" if error else ""
    print(f"connection {number}: {to_guest} bytes to the guest, {to_host} from it{why}", flush=True)


def main():
    if len(sys.argv) != 4:
        sys.exit("Usage: forward.py DOMAIN LISTEN CONNECT")
    client = Guestwire.Client.new(Guestwire.Domain.resolve(sys.argv[1], None))
    client.set_wants_frames(True)
    client.open(Guestwire.TIMEOUT_DEFAULT, None)
    forward = Guestwire.Forward.new(client, Guestwire.ForwardDirection.HOST, *sys.argv[2:])
    forward.connect("connection-closed", on_closed)
    forward.connect("lost", lambda _, error: print(f"lost: {error.message}", flush=True))
    forward.start(Guestwire.TIMEOUT_DEFAULT, None)
    print(forward.get_listen(), flush=True)

    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    loop.run()
    forward.stop()


if __name__ == "__main__":
    try:
        main()
    except GLib.Error as problem:
        sys.exit(f"forward.py: {problem.message}")
