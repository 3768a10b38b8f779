# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that lie about what a verb is for, in frames that are right."""

import hashlib
import json
import os
import struct
import subprocess

import xxhash

from lies import told
from lies.guest import Guest, rest as rest_of
from lies.in_text import ESCAPES, MIB, run_at_once
from lies.wire import Gone, codec

DATA, END, AGAIN, ENTRY, LEAVE, DROP = range(1, 7)
FILE, FOLDER, LINK = 1, 2, 3
BIG = (1 << 63) - 1


def piece(kind, offset=0, body=b"", length=None):
    return struct.pack("<IIQ", kind, len(body) if length is None else length, offset) + body


def digest(data):
    return f"{xxhash.xxh64_intdigest(data):016x}".encode()


def entry(kind, name=b"", target=b"", mode=0o644):
    return piece(ENTRY, 0, struct.pack("<IIIIqI", kind, mode, 0, 0, 0, len(name)) + name + target)


def whole(data):
    return piece(DATA, 0, data) + piece(END, len(data), digest(data))


def asked(name, then):
    """A hook for requests: then(session, number, arguments), for those of that name."""
    def hear(session, number, asked_name, arguments):
        if asked_name != name:
            return None
        then(session, number, arguments)
        rest_of(session)
        return True
    return {"request": hear}


def purpose(number, name, **more):
    return {"call": number, "name": name, **more}


# --- pull ------------------------------------------------------------------

def pulled(pieces, answer=None, **more):
    def then(session, number, _):
        stream = session.open(purpose(number, "file", **{"offset": 0, "size": 5, "mode": 0o644, "uid": 0, "gid": 0, "mtime": 0} | more))
        try:
            for data in pieces:
                session.data(stream, data)
            session.fin(stream)
        except Gone:
            pass
        session.reply(number, answer or {"size": 5, "digest": digest(b"hello").decode()})
    return asked("guestwire-file-pull", then)


HELLO = piece(DATA, 0, b"hello")
PULLS = {  # name: [hooks, whether the file is good]
    "honest": [pulled([whole(b"hello")]), True],
    "more-than-it-said": [pulled([piece(DATA, i * 10_000, b"x" * 10_000) for i in range(100)] + [piece(END, 1_000_000, digest(b"x" * 1_000_000))]), True],
    "another-digest": [pulled([HELLO, piece(END, 5, digest(b"other"))]), False],
    "no-digest": [pulled([HELLO, piece(END, 5)]), False],
    "digest-of-escapes": [pulled([HELLO, piece(END, 5, ESCAPES.encode())]), False],
    "another-size": [pulled([HELLO, piece(END, 1 << 62, digest(b"hello"))]), False],
    "no-end": [pulled([HELLO]), False],
    "half-a-piece": [pulled([HELLO[:-2]]), False],
    "more-behind-the-end": [pulled([whole(b"hello"), HELLO]), False],
    "unknown-piece": [pulled([piece(99, 0, b"x")]), False],
    "large-piece": [pulled([piece(DATA, 0, b"x", 1 << 30)]), False],
    "empty-piece": [pulled([piece(DATA, 0, b"")]), False],
    "backwards": [pulled([piece(DATA, 100, b"x"), piece(DATA, 50, b"y")]), False],
    "far-away": [pulled([piece(DATA, BIG - 10, b"x" * 10), piece(END, BIG, b"0" * 16)]), False],
    "beyond-all": [pulled([piece(DATA, (1 << 64) - 5, b"x" * 10)]), False],
    "far-end": [pulled([piece(END, BIG, b"0" * 16)]), False],
    "entry": [pulled([entry(FOLDER), entry(FILE, b"../x"), whole(b"hello")]), False],
    "offset-that-nobody-asked": [pulled([piece(DATA, 100, b"x"), piece(END, 101, b"0" * 16)], offset=100), False],
    "again-in-the-middle": [pulled([HELLO, piece(AGAIN), whole(b"hello")]), False],
    "sizes-of-junk": [pulled([whole(b"hello")], size=-5, mode="x", uid=-1, mtime=BIG), None],
    "mode-of-all": [pulled([whole(b"hello")], mode=0o177777), None],
    "name-of-escapes": [pulled([HELLO, piece(END, 5, b"0" * 16)], {"size": ESCAPES, "digest": ESCAPES, "path": ESCAPES}), False],
    "error-of-escapes": [asked("guestwire-file-pull", lambda s, n, _: s.error(n, ESCAPES)), False],
    "answer-without-a-stream": [asked("guestwire-file-pull", lambda s, n, _: s.reply(n, {"size": 5, "digest": "0" * 16})), False],
    "many-streams": [asked("guestwire-file-pull", lambda s, n, _: ([s.open(purpose(n, "file", offset=0, size=5)) for _ in range(100)], s.reply(n, {}))), False],
    "stream-of-another-name": [asked("guestwire-file-pull", lambda s, n, _: (s.open(purpose(n, ESCAPES)), s.reply(n, {}))), False],
}


def pulls_that_lie(folder, rest):
    """The file comes when it is good, and never else; what was there stays."""
    def old(i):
        path = os.path.join(folder, f"pulled-{i}")
        with open(path, "wb") as file:
            file.write(b"old")
        return path

    paths = {name: old(i) for i, name in enumerate(PULLS)}
    run_at_once(folder, {name: (["--timeout", "5" if good is not True else "60", "pull", "@", "/there", paths[name]], hooks,
                                (0,) if good else (1,) if good is False else (0, 1)) for name, (hooks, good) in PULLS.items()}, rest, at_once=12)
    for name, (_, good) in PULLS.items():
        with open(paths[name], "rb") as file:
            found = file.read(100)
        assert (found != b"old") if good else found in (b"old", b"hello" if good is None else b"old"), (name, found)
        assert os.stat(paths[name]).st_mode & 0o7000 == 0, name


# --- Trees -----------------------------------------------------------------

def tree(*parts, answer=None, many=0):
    def then(session, number, _):
        stream = session.open(purpose(number, "tree"))
        try:
            session.data(stream, b"".join(parts))
            for i in range(many):
                session.data(stream, b"".join(entry(FOLDER, b"d%d" % (i * 1000 + j)) + piece(LEAVE) for j in range(1000)))
            session.fin(stream)
        except Gone:
            pass
        session.reply(number, answer or {"size": 0, "digest": "0" * 16, "files": 0, "failed": 0, "errors": []})
    return asked("guestwire-tree-pull", then)


TOP = entry(FOLDER, mode=0o755)
EVIL = whole(b"evil")
TREES = {name: tree(*parts, piece(LEAVE)) for name, parts in {
    **{f"name-{i}": [TOP, entry(FILE, name), EVIL] for i, name in enumerate(
        (b"../outside", b"/outside", b"..", b".", b"a/../../outside", b"", b"a\0b", b"x" * 256, b"../" * 20 + b"outside", b"/"))},
    "folder-above": [TOP, entry(FOLDER, b".."), entry(FILE, b"outside"), EVIL, piece(LEAVE)],
    "through-a-link": [TOP, entry(LINK, b"l", b".."), entry(FOLDER, b"l"), entry(FILE, b"outside"), EVIL, piece(LEAVE)],
    "file-through-a-link": [TOP, entry(LINK, b"l", b"../outside"), entry(FILE, b"l"), EVIL],
    "left-too-often": [TOP, piece(LEAVE), piece(LEAVE), entry(FILE, b"outside"), EVIL],
    "no-top": [entry(FILE, b"outside"), EVIL],
    "top-that-is-a-link": [entry(LINK, b"", b".."), entry(FILE, b"outside"), EVIL],
    "deep": [TOP, *[entry(FOLDER, b"d")] * 5000],
    "no-kind": [TOP, entry(99, b"x")],
    "long-link": [TOP, entry(LINK, b"l", b"x" * 5000)],
    "name-that-is-not-there": [TOP, piece(ENTRY, 0, struct.pack("<IIIIqI", FILE, 0, 0, 0, 0, 1 << 31) + b"x")],
    "data-of-nothing": [TOP, piece(DATA, 0, b"x")],
    "escapes": [TOP, entry(FILE, ESCAPES.encode()), piece(DATA, 0, b"x"), piece(END, 1, b"0" * 16)],
    "part-of-another": [TOP, entry(FILE, b".guestwire-0000000000000000"), EVIL],
}.items()}
TREES |= {
    "errors-of-escapes": tree(TOP, piece(LEAVE), answer={"size": 0, "digest": "x", "files": -1, "failed": BIG, "errors": [ESCAPES, 7, None] * 300}),
    "many": tree(TOP, many=3),
    "setuid": tree(TOP, entry(FILE, b"s", mode=0o6777), EVIL, piece(LEAVE)),
}


def trees_that_lie(folder, rest):
    """Nothing is written beside the place that was named."""
    places = {}
    for i, name in enumerate(TREES):
        places[name] = os.path.join(folder, f"outer-{i}", "inner")
        os.makedirs(places[name])
    run_at_once(folder, {name: (["--timeout", "10", "pull", "-r", "@", "/there", os.path.join(places[name], "tree")], hooks, (0, 1))
                         for name, hooks in TREES.items()}, rest, at_once=12)
    for name, place in places.items():
        outer = os.path.dirname(place)
        assert os.listdir(outer) == ["inner"], (name, os.listdir(outer))
        assert set(os.listdir(place)) <= {"tree"}, (name, os.listdir(place))
        for where, _, files in os.walk(place):
            for file in files:
                assert os.lstat(os.path.join(where, file)).st_mode & 0o6000 == 0, (name, file)
    assert not os.path.exists("/outside")


# --- push ------------------------------------------------------------------

def pushed(answer=None, offset=0, text="", name="file", reads=True, limit=1 << 40, close=None, **more):
    def then(session, number, arguments):
        stream = session.open(purpose(number, name, offset=offset, digest=text, **more), limit)
        if close:
            session.pump()
            session.send(close, stream=stream)
            session.send(close, stream=stream)
        while reads and stream not in session.finished and stream not in session.reset:
            session.pump()
        session.reply(number, answer or {"size": 1, "digest": "0" * 16, "path": ESCAPES})
    return asked("guestwire-file-push", then)


PUSHES = {  # None: either end is true
    "says-it-has-what-it-never-got": [pushed(reads=False, limit=0), (1,)],
    "another-size-and-digest": [pushed(), (1,)],
    "answer-without-a-stream": [asked("guestwire-file-push", lambda s, n, _: s.reply(n, {"size": 100_000, "digest": "0" * 16})), (1,)],
    "has-more-than-there-is": [pushed(offset=BIG, text="0" * 16), (1,)],
    "has-less-than-nothing": [pushed(offset=-5), (1,)],
    "has-it-with-escapes": [pushed(offset=5, text=ESCAPES), (1,)],
    "of-another-name": [pushed(name=ESCAPES, reads=False), (1,)],
    "reset-twice": [pushed(close=codec.RESET), (1,)],
    "closed-twice": [pushed(close=codec.FIN), (1,)],
    "answer-of-junk": [pushed(answer=[ESCAPES]), (1,)],
    "error-of-escapes": [asked("guestwire-file-push", lambda s, n, _: s.error(n, ESCAPES)), (1,)],
}


def pushes_that_lie(folder, rest):
    source = os.path.join(folder, "source")
    with open(source, "wb") as file:
        file.write(os.urandom(100_000))
    run_at_once(folder, {name: (["--timeout", "4", "push", *(["--resume"] if name.startswith("has") else []), "@", source, "/there"], hooks, statuses)
                         for name, (hooks, statuses) in PUSHES.items()}, rest, at_once=12)


# --- Programs --------------------------------------------------------------

def program(answer, streams=("stdio", "stderr"), data=b"", ends=True, **more):
    def then(session, number, _):
        opened = [session.open(purpose(number, name, pid=7, **more)) for name in streams]
        try:
            if data:
                session.data(opened[0], data)
            for stream in opened if ends else []:
                session.fin(stream)
        except Gone:
            pass
        session.reply(number, answer)
    return asked("guestwire-exec", then)


PROGRAMS = {
    "large-exit-code": [program({"pid": 7, "exitcode": BIG}), (255,)],
    "negative-exit-code": [program({"pid": 7, "exitcode": -1}), (255,)],
    "large-signal": [program({"pid": 7, "signal": BIG}), (125,)],
    "exit-code-and-signal": [program({"pid": 7, "exitcode": 3, "signal": 9}), (137,)],
    "neither": [program({"pid": 7}), (125,)],
    "no-object": [program([ESCAPES]), (125,)],
    "no-streams": [program({"pid": 7, "exitcode": 0}, streams=()), (125,)],
    "three-of-a-kind": [program({"pid": 7, "exitcode": 0}, streams=("stdio", "stdio", "stdio", "stderr", ESCAPES)), (0, 125)],
    "pid-of-junk": [asked("guestwire-exec", lambda s, n, _: (s.open(purpose(n, "stdio", pid=ESCAPES)), s.reply(n, {"pid": ESCAPES}))), (125,)],
    "pipes-without-end": [program({"pid": 7, "exitcode": 0}, ends=False), (125,)],
    "error-of-escapes": [asked("guestwire-exec", lambda s, n, _: s.error(n, ESCAPES)), (125, 126, 127)],
    "much": [program({"pid": 7, "exitcode": 0}, data=b"x" * (8 * MIB)), (0,)],
}


def programs_that_lie(folder, rest):
    run_at_once(folder, {name: (["--timeout", "60" if 125 not in statuses else "5", "exec", "@", "--", "x"], hooks, statuses)
                         for name, (hooks, statuses) in PROGRAMS.items()}, rest, at_once=12)


# --- Jobs ------------------------------------------------------------------

JOB = {"job": "ab1", "pid": 7, "name": "n", "user": "u", "argv": ["a"], "started": 1, "state": "running",
       "stdout": {"first": 0, "end": 5}, "stderr": {"first": 0, "end": 0}}
JOBS = {
    "escapes": [JOB | {"name": ESCAPES, "user": ESCAPES, "argv": [ESCAPES, ESCAPES], "job": ESCAPES, "state": ESCAPES}],
    "escapes-in-words": [JOB | {"name": ESCAPES, "user": ESCAPES, "argv": [ESCAPES, ESCAPES]}],
    "numbers": [JOB | {"pid": -BIG, "started": BIG, "ended": -BIG, "state": "ended", "exitcode": BIG, "signal": -1,
                       "stdout": {"first": -1, "end": BIG}, "stderr": {"first": BIG, "end": -BIG}}],
    "no-members": [{}], "no-objects": [7, None, ESCAPES], "no-list": {"jobs": []},
    "types": [{name: [value] for name, value in JOB.items()}],
    "many": [JOB | {"job": f"j{i}"} for i in range(8000)],
    "long": [JOB | {"argv": ["x" * MIB] * 8}],
}


def jobs_that_lie(folder, rest):
    run_at_once(folder, {f"{name}{' ' if json_ else ''}{json_}": (["--timeout", "20", *json_.split(), "jobs"],
                                           asked("guestwire-job-list", lambda s, n, _, jobs=jobs: s.reply(n, jobs)), (0, 1))
                         for name, jobs in JOBS.items() for json_ in ("", "--json")}, rest, terminal=True)


def attached(answer, **more):
    def then(session, number, _):
        session.open(purpose(number, "stdio", **{"pid": 7, "offset": 0, "lost": 0} | more))
        session.open(purpose(number, "stderr", **{"pid": 7, "offset": 0, "lost": 0} | more))
        for stream in 1, 3:
            session.fin(stream)
        session.reply(number, answer)
    return asked("guestwire-job-attach", then)


ATTACHED = {
    "much-lost": [attached({"job": "ab1", "pid": 7, "exitcode": 0}, lost=BIG, offset=BIG), (0, 125)],
    "negative": [attached({"job": "ab1", "pid": 7, "exitcode": 0}, lost=-5, offset=-7), (0, 125)],
    "junk": [attached({"job": ESCAPES, "exitcode": ESCAPES}, lost=ESCAPES, offset=[]), (125,)],
    "many-parts": [asked("guestwire-job-attach", lambda s, n, _: ([s.open(purpose(n, "stdio", pid=7, offset=0, lost=1)) for _ in range(120)],
                                                                   s.reply(n, {"job": "ab1", "exitcode": 0}))), (125,)],
    "error-of-escapes": [asked("guestwire-job-attach", lambda s, n, _: s.error(n, ESCAPES)), (125,)],
}


def attaching_to_lies(folder, rest):
    run_at_once(folder, {name: (["--timeout", "5", "attach", "@", "ab1"], hooks, statuses) for name, (hooks, statuses) in ATTACHED.items()},
                rest, at_once=12)


# --- Events ----------------------------------------------------------------

def events(*lines, next_number=1, lost=0, ends=False, repeat=1, instance=None):
    def then(session, number, _):
        stream = session.open(purpose(number, "events", instance=session.id.hex() if instance is None else instance, next=next_number, lost=lost))
        for _ in range(repeat):
            session.data(stream, b"".join(lines))
        if ends:
            session.fin(stream)
            session.reply(number, {})
    return asked("guestwire-events-follow", then)


def line(number, name="job-ended", data=None, **more):
    return json.dumps({"number": number, "time": 1, "event": name, "data": {} if data is None else data} | more).encode() + b"\n"


FIELDS = ("version", "mode", "interface", "user", "line", "host", "job", "name", "pid", "exitcode", "total", "count")
KINDS = ("agent-started", "shutdown-begun", "addresses-changed", "user-logged-in", "user-logged-out", "memory-low", "job-ended",
         "filesystems-frozen", ESCAPES)
EVENTS = {
    "escapes": events(*(line(i + 1, kind, {field: ESCAPES for field in FIELDS} | {"added": [ESCAPES], "removed": [ESCAPES, 7], ESCAPES: ESCAPES})
                        for i, kind in enumerate(KINDS))),
    "types": events(*(line(i + 1, kind, {field: [None] for field in FIELDS} | {"added": 7}) for i, kind in enumerate(KINDS[:-1]))),
    "gaps": events(line(1), line(1000), b'{"lost": 5}\n', line(2000), next_number=1, lost=BIG),
    "numbers-that-fall": events(line(5), line(4), line(5), line(-1)),
    "numbers-that-are-none": events(line("x"), line(1.5), line(BIG)),
    "times": events(line(1, time=BIG), line(2, time=-BIG), line(3, time="x")),
    "no-data": events(b'{"number": 1, "time": 1, "event": "x"}\n'),
    "no-json": events(b"\x1b[2J\x07\n" * 10),
    "line-without-end": events(b"x" * MIB, repeat=4),
    "long-lines": events(line(1, data={"x": "y" * 100_000})),
    "lost-of-junk": events(b'{"lost": "' + b"x" * 100 + b'"}\n{"lost": -5}\n{"lost": 9223372036854775807}\n'),
    "next-of-junk": events(line(1), next_number=ESCAPES, lost=ESCAPES, instance=ESCAPES),
    "no-end-of-them": events(b"".join(line(i, "x" * 100) for i in range(1, 4000))),
    "ends-at-once": events(ends=True),
    "error-of-escapes": asked("guestwire-events-follow", lambda s, n, _: s.error(n, ESCAPES)),
}


def events_that_lie(folder, rest):
    run_at_once(folder, {f"{name}{' ' if json_ else ''}{json_}": (["--timeout", "3", *json_.split(), "events"], hooks, (0, 1))
                         for name, hooks in EVENTS.items() for json_ in ("", "--json")}, rest, idle=True, terminal=True, at_once=15)


CASES = [pulls_that_lie, trees_that_lie, pushes_that_lie, programs_that_lie, jobs_that_lie, attaching_to_lies, events_that_lie]
