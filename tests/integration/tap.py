# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs cases and prints TAP. A case is a function; its name is the sentence."""

import sys
import time
import traceback

SHOWN_MAX = 2000  # characters of a value that is wrong


def wait_for(what, condition, seconds=30):
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


class Tap:
    def __init__(self, count):
        self.number = 0
        self.failed = 0
        print(f"1..{count}", flush=True)

    def run(self, case, *arguments, group=""):
        self.number += 1
        name = group + case.__name__.replace("_", "-")
        began = time.monotonic()
        try:
            case(*arguments)
        except Exception:
            self.failed += 1
            print(f"not ok {self.number} {name}")
            for line in traceback.format_exc().splitlines():
                print("#", line)
        else:
            print(f"ok {self.number} {name}")
        print(f"# {time.monotonic() - began:.2f} s", flush=True)

    def fail(self, name, why):
        self.number += 1
        self.failed += 1
        print(f"not ok {self.number} {name}")
        for line in str(why).splitlines():
            print("#", line)

    def finish(self):
        sys.exit(1 if self.failed else 0)
