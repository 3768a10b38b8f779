#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies a file out of a guest, and tells how far it is: pull.py DOMAIN PATH FILE

Ctrl-C interrupts it; what has come is kept, and the next run goes on with it."""

import signal
import sys

try:
    import gi
    gi.require_version("Guestwire", "1")
    from gi.repository import Gio, GLib, Guestwire
except (ImportError, ValueError) as problem:
    sys.exit(f"{problem}\nThis needs Debian's python3-gi with {sys.executable} able to import it, and Guestwire-1.typelib "
             "(GI_TYPELIB_PATH) with libguestwire-1 (LD_LIBRARY_PATH) where they are not installed.")


class Pull:
    def __init__(self, path, file):
        self.path, self.file = path, file
        self.loop = GLib.MainLoop()
        self.cancellable = Gio.Cancellable()
        self.failed = True

    def run(self, name):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.on_interrupt)
        Guestwire.Domain.resolve_async(name, self.cancellable, self.on_resolved)
        self.loop.run()
        return int(self.failed)

    def on_interrupt(self):
        self.cancellable.cancel()
        return GLib.SOURCE_CONTINUE

    def fail(self, problem):
        print(f"pull.py: {problem.message}", file=sys.stderr)
        self.loop.quit()

    def on_resolved(self, _, result):
        try:
            client = Guestwire.Client.new(Guestwire.Domain.resolve_finish(result))
        except GLib.Error as problem:
            return self.fail(problem)
        client.set_wants_frames(True)
        client.open_async(Guestwire.TIMEOUT_DEFAULT, self.cancellable, self.on_opened)

    def on_opened(self, client, result):
        try:
            client.open_finish(result)
        except GLib.Error as problem:
            return self.fail(problem)
        transfer = Guestwire.Transfer.new(client, Guestwire.TransferDirection.PULL, self.file, self.path)
        transfer.set_flags(Guestwire.TransferFlags.RESUME)
        transfer.connect("notify::bytes-done", self.on_progress)
        transfer.run_async(Guestwire.TIMEOUT_DEFAULT, self.cancellable, self.on_copied)

    def on_progress(self, transfer, _):
        if sys.stderr.isatty():
            print(f"\r{transfer.props.bytes_done} of {transfer.props.bytes_total} bytes", end="", file=sys.stderr)

    def on_copied(self, transfer, result):
        try:
            transfer.run_finish(result)
        except GLib.Error as problem:
            if transfer.props.resumable:
                print("pull.py: what has come is kept; run it again to go on", file=sys.stderr)
            return self.fail(problem)
        print(f"{transfer.props.host_path} {transfer.props.digest}")
        self.failed = False
        self.loop.quit()


def main():
    if len(sys.argv) != 4:
        sys.exit("Usage: pull.py DOMAIN PATH FILE")
    return Pull(*sys.argv[2:]).run(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
