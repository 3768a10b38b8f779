# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the cases, on several channels at a time, and tells how they went: TAP as they end, and at the end a table."""

import contextlib
import queue
import threading
import time
import traceback

from tap import Tap

ALL_SECONDS = 3600  # what waits for all at once; each case has its own deadlines


def run_case(case, channel):
    """What was wrong, or None."""
    try:
        channel.prepare()
        case(channel)
    except Exception as error:
        return error
    finally:
        with contextlib.suppress(Exception):
            channel.tidy()
    return None


class Results:
    """@names: of the channels, which may not be there yet"""

    def __init__(self, cases, names):
        self._cases = cases
        self._names = names
        self._table = {}  # {(case, channel): what stands there}
        self._notes = []
        self._tap = Tap(len(cases) * len(names))

    def run(self, *groups):
        """Each group of channels has a thread."""
        ended = queue.Queue()
        for group in groups:
            threading.Thread(target=self._run_on, args=[group, ended], name=group[0].name, daemon=True).start()
        channels = [channel for group in groups for channel in group]
        self._notes += [f"{channel.name}: {channel.slow}" for channel in channels if channel.slow]
        deadline = time.monotonic() + ALL_SECONDS
        for _ in range(len(channels) * len(self._cases)):
            try:
                self._tell(*ended.get(timeout=max(deadline - time.monotonic(), 0.001)))
            except queue.Empty:
                break
        for channel in channels:
            self._fail_rest(channel.name, f"not done after {ALL_SECONDS} s")

    @contextlib.contextmanager
    def expected(self, names):
        """Whatever keeps channels from being there makes their cases fail."""
        try:
            yield
        except Exception as error:
            print("#", "# ".join(traceback.format_exc().splitlines(keepends=True)))
            for name in names:
                if name in self._names:
                    self._fail_rest(name, error)

    def finish(self):
        """Does not return."""
        width = max(len(case.__name__) for case in self._cases)
        print("#", " " * width, *self._names)
        for case in self._cases:
            cells = (self._table[case, name].center(len(name)) for name in self._names)
            print("#", case.__name__.replace("_", "-").ljust(width), *cells)
        for note in self._notes:
            print("#", note)
        self._tap.finish()

    def _run_on(self, group, ended):
        for channel in group:
            for case in self._cases:
                began = time.monotonic()
                error = None if case.__name__ in channel.not_possible else run_case(case, channel)
                ended.put((channel, case, error, time.monotonic() - began))

    def _tell(self, channel, case, error, seconds):
        def told():
            if error:
                raise error

        why = channel.not_possible.get(case.__name__)
        told.__name__ = f"{channel.name}/{case.__name__}" + (f" # SKIP {why}" if why else "")
        self._tap.run(told)
        print(f"# it took {seconds:.1f} s", flush=True)
        if error:
            with contextlib.suppress(Exception):
                for line in channel.agent_log().splitlines()[-30:]:
                    print("# agent:", line, flush=True)
        self._table[case, channel.name] = "FAILED" if error else "skipped" if why else f"{seconds:.1f} s"

    def _fail_rest(self, name, why):
        for case in self._cases:
            if (case, name) not in self._table:
                self._tap.fail(f"{name}/{case.__name__.replace('_', '-')}", why)
                self._table[case, name] = "FAILED"
