#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Prints what happens in a guest: events.py DOMAIN [INSTANCE NUMBER]

With the last event that was seen it begins behind that. It goes on when the
agent is restarted; Ctrl-C ends it."""

import datetime
import signal
import sys

try:
    import gi
    gi.require_version("Guestwire", "1")
    from gi.repository import GLib, Guestwire
except (ImportError, ValueError) as problem:
    sys.exit(f"{problem}\nThis needs Debian's python3-gi, and Guestwire-1.typelib (GI_TYPELIB_PATH) with libguestwire-1 "
             "(LD_LIBRARY_PATH) where they are not installed.")


def on_event(_, instance, number, time_us, name, data):
    when = datetime.datetime.fromtimestamp(time_us / 1e6).isoformat(" ", "seconds")
    # What a guest says is not for a terminal as it is: ascii() makes it harmless.
    print(instance[:8], number, when, ascii(name), ascii(Guestwire.json_to_string(data, False)), flush=True)


def on_gap(_, lost):
    print(lost, "events are gone", flush=True)


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit("Usage: events.py DOMAIN [INSTANCE NUMBER]")
    loop = GLib.MainLoop()
    client = Guestwire.Client.new(Guestwire.Domain.resolve(sys.argv[1], None))
    client.set_wants_frames(True)
    client.open(Guestwire.TIMEOUT_DEFAULT, None)
    follower = Guestwire.Follower.new(client)
    if len(sys.argv) == 4:
        follower.set_after(sys.argv[2], int(sys.argv[3]))
    follower.connect("event", on_event)
    follower.connect("gap", on_gap)
    follower.connect("ended", lambda _, error: sys.exit(f"events.py: {error.message}"))
    follower.start(Guestwire.TIMEOUT_DEFAULT, None)
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, loop.quit)
    loop.run()
    follower.stop()


if __name__ == "__main__":
    try:
        main()
    except GLib.Error as problem:
        sys.exit(f"events.py: {problem.message}")
