# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that lie in text, against the command."""

import json
import os
import threading

from lies import told
from lies.guest import Guest
from lies.wire import Gone

ESCAPES = "a\x1b]0;mine\x07\x1b[2J\x9b31m\x7f\u202e\u2028\r\nb"
MIB = 1 << 20


def is_sync(request):
    return request["execute"] == "guest-sync-delimited"


def for_ever(line, piece):
    """Until nobody listens any more. What is not read is not said."""
    try:
        while True:
            line.say(piece)
    except (Gone, OSError):
        pass


# --- Floods ----------------------------------------------------------------

FLOODS = {
    "junk": b"\x00\x1b[2J\xff\xf5" * 8192,
    "a-line-without-end": b"a" * 65536,
    "a-string-without-end": b'{"return": "' + b"a" * 65536,
    "answers": b'{"return": {}}\n' * 4096,
    "answers-to-others": b'\xff{"return": 17, "id": 17}\n' * 4096,
    "errors": json.dumps({"error": {"class": ESCAPES, "desc": ESCAPES * 100}}).encode() + b"\n",
    "events": b'{"event": "X", "data": {"x": "' + b"y" * 60000 + b'"}}\n',
    "braces": b"{" * 65536,
    "0xff": b"\xff" * 65536,
}


def floods_before_an_answer(folder, rest):
    """The whole time is up, since the answer never comes, or it is refused before."""
    run_at_once(folder, {name: (["--timeout", "2", "ping"], {"connected": lambda line, piece=piece: for_ever(line, piece)}, (1,))
                         for name, piece in FLOODS.items()}, rest, growth=GROWTH_LINE)


# A line may be of 64 MiB (GW_LINE_MAX): it is kept once, in a block that grows by halves or doubles.
GROWTH_LINE = 200 * told.MIB


def floods_in_the_place_of_an_answer(folder, rest):
    def text(piece):
        def hear(line, request):
            if is_sync(request):
                return False
            for_ever(line, piece)
            raise Gone
        return hear

    run_at_once(folder, {name: (["--timeout", "2", "call"], {"text": text(piece), "frames": False}, (0, 1))
                         for name, piece in FLOODS.items()}, rest, growth=GROWTH_LINE)


# --- One answer ------------------------------------------------------------

def nested(depth):
    return b'{"return": ' + b"[" * depth + b"]" * depth + b"}"


ANSWERS = {  # name: [answer to guest-info, exit statuses of info]
    "nothing-at-all": [b"{}", (1,)],
    "neither-return-nor-error": [b'{"returned": {}}', (1,)],
    "both": [b'{"return": {}, "error": {"class": "x", "desc": "y"}}', (0, 1)],
    "error-that-is-no-object": [b'{"error": 7}', (1,)],
    "error-without-text": [b'{"error": {}}', (1,)],
    "error-of-escapes": [json.dumps({"error": {"class": ESCAPES, "desc": ESCAPES}}).encode(), (0, 1)],
    "long-error": [json.dumps({"error": {"class": "x", "desc": ESCAPES * 100_000}}).encode(), (0, 1)],
    "null": [b'{"return": null}', (0, 1)],
    "a-list": [b'{"return": [1,2,3]}', (0, 1)],
    "version-no-text": [b'{"return": {"version": 7, "supported_commands": 7}}', (0, 1)],
    "escapes": [json.dumps({"return": {"version": ESCAPES, "supported_commands": [
        {"name": ESCAPES, "enabled": True}, {"name": ESCAPES, "enabled": False}, {"name": 7}, 7, None]}}).encode(), (0, 1)],
    "raw-control-characters": [b'{"return": {"version": "\x1b[2J\x07"}}', (1,)],
    "no-utf8": [b'{"return": {"version": "\xc3\x28\xf0\x90"}}', (1,)],
    "lone-surrogate": [b'{"return": {"version": "\\ud800"}}', (1,)],
    "nul": [b'{"return": {"version": "a\\u0000b"}}', (1,)],
    "deep": [nested(100_000), (1,)],
    "twice-the-same-name": [b'{"return": {}, "return": {"version": "2"}}', (1,)],
    "a-large-number": [b'{"return": {"version": 1' + b"0" * 400 + b"}}", (1,)],
    "many-values": [b'{"return": [' + b"1," * 200_000 + b"1]}", (1,)],
    "many-members": [b'{"return": {' + b",".join(b'"%d":1' % i for i in range(5000)) + b"}}", (1,)],
    "ten-mebibytes": [b'{"return": {"version": "' + b"v" * (10 * MIB) + b'"}}', (0, 1)],
}


def answers_that_are_none(folder, rest):
    def text(answer):
        def hear(line, request):
            if request["execute"] != "guest-info":
                return False
            line.say(answer + b"\n")
            return True
        return hear

    run_at_once(folder, {f"{name} {verb}": (["--timeout", "3", *words], {"text": text(answer), "frames": False}, statuses)
                         for name, (answer, statuses) in ANSWERS.items()
                         for verb, words in (("info", ["info"]), ("call", ["call"]))}, rest, terminal=True, at_once=len(ANSWERS))


# --- Silence ---------------------------------------------------------------

VERBS = {
    "ping": ["ping", "@"],
    "info": ["info", "@"],
    "call": ["call", "@", "guest-info"],
    "exec": ["exec", "@", "--", "true"],
    "detached": ["exec", "-d", "@", "--", "true"],
    "shell": ["shell", "@"],
    "jobs": ["jobs", "@"],
    "attach": ["attach", "@", "abc"],
    "kill": ["kill", "@", "abc"],
    "wait": ["wait", "@"],
    "wait-for-a-job": ["wait", "@", "abc"],
    "cp": ["cp", "/etc/hostname", "@:/tmp/x"],
    "push": ["push", "@", "/etc/hostname", "/tmp/x"],
    "pull": ["pull", "@", "/tmp/x", "-"],
    "events": ["events", "@"],
    "forward": ["forward", "@", "127.0.0.1:0", "unix:/x"],
    "shutdown": ["shutdown", "@"],
}


def run_verbs(folder, hooks, rest, seconds=2):
    # To wait for an agent is to wait for its sync.
    run_at_once(folder, {name: (["--timeout", str(seconds), *words], hooks, (0, 1) if name == "wait" else (1, 125))
                         for name, words in VERBS.items()}, rest, idle=True, at_once=len(VERBS))


def nothing_is_ever_said(folder, rest):
    def connected(line):
        while True:
            line.read_more()

    run_verbs(folder, {"connected": connected}, rest)


def nothing_is_ever_read(folder, rest):
    stop = threading.Event()
    try:
        run_verbs(folder, {"connected": lambda line: stop.wait(told.SECONDS)}, rest)
    finally:
        stop.set()


def each_connection_is_closed_at_once(folder, rest):
    def connected(_):
        raise Gone

    run_verbs(folder, {"connected": connected}, rest)


def nothing_is_said_behind_the_sync(folder, rest):
    def text(line, request):
        if is_sync(request):
            return False
        while True:
            line.read_more()

    run_verbs(folder, {"text": text, "frames": False}, rest)


def a_sync_is_answered_with_another_number(folder, rest):
    def text(line, request):
        line.say(b"\xff")
        line.say_json({"return": 12345})
        return True

    run_verbs(folder, {"text": text}, rest)


# --- Many at a time --------------------------------------------------------

AT_ONCE = 6


def run_at_once(folder, table, rest, growth=told.GROWTH_MAX, idle=False, at_once=AT_ONCE, terminal=False):
    """@table: {name: (words, hooks of the guest, exit statuses)}. In words the address follows on the verb, or stands for @"""
    wrong, lock = [], threading.Semaphore(at_once)

    def run_one(name, words, hooks, statuses, number):
        with lock:
            try:
                place = f"{folder}/{number}"
                os.mkdir(place)
                with Guest(place, **hooks) as guest:
                    if any("@" in word for word in words):
                        words = [word.replace("@", guest.address) for word in words]
                    else:
                        words = [*words, guest.address, *(["guest-info"] if words[-1] == "call" else [])]
                    result = told.run(*words, terminal=terminal)
                    told.check(result, statuses, growth=growth, rest=rest)
                    if idle:
                        assert result.cpu < told.IDLE_CPU_MAX, result
                    assert not guest.failures, (guest.failures, result)
            except Exception as error:
                wrong.append(f"{name}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=run_one, args=(name, *row, i)) for i, (name, row) in enumerate(table.items())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise AssertionError("\n".join(wrong))


CASES = [floods_before_an_answer, floods_in_the_place_of_an_answer, answers_that_are_none, nothing_is_ever_said,
         nothing_is_ever_read, each_connection_is_closed_at_once, nothing_is_said_behind_the_sync,
         a_sync_is_answered_with_another_number]
