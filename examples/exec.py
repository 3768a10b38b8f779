#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a program in a guest: exec.py DOMAIN PROGRAM [ARGUMENT...]

Its output and exit status become this script's own. Ctrl-C cancels. What the
agent tells unasked, and the states of the connection, go to standard error
with -v in front."""

import signal
import sys

try:
    import gi
    gi.require_version("Guestwire", "1")
    from gi.repository import Gio, GLib, Guestwire
except (ImportError, ValueError) as problem:
    sys.exit(f"{problem}\nThis needs Debian's python3-gi with {sys.executable} able to import it, and Guestwire-1.typelib "
             "(GI_TYPELIB_PATH) with libguestwire-1 (LD_LIBRARY_PATH) where they are not installed.")


class Exec:
    def __init__(self, words, verbose):
        self.words = words
        self.verbose = verbose
        self.loop = GLib.MainLoop()
        self.cancellable = Gio.Cancellable()
        self.status = 125

    def run(self, name):
        # A domain's name, UUID or id, or an address: what it is, this host knows.
        Guestwire.Domain.resolve_async(name, self.cancellable, self.on_resolved)
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.on_interrupt)
        self.loop.run()
        return self.status

    def on_interrupt(self):
        self.cancellable.cancel()
        return GLib.SOURCE_CONTINUE

    def fail(self, problem):
        print(f"exec.py: {problem.message}", file=sys.stderr)
        if problem.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED):
            self.status = 130
        self.loop.quit()

    def on_resolved(self, _, result):
        try:
            address = Guestwire.Domain.resolve_finish(result)
        except GLib.Error as problem:
            return self.fail(problem)
        self.client = Guestwire.Client.new(address)
        if self.verbose:
            self.client.connect("notify::state", self.on_state)
            self.client.connect("event", self.on_event)
        self.client.open_async(Guestwire.TIMEOUT_DEFAULT, self.cancellable, self.on_opened)

    def on_state(self, client, _):
        print(f"exec.py: {client.props.address.to_string()}: {client.props.state.value_nick}", file=sys.stderr)

    def on_event(self, _, name, data):
        print(f"exec.py: event {name}: {Guestwire.json_to_string(data) if data else ''}", file=sys.stderr)

    def on_opened(self, client, result):
        try:
            client.open_finish(result)
        except GLib.Error as problem:
            return self.fail(problem)
        self.process = Guestwire.Process.new(client, self.words)
        self.process.run_async(Guestwire.TIMEOUT_NONE, self.cancellable, self.on_ended)

    def on_ended(self, process, result):
        try:
            process.run_finish(result)
        except GLib.Error as problem:
            return self.fail(problem)
        sys.stdout.buffer.write(process.get_output().get_data() or b"")
        sys.stderr.buffer.write(process.get_errors().get_data() or b"")
        self.status = 128 + process.get_signal() if process.get_signal() else process.get_exit_status()
        self.loop.quit()


def main():
    arguments = sys.argv[1:]
    verbose = arguments[:1] == ["-v"]
    if verbose:
        del arguments[0]
    if len(arguments) < 2:
        sys.exit("Usage: exec.py [-v] DOMAIN PROGRAM [ARGUMENT...]")
    return Exec(arguments[1:], verbose).run(arguments[0])


if __name__ == "__main__":
    sys.exit(main())
