# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs cases and prints TAP. A case is a function; its name is the sentence."""

import signal
import sys
import threading
import time
import traceback

SHOWN_MAX = 2000  # characters of a value that is wrong
CASE_SECONDS = 300  # many times what a case takes on an idle host
LEAVE_SECONDS = 30  # for each thing that a case does on its way out once its time is over

# What a shell begins in the background ignores these, and so would all that cases start.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


class TooLong(Exception):
    """A case hangs. Nothing that tests try again after is a kind of it."""


def within(seconds):
    """For a case that takes longer than others."""
    def mark(case):
        case.seconds = seconds
        return case

    return mark


def wait_for(what, condition, seconds=60):
    """Polls for what tells no event of its own, with a deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"still waiting for {what} after {seconds} s")
        time.sleep(0.02)


def equal(got, expected):
    if got != expected:
        raise AssertionError(f"{shown(got)} instead of {shown(expected)}")


def shown(value):
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}… ({len(text)} characters)"


def comment(text):
    for line in str(text).splitlines():
        print("#", line)


def stands_of_other_threads():
    frames = sys._current_frames()
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread() and thread.ident in frames]
    return "".join(f"{thread.name} stands here:\n{''.join(traceback.format_stack(frames[thread.ident]))}" for thread in others)


def consoles(machines):
    """What they printed last, of those that can tell it."""
    return "\n".join(f"the console ended with:\n{machine.console_tail()}" for machine in machines
                     if hasattr(machine, "console_tail"))


class Deadline:
    """Of what the main thread does: raises TooLong there, wherever it waits, and again while it does not come out."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.rang = False
        self.stands = ""  # where the other threads stood then
        self._over = False

    def __enter__(self):
        self._before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, self.seconds, LEAVE_SECONDS)
        return self

    def __exit__(self, *_):
        self._over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _ring(self, *_):
        if self._over:
            return
        if not self.rang:
            self.rang = True
            self.stands = stands_of_other_threads()
        raise TooLong(f"it hangs: not done after {self.seconds} s")


class Tap:
    def __init__(self, count, case_seconds=CASE_SECONDS):
        self.case_seconds = case_seconds
        self.number = 0
        self.failed = 0
        print(f"1..{count}", flush=True)

    def run(self, case, *arguments, group=""):
        """@arguments: of the case; the consoles of those that have one are shown when it hangs"""
        self.number += 1
        name = group + case.__name__.replace("_", "-")
        began = time.monotonic()
        deadline = Deadline(getattr(case, "seconds", self.case_seconds))
        try:
            with deadline:
                case(*arguments)
        except Exception:
            self.failed += 1
            print(f"not ok {self.number} {name}")
            comment(traceback.format_exc())
            if deadline.rang:
                comment(deadline.stands)
                comment(consoles(arguments))
        else:
            print(f"ok {self.number} {name}")
        print(f"# {time.monotonic() - began:.2f} s", flush=True)

    def fail(self, name, why):
        self.number += 1
        self.failed += 1
        print(f"not ok {self.number} {name}")
        comment(why)

    def finish(self):
        sys.exit(1 if self.failed else 0)
