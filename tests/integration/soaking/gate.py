# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets workers do one thing after another, stops them all at once, and knows whose trouble was made for him.

Who is told of a failure has done nothing wrong while an agent was killed or a connection cut; what is wrong at
any time is a lie: other bytes, an end that never comes, a report of a sanitizer."""

import contextlib
import threading
import time
import traceback


class Told(Exception):
    """Something failed, and said so."""


class Gate:
    def __init__(self):
        self._changed = threading.Condition()
        self._is_open = False
        self._busy = {}
        self._troubles = []
        self.over = False
        self.wrong = []
        self.done = {}
        self.told = 0

    # --- For whoever makes trouble -----------------------------------------

    @contextlib.contextmanager
    def trouble(self, *whose):
        """@whose: names of workers, or nothing for all"""
        entry = [time.monotonic(), None, whose]
        with self._changed:
            self._troubles.append(entry)
        try:
            yield
        finally:
            entry[1] = time.monotonic()

    def had_trouble(self, name, since):
        with self._changed:
            return any((not whose or name in whose) and (end is None or end >= since) for _, end, whose in self._troubles)

    # --- For workers -------------------------------------------------------

    def work(self, name, actions, chosen):
        """Runs one of @actions after another, until all is over. @chosen: random numbers"""
        while self._enter(name):
            action = chosen.choice(actions)
            with self._changed:
                self._busy[name] = (action.__name__, time.monotonic())
            began = time.monotonic()
            try:
                action()
                self.done.setdefault((name, action.__name__), []).append(time.monotonic() - began)
            except (Told, OSError, EOFError) as error:
                if self.had_trouble(name, began):
                    self.told += 1
                else:
                    self._add(name, action, error)
            except Exception as error:  # whatever it is, it is told at the end
                self._add(name, action, error)
            finally:
                with self._changed:
                    del self._busy[name]
                    self._changed.notify_all()

    def _enter(self, name):
        with self._changed:
            while not self._is_open and not self.over:
                self._changed.wait()
            self._busy[name] = ("nothing", time.monotonic())
            if self.over:
                del self._busy[name]
                self._changed.notify_all()
            return not self.over

    def _add(self, name, action, error):
        where = "".join(traceback.format_exception(error)[-3:])
        self.wrong.append(f"{name}, {action.__name__}: {type(error).__name__}: {str(error)[:2000]}\n{where[-1500:]}")

    # --- For whoever counts ------------------------------------------------

    def open(self):
        with self._changed:
            self._is_open = True
            self._changed.notify_all()

    def close(self, seconds):
        """Returns when nobody works, or what does not end in time."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._is_open = False
            while self._busy and time.monotonic() < deadline:
                self._changed.wait(deadline - time.monotonic())
            return dict(self._busy)

    def end(self):
        with self._changed:
            self.over = True
            self._changed.notify_all()
