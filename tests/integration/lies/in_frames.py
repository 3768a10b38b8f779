# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that lie in frames, with checks that are good, against the command."""

import json
import os
import struct

import lies.guest
from lies import told
from lies.in_text import ESCAPES, MIB, run_at_once
from lies.wire import ERROR, EVENT, PART, REPLY, U32, Gone, codec


def u64(number):
    return struct.pack("<Q", number)


def fragment(kind, number, first, body, length=None):
    return struct.pack("<BBHQ", kind, first, 0, number) + (b"" if length is None else struct.pack("<I", length)) + body


# --- The opening -----------------------------------------------------------

OPENINGS = {
    "huge-frame": {"frame": 1 << 40},
    "small-frame": {"frame": 1},
    "negative-frame": {"frame": -1},
    "huge-window": {"window": 1 << 62},
    "short-nonce": {"nonce": "00"},
    "nonce-of-escapes": {"nonce": ESCAPES},
    "other-features": {"features": [ESCAPES]},
    "many-features": {"features": ["x"] * 10_000},
    "no-session": {"session": None},
    "resumed": {"resumed": True, "received": 7, "digest": "00" * 8},
    "other-channel": {"channel": ESCAPES},
    "much-more": {"more": "x" * MIB},
}


def openings_that_are_none(folder, rest):
    run_at_once(folder, {name: (["--timeout", "4", "jobs"], {"opening": lambda answer, _, more=more: answer.update(more)}, (0, 1))
                         for name, more in OPENINGS.items()}, rest, at_once=len(OPENINGS))


# --- Frames ----------------------------------------------------------------

def many(session, count, make):
    session.line.say(b"".join(make(i) for i in range(count)))


def opens(session, first, count):
    many(session, count, lambda i: session.frame(codec.OPEN, u64(1 << 40) + b'{"call":1,"name":"stdio","pid":1}', first + 2 * i))


def long_message(session, _):
    """It never ends, and its length was not what it said."""
    session.send(codec.MESSAGE, fragment(REPLY, 1, 1, b"x" * 1000, length=100))


def large_message(session, number):
    body = b'{"return": "' + b"x" * (10 * MIB) + b'"}'
    sent = 0
    for part in codec.fragments(REPLY, number, body, PART):
        while not session.has_room() or sent + len(part) > session.limits.get(0, 262144):
            session.pump()
        session.send(codec.MESSAGE, part)
        sent += len(part) - 12


def in_turn(*frames):
    """@frames: (type, payload, stream)"""
    def lie(session, _):
        for kind, payload, stream in frames:
            session.send(kind, payload, stream)
    return lie


def flood(make, count=20_000):
    def lie(session, _):
        for start in range(0, count, 500):
            many(session, 500, lambda i: make(session, start + i))
            if session.acks and not start % 2000:
                session.send(codec.ACK)
    return lie


# name: lie, behind which an answer comes. What is a violation ends the session.
LIES = {
    "ack-of-the-future": lambda s, _: s.send(codec.ACK, ack=s.expected + 1000 & U32),
    "ack-of-the-past": lambda s, _: s.send(codec.ACK, ack=s.expected - 1000 & U32),
    "seq-jumps": lambda s, _: s.send(codec.MESSAGE, fragment(REPLY, 1, 1, b"{}", 2), seq=s.seq + 5 & U32),
    "count-jumps": lambda s, _: s.send(codec.ACK, count=s.count + (1 << 30) & U32),
    "count-again": lambda s, _: (s.send(codec.ACK), s.send(codec.ACK, count=s.count - 1 & U32)),
    "another-frame-of-a-count": lambda s, _: s.send(codec.PING, count=s.count - 1 & U32),
    "unknown-type": lambda s, _: s.send(9),
    "unknown-numbered-type": lambda s, _: s.send(30, b"x"),
    "unknown-and-ignorable": lambda s, _: s.send(31, b"x" * PART, flags=codec.IGNORABLE),
    "close-of-escapes": lambda s, _: s.send(codec.CLOSE, ESCAPES.encode()),
    "close-that-is-long": lambda s, _: s.send(codec.CLOSE, b"\xff\x1b" * 10_000),
    "hello-again": lambda s, _: s.send(codec.HELLO, bytes(range(256)), seq=s.seq + 77 & U32),
    "hello-of-junk": lambda s, _: s.send(codec.HELLO, b"\x00" * 256),
    "nak-of-the-future": lambda s, _: s.send(codec.NAK, struct.pack("<I", 1 << 31)),
    "pong-to-nothing": lambda s, _: s.send(codec.PONG, struct.pack("<I", 99)),
    "credit-for-nothing": in_turn((codec.CREDIT, u64(1 << 40), 2)),
    "credit-of-all": in_turn((codec.CREDIT, u64((1 << 64) - 1), 0)),
    "credit-that-is-short": in_turn((codec.CREDIT, b"x", 0)),
    "data-for-nothing": in_turn((codec.DATA, b"x", 2)),
    "data-on-messages": in_turn((codec.DATA, b"x", 0)),
    "fin-of-nothing": in_turn((codec.FIN, b"", 3)),
    "reset-of-nothing": in_turn((codec.RESET, ESCAPES.encode(), 3)),
    "reset-of-messages": in_turn((codec.RESET, b"", 0)),
    "open-of-their-id": in_turn((codec.OPEN, u64(1), 2)),
    "open-of-messages": in_turn((codec.OPEN, u64(1), 0)),
    "open-twice": in_turn((codec.OPEN, u64(1), 1), (codec.OPEN, u64(1), 1)),
    "open-that-is-short": in_turn((codec.OPEN, b"x", 1)),
    "open-for-junk": in_turn((codec.OPEN, u64(1) + b"\xff\x1b{", 1), (codec.OPEN, u64(1) + b"{" * 400, 3),
                             (codec.OPEN, u64(1) + json.dumps({"call": "x", "name": 7}).encode(), 5),
                             (codec.OPEN, u64(1) + b'{"call":1,"name":"stdio"}', 7)),
    "open-for-long": in_turn((codec.OPEN, u64(1) + b"x" * 401, 1)),
    "many-opens": lambda s, _: opens(s, 1, 200),
    "data-before-credit": in_turn((codec.OPEN, u64(1), 1), (codec.DATA, b"x" * PART, 1)),
    "closed-twice": in_turn((codec.OPEN, u64(1), 1), (codec.FIN, b"", 1), (codec.FIN, b"", 1), (codec.RESET, b"", 1), (codec.RESET, b"", 1)),
    "answer-to-nothing": lambda s, _: s.reply(1 << 60, {}),
    "answer-of-the-past": lambda s, n: (s.reply(n, {}), s.reply(n, {"again": ESCAPES})),
    "kind-that-is-none": in_turn((codec.MESSAGE, fragment(77, 1, 1, b"{}", 2), 0)),
    "cancel-of-nothing": in_turn((codec.MESSAGE, fragment(5, 17, 1, b"", 0), 0)),
    "request-to-a-host": lambda s, _: s.request("guest-exec", path="/bin/sh"),
    "fragment-without-a-beginning": in_turn((codec.MESSAGE, fragment(REPLY, 1, 0, b"x"), 0)),
    "fragment-that-is-short": in_turn((codec.MESSAGE, b"xx", 0)),
    "fragment-that-is-empty": lambda s, _: many(s, 2000, lambda i: s.frame(codec.MESSAGE, fragment(EVENT, 1, 0 if i else 1, b"", None if i else 9))),
    "message-of-4-gib": in_turn((codec.MESSAGE, fragment(REPLY, 1, 1, b"x", U32), 0)),
    "messages-that-never-end": lambda s, _: many(s, 400, lambda i: s.frame(codec.MESSAGE, fragment(EVENT, i, 1, b"x", 1000))),
    "messages-of-64-mib-each": lambda s, _: many(s, 20, lambda i: s.frame(codec.MESSAGE, fragment(EVENT, i, 1, b"x", 64 << 20))),
    "message-behind-its-end": long_message,
    "aborts": lambda s, _: many(s, 1000, lambda i: s.frame(codec.MESSAGE, fragment(EVENT, i, 2, b""))),
    "large-answer": large_message,
    "answer-that-is-no-json": lambda s, n: s.message(REPLY, n, b"{\x1b[2J}"),
    "answer-of-many-values": lambda s, n: s.message(REPLY, n, b'{"return": [' + b"1," * 100_000 + b"1]}"),
    "error-of-escapes": lambda s, n: s.error(n, ESCAPES, ESCAPES),
    "long-error": lambda s, n: s.message(ERROR, n, {"error": {"class": "x", "desc": ESCAPES * 5000}}),
    "events-without-bound": flood(lambda s, i: s.frame(codec.MESSAGE, codec.fragments(
        EVENT, i + 1, json.dumps({"event": "x" * 50, "data": {"y": ESCAPES}}).encode(), PART)[0]), 8000),
    "flood-of-pings": flood(lambda s, i: s.frame(codec.PING)),
    "flood-of-naks": flood(lambda s, i: s.frame(codec.NAK, struct.pack("<I", i))),
    "flood-of-credit": flood(lambda s, i: s.frame(codec.CREDIT, u64(i), 0), 8000),
    "flood-of-junk": lambda s, _: s.line.say(os.urandom(16 * MIB)),
    "flood-of-headers": lambda s, _: s.line.say(b"\xf5" * (4 * MIB)),
    "frames-of-old": lambda s, _: [s.line.say(s.frame(codec.ACK)) for _ in range(2)] and s.line.say(codec.encode(s.seed ^ 1, codec.CLOSE)),
    "text-again": lambda s, _: s.line.say(b'\xff{"return": 17}\n{"event": "x", "data": {}}\n' * 1000),
}


# What is passed over: the answer that comes behind it counts.
HARMLESS = {
    "ack-of-the-future", "ack-of-the-past", "seq-jumps", "count-again", "unknown-and-ignorable", "hello-again", "hello-of-junk", "nak-of-the-future",
    "pong-to-nothing", "credit-for-nothing", "credit-of-all", "reset-of-nothing", "reset-of-messages", "open-for-junk",
    "cancel-of-nothing", "request-to-a-host", "events-without-bound", "flood-of-pings", "flood-of-naks", "flood-of-credit",
    "flood-of-junk", "flood-of-headers", "frames-of-old", "text-again",
}
# As the host has or has not reset the stream by then.
EITHER = {"closed-twice", "data-before-credit"}
# All that comes behind it is older.
MUTE = {"count-jumps"}


def frames_that_lie(folder, rest):
    def request(lie):
        def hear(session, number, name, arguments):
            if name != "guestwire-job-list":
                return None
            lie(session, number)
            session.reply(number, [])
            lies.guest.rest(session)
            return True
        return hear

    run_at_once(folder, {name: (["--timeout", "3" if name in MUTE else "60", "jobs", "@"], {"request": request(lie)},
                                (0, 1) if name in EITHER else (0,) if name in HARMLESS else (1,)) for name, lie in LIES.items()}, rest)


def acknowledges_nothing(folder, rest):
    """It is asked by PING, and by nothing else."""
    def opened(session):
        session.acks = False
        while True:
            session.next_request()

    run_at_once(folder, {"call": (["--timeout", "3", "jobs"], {"opened": opened}, (1,)),
                         "push": (["--timeout", "3", "push", "@", "/etc/hostname", "/x"], {"opened": opened}, (1,)),
                         "exec": (["--timeout", "3", "exec", "@", "--", "x"], {"opened": opened}, (125,))}, rest, idle=True)


def hello_never_ends(folder, rest):
    def opened(session):
        while True:
            session.send(codec.HELLO, bytes(range(256)), flags=codec.UNHEARD)
            session.pump()

    run_at_once(folder, {"hello": (["--timeout", "3", "jobs"], {"opened": opened}, (0, 1))}, rest)


# --- Resuming --------------------------------------------------------------

def resumes_that_lie(folder, rest):
    """The connection is cut in mid-call, and what comes back is not what was."""
    def lie_of(**lies_told):
        def opening(answer, arguments):
            if "resume" in arguments:
                answer.update({"resumed": True, "session": arguments["resume"]["session"], "received": arguments["resume"]["received"],
                               "digest": arguments["resume"]["digest"]} | lies_told)

        def request(session, number, name, arguments):
            if name == "guestwire-job-list":
                raise Gone
            return None
        return {"opening": opening, "request": request}

    lying = {
        "as-it-was-said": lie_of(),
        "another-session": lie_of(session=os.urandom(16).hex()),
        "another-agent": lie_of(instance=os.urandom(16).hex()),
        "the-future": lie_of(received=U32),
        "another-digest": lie_of(digest="ff" * 8),
        "no-number": lie_of(received=None),
        "escapes": lie_of(**{"instance": ESCAPES, "boot-id": ESCAPES}),
    }
    run_at_once(folder, {name: (["--timeout", "4", "jobs"], hooks, (1,)) for name, hooks in lying.items()},
                rest, idle=True, at_once=len(lying))


CASES = [openings_that_are_none, frames_that_lie, acknowledges_nothing, hello_never_ends, resumes_that_lie]
