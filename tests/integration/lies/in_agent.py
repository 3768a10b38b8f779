# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts that lie, against an agent at a unix socket or a port."""

import contextlib
import json
import os
import re
import socket
import struct
import time

from guest import agent_pid, in_guest
from lies import told
from lies.in_text import ESCAPES, MIB
from lies.wire import CANCEL, PART, REQUEST, SECONDS, U32, Gone, codec, connect, open_as_host, resume_as_host, sync
from tap import wait_for

# What may stay of all that was said to an agent, and of what the C library keeps of what is free.
STAYS_MAX = 24 * 1024
# While it is lied to, it may hold what all clients together may make it hold (GW_VOICES_HELD_MAX, 128 MiB), in blocks that
# grow, what is printed and kept, and a session's buffers.
GROWTH_MAX = 320 * 1024
# No agent takes so long for what the last client has left.
MUTE_SECONDS = 6
# What it does in so long a time while it does nothing.
QUIET_S = 0.3
QUIET_TICKS = 6


class Figures:
    """Of an agent, by its stat, status and descriptors in /proc. memory, peak: KiB; cpu: ticks, of 10 ms"""

    def __init__(self, stat, status, descriptors):
        def kib(name):
            return int(re.search(rf"^{name}:\s*(\d+)", status, re.M)[1])

        fields = stat.rpartition(")")[2].split()
        self.cpu = int(fields[11]) + int(fields[12])
        self.memory = kib("RssAnon")
        self.peak = kib("VmHWM")
        self.descriptors = descriptors

    def __str__(self):
        return f"{self.memory} KiB stay of {self.peak}, {self.descriptors} descriptors"


class InGuest:
    """One in a machine, at its port."""

    is_sanitized = False
    has_many_sessions = False
    # It is emulated: of more than so many in a flood, each takes a millisecond and more.
    objects_max = 1000

    def __init__(self, machine):
        self._machine = machine
        self.path = machine.socket
        self.pid = int(agent_pid(machine))

    def figures(self):
        """With one line to its shell, and one process, as each takes long there."""
        proc = f"/proc/{self.pid}"
        count, stat, status = in_guest(self._machine, f"set -- {proc}/fd/*; echo $#; cat {proc}/stat {proc}/status").split("\n", 2)
        return Figures(stat, status, int(count))


class Here:
    """An agent that is a process of this host."""

    is_sanitized = told.IS_SANITIZED
    has_many_sessions = True
    objects_max = MIB

    def __init__(self, pid, path):
        self.pid = pid
        self.path = path

    def figures(self):
        texts = []
        for name in "stat", "status":
            with open(f"/proc/{self.pid}/{name}", encoding="ascii", errors="replace") as file:
                texts.append(file.read())
        return Figures(*texts, len(os.listdir(f"/proc/{self.pid}/fd")))


def quiet(agent):
    """Its figures, once its processor has nothing to do."""
    def look():
        before = agent.figures()
        time.sleep(QUIET_S)
        now = agent.figures()
        return now if now.cpu - before.cpu <= QUIET_TICKS else None
    return wait_for("its processor to be quiet", look, 120)


def reach(agent):
    """Returns a connection on which the agent has answered. QEMU may leave a port throttled whose client goes while it is
    written to and cannot be read from: flush_buf() of its virtio-console throttles behind the close that ends throttling.
    Then nothing comes out of the guest until the next client has gone, too. So one that gets no answer connects again."""
    deadline = time.monotonic() + 2 * SECONDS
    while True:
        line = connect(agent.path)
        try:
            sync(line, MUTE_SECONDS)
            return line
        except TimeoutError:
            line.close()
            if time.monotonic() > deadline:
                raise


def serves(agent):
    line = reach(agent)
    session = open_as_host(line)
    answer = session.call("guest-ping")
    assert answer == {"return": {}}, answer
    session.send(codec.CLOSE, b"thank you")
    line.close()


@contextlib.contextmanager
def framed(agent, **members):
    line = connect(agent.path)
    try:
        session = open_as_host(line, **members)
        yield session
        close(session)
    finally:
        line.close()


def close(session):
    """With CLOSE, so that nothing is parked."""
    end = session.line.socket
    end.settimeout(5)
    with contextlib.suppress(Gone, OSError):
        session.send(codec.CLOSE, b"enough")
        # Who closes with something unread resets the connection, and CLOSE may go with it.
        end.shutdown(socket.SHUT_WR)
        while end.recv(1 << 18):
            pass
    session.line.close()


def until_gone(session):
    try:
        while True:
            session.pump()
    except Gone:
        pass


def said(line, data, seconds=0.2):
    """For as long as it listens, and it need not."""
    line.socket.settimeout(seconds)
    with contextlib.suppress(OSError, Gone):
        line.say(data)
    line.socket.settimeout(SECONDS)


# --- In text ---------------------------------------------------------------

FLOODS = {
    "junk": os.urandom(MIB), "nothing": bytes(MIB), "0xff": b"\xff" * MIB, "braces": b"{" * MIB, "line-ends": b"\n" * MIB,
    "headers": b"\xf5" * MIB, "half-an-object": b'{"execute":"' * (MIB // 12),
}
# Of each as many as make a mebibyte, or as the agent can be asked to take up; then with line ends between.
OBJECTS = {
    "objects": b"{}", "answers": b'{"return":{}}', "unknown": b'{"execute":"' + b"x" * 200 + b'"}',
    "names-of-escapes": json.dumps({"execute": ESCAPES}).encode(), "pings": b'{"execute":"guest-ping"}', "infos": b'{"execute":"guest-info"}',
}


def flood(one, most):
    count = min(most, MIB // len(one))
    return one.ljust(MIB // count, b"\n") * count


def floods_of_text(agent):
    """Nothing of it is read; each comes with a connection of its own, and the next one is served at once."""
    for data in (*FLOODS.values(), *(flood(one, agent.objects_max) for one in OBJECTS.values())):
        line = connect(agent.path)
        for _ in range(2):
            said(line, data)
        line.close()
        serves(agent)


def line_of_64_mib(agent):
    line = connect(agent.path)
    said(line, b'{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":"')
    block = b"A" * MIB
    for _ in range(70):
        said(line, block, SECONDS)
    line.close()
    serves(agent)


def half_lines_of_many(agent):
    lines = [connect(agent.path) for _ in range(28)]
    for line in lines:
        said(line, b'{"execute":"guest-exec","arguments":{"path":"' + b"x" * (6 * MIB))
    serves(agent)
    for line in lines:
        line.close()


def requests_that_are_too_large(agent):
    """Of more arguments, of longer ones, deeper, with wrong types."""
    requests = [
        {"path": "true", "arg": ["x"] * 5000}, {"path": "true", "arg": ["x" * (3 * MIB)]}, {"path": "x" * 100_000},
        {"path": "true", "env": ["x"] * 5000}, {"path": ["true"]}, {"path": "true", "arg": {"a": 1}}, {"arg": []}, {"path": ESCAPES},
        {"path": "true", "input-data": "!" * MIB}, {"path": "true", "capture-output": 7}, {"path": "a\u0000b"},
    ]
    line = connect(agent.path)
    sync(line)
    for arguments in requests:
        line.say_json({"execute": "guest-exec", "arguments": arguments})
        answer = line.hear_json()
        assert "error" in answer, (str(arguments)[:100], str(answer)[:500])
    for text in (b'{"execute":"guest-info","arguments":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"execute":7}', b'{"execute":"guest-info","arguments":[]}',
                 b'{"execute":"guest-file-read","arguments":{"handle":9223372036854775807,"count":9223372036854775807}}',
                 b'{"execute":"guest-file-seek","arguments":{"handle":-9223372036854775808,"offset":-1,"whence":99}}',
                 b'{"execute":"guest-exec-status","arguments":{"pid":-1}}', b'{"execute":"guest-ping","id":' + b'"' + b"i" * MIB + b'"}'):
        line.say(text + b"\n")
        line.hear()
        # Else what is left of it spoils the next one.
        sync(line)
    line.close()
    serves(agent)


def handles_are_exhausted(agent):
    line = connect(agent.path)
    sync(line)
    handles = []
    for _ in range(300):
        line.say_json({"execute": "guest-file-open", "arguments": {"path": "/dev/null"}})
        answer = line.hear_json()
        if "error" in answer:
            break
        handles.append(answer["return"])
    assert len(handles) <= 256, len(handles)
    serves(agent)
    for handle in handles:
        line.say_json({"execute": "guest-file-close", "arguments": {"handle": handle}})
        assert line.hear_json() == {"return": {}}
    line.close()


# --- In frames -------------------------------------------------------------

def u64(number):
    return struct.pack("<Q", number)


def fragment(kind, number, first, body, length=None):
    return struct.pack("<BBHQ", kind, first, 0, number) + (b"" if length is None else struct.pack("<I", length)) + body


def many(session, count, make):
    for start in range(0, count, 500):
        session.line.say(b"".join(make(i) for i in range(start, min(start + 500, count))))


def in_turn(*frames):
    def lie(session):
        for kind, payload, stream in frames:
            session.send(kind, payload, stream)
    return lie


LIES = {
    "ack-of-the-future": lambda s: s.send(codec.ACK, ack=s.expected + 1000 & U32),
    "seq-jumps": lambda s: many(s, 1000, lambda i: s.frame(codec.DATA, b"x", 2, seq=s.seq + 1 + i & U32)),
    "count-jumps": lambda s: s.send(codec.ACK, count=s.count + (1 << 30) & U32),
    "unknown-type": lambda s: s.send(9),
    "hello-again": lambda s: many(s, 1000, lambda i: s.frame(codec.HELLO, bytes(range(256)), flags=codec.UNHEARD)),
    "credit-for-nothing": in_turn((codec.CREDIT, u64((1 << 64) - 1), 1), (codec.CREDIT, u64((1 << 64) - 1), 0)),
    "data-for-nothing": in_turn((codec.DATA, b"x" * PART, 1)),
    "65535-opens": lambda s: many(s, 65535, lambda i: s.frame(codec.OPEN, u64(1 << 62) + b"{}", i & 0xFFFF)),
    "opens": lambda s: many(s, 120, lambda i: s.frame(codec.OPEN, u64(1 << 62) + b"{}", 2 + 2 * i)),
    "opens-of-theirs": in_turn((codec.OPEN, u64(1), 1)),
    "request-twice": lambda s: (s.message(REQUEST, 5, {"execute": "guest-ping"}), s.message(REQUEST, 5, {"execute": "guest-ping"})),
    "request-of-4-gib": in_turn((codec.MESSAGE, fragment(REQUEST, 1, 1, b"x", U32), 0)),
    "requests-that-never-end": lambda s: many(s, 300, lambda i: s.frame(codec.MESSAGE, fragment(REQUEST, i + 1, 1, b"x", 1000))),
    "large-requests-that-never-end": lambda s: many(s, 40, lambda i: s.frame(codec.MESSAGE, fragment(REQUEST, i + 1, 1, b"x", 60 * MIB))),
    "requests-of-junk": lambda s: many(s, 100, lambda i: s.frame(codec.MESSAGE, codec.fragments(REQUEST, i + 1, b"\xff{\x1b", PART)[0])),
    "many-requests": lambda s: many(s, 1000, lambda i: s.frame(codec.MESSAGE, codec.fragments(REQUEST, i + 1, b'{"execute":"guest-info"}', PART)[0])),
    "cancels": lambda s: many(s, 1000, lambda i: s.frame(codec.MESSAGE, fragment(CANCEL, i, 1, b"", 0))),
    "replies": lambda s: many(s, 10, lambda i: s.frame(codec.MESSAGE, codec.fragments(2, i, b'{"return":{}}', PART)[0])),
    "pings": lambda s: many(s, 20_000, lambda i: s.frame(codec.PING)),
    "naks": lambda s: many(s, 20_000, lambda i: s.frame(codec.NAK, struct.pack("<I", i))),
    "junk": lambda s: said(s.line, os.urandom(4 * MIB)),
    "headers": lambda s: said(s.line, b"\xf5" * (4 * MIB)),
    "broken-frames": lambda s: many(s, 200, lambda i: s.frame(codec.DATA, bytes(PART), 2)[:-1] + b"!"),
    "close-that-is-long": lambda s: s.send(codec.CLOSE, b"\xff\x1b" * 10_000),
}


def frames_that_lie(agent):
    for name, lie in LIES.items():
        with framed(agent) as session:
            session.acks = False
            try:
                lie(session)
            except (Gone, TimeoutError):
                pass
        try:
            serves(agent)
        except (AssertionError, TimeoutError, Gone) as error:
            raise AssertionError(f"behind {name}: {error!r}") from error


def answers_that_nobody_reads(agent):
    """Of many sessions, which are parked one behind the other."""
    sessions = []
    for _ in range(20):
        session = open_as_host(connect(agent.path))
        sessions.append(session)
        session.line.socket.settimeout(0.2)
        with contextlib.suppress(OSError, Gone):
            for _ in range(100):
                session.request("guest-info")
    serves(agent)
    for session in sessions:
        close(session)


def programs(count, name, **arguments):
    """@count requests at once, none of whose streams is read."""
    def run(agent):
        with framed(agent) as session:
            asked = []
            for _ in range(count):
                asked.append(session.request(name, **arguments))
            # Those that are too many are refused, or end the session.
            with contextlib.suppress(Gone):
                answer = session.answer(asked[-1])
                assert "error" in answer or "return" in answer, answer
            serves(agent)
    run.__name__ = f"{count}_of_{name.replace('-', '_')}"
    return run


def programs_by_sessions(agent):
    """More than may run, of many sessions that go without a word."""
    for _ in range(6):
        with framed(agent) as session:
            with contextlib.suppress(Gone):
                for _ in range(60):
                    session.request("guestwire-exec", path="sh", arg=["-c", "yes"], input=True)
    serves(agent)


def jobs_without_end(agent):
    with framed(agent) as session:
        jobs = []
        for _ in range(60):
            answer = session.call("guestwire-job-start", path="sh", arg=["-c", "yes | head -c 3000000; exec sleep 3600"], name=ESCAPES[:20])
            if "return" in answer:
                jobs.append(answer["return"]["job"])
        assert 0 < len(jobs) <= 32, len(jobs)
        serves(agent)
        for job in jobs:
            session.call("guestwire-job-signal", job=job, signal=9)
        for job in jobs:
            session.call("guestwire-job-wait", job=job)
            session.call("guestwire-job-forget", job=job)


def followers_without_end(agent):
    sessions = []
    for _ in range(8):
        session = open_as_host(connect(agent.path))
        sessions.append(session)
        with contextlib.suppress(Gone):
            for _ in range(60):
                session.request("guestwire-events-follow", after={"number": 0})
    serves(agent)
    for session in sessions:
        close(session)


def forwards_without_end(agent):
    path = os.path.join(os.path.dirname(agent.path), "listening")
    with framed(agent) as session:
        with contextlib.suppress(Gone):
            for i in range(100):
                session.request("guestwire-forward-listen", address=f"unix:{path}-{i}")
            for i in range(100):
                session.request("guestwire-forward-connect", address="unix:/nonexistent")
        serves(agent)


def opens_that_lie(agent):
    for members in ({"frame": 1}, {"frame": 1 << 40}, {"window": 0}, {"keepalive": -1}, {"features": ["x"] * 10}, {"nonce": "x"},
                    {"resume": {"session": "0" * 32, "received": 0, "digest": "0" * 16}}, {"resume": 7}, {"features": []}):
        with contextlib.suppress(Gone, AssertionError), framed(agent, **members):
            pass
    serves(agent)


def resumes_that_lie(agent):
    """A session is left alone by whoever does not know its name, where there may be several, and goes on with the one
    who does; it ends where what was heard of it is not true."""
    for lies in ({"session": "0" * 32}, {"received": U32}, {"digest": "f" * 16}):
        session = open_as_host(connect(agent.path))
        session.line.close()
        with framed(agent, resume=session.stays() | lies) as other:
            assert other.opened["resumed"] is False, other.opened
            assert other.call("guest-ping") == {"return": {}}
        again = resume_as_host(connect(agent.path), session)
        assert again.opened["resumed"] is ("session" in lies and agent.has_many_sessions), (lies, again.opened)
        assert again.call("guest-ping") == {"return": {}}
        close(again)


CASES = [floods_of_text, line_of_64_mib, half_lines_of_many, requests_that_are_too_large, handles_are_exhausted,
         frames_that_lie, answers_that_nobody_reads, programs(128, "guestwire-exec", path="yes", input=True),
         programs(600, "guestwire-exec", path="sleep", arg=["60"]), programs_by_sessions, jobs_without_end, followers_without_end,
         forwards_without_end, opens_that_lie, resumes_that_lie]


# Those that have one connection at a time, for a port.
ON_A_PORT = [floods_of_text, line_of_64_mib, requests_that_are_too_large, frames_that_lie, opens_that_lie, resumes_that_lie]


def hold(case, agent, rest):
    """@rest: KiB in use before all"""
    case(agent)
    serves(agent)
    now = quiet(agent)
    print(f"# {now}")
    if not agent.is_sanitized:
        assert now.peak < rest + GROWTH_MAX, (now.peak, rest)
        assert now.memory < rest + STAYS_MAX, (now.memory, rest)


def nothing_is_left(agent, descriptors):
    """Of all that was opened. Each case has ended its sessions, so that none is parked."""
    wait_for("what was opened to be closed", lambda: agent.figures().descriptors <= descriptors, 120)
