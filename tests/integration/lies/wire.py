# SPDX-License-Identifier: LGPL-2.1-or-later
"""One side of a connection, text and then frames, as PROTOCOL.md has it. It is honest for as long as nobody asks
it for a lie: send() takes any frame. Knows no agent and no command."""

import json
import os
import socket
import struct
import sys
import time

import xxhash

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(TOP, "tests/vectors"))
import codec  # noqa: E402

# What is slow in the codec, as it is to be read, would make a flood a trickle. The vectors show that both are the same.
codec.xxh64 = lambda data, seed: xxhash.xxh64_intdigest(data, seed)


def _masked(kind, digest, seed, payload):
    if kind == codec.HELLO:
        return payload
    key = struct.pack("<Q", codec.xxh64(struct.pack("<Q", digest), seed))
    size = len(payload)
    mask = (key * (size // 8 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")


codec.masked = _masked

SECONDS = 60
SYNC_SECONDS = 1
FRAME = 32768
PART = FRAME - codec.HEADER_SIZE - codec.CHECK_SIZE
WINDOW = 262144
REQUEST, REPLY, ERROR, EVENT, CANCEL = range(1, 6)
ALL_BYTES = bytes(range(256))
U32 = 0xFFFFFFFF


class Gone(Exception):
    """The other side has ended the connection, or the session."""


class Line:
    """A connection, in text."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(SECONDS)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def say(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Gone from error

    def say_json(self, value):
        self.say(json.dumps(value).encode() + b"\n")

    def read_more(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError as error:
            raise Gone from error
        if not data:
            raise Gone
        self.buffer += data

    def hear(self):
        """A line, without 0xFF and its end."""
        while b"\n" not in self.buffer:
            self.read_more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.lstrip(b"\xff")

    def hear_json(self):
        while True:
            line = self.hear().strip()
            if line:
                return json.loads(line)


class Session:
    """Frames on a line. is_host: which side this is"""

    def __init__(self, line, is_host, nonces, session, seq=None):
        host, guest = nonces
        self.line = line
        self.is_host = is_host
        self.id = session
        to_guest, to_host = (codec.make_seed(host, guest, session, side) for side in (b"h", b"g"))
        self.seed, self.their_seed = (to_guest, to_host) if is_host else (to_host, to_guest)
        self.seq = int.from_bytes(os.urandom(4), "little") if seq is None else seq
        self.count = 0
        self.expected = None       # the number of theirs that is next
        self.digests = [0, 0]      # of what was sent, and of what came
        self.limits = {}           # {stream: how much may be sent}
        self.sent = {}             # {stream: how much was}
        self.came = {}             # {stream: bytes that came}
        self.purposes = {}         # {stream: what it is for, as they said}
        self.finished = set()      # streams that they have ended
        self.reset = {}            # {stream: why}
        self.requests = []         # (id, body) that nobody has answered
        self.answers = {}          # {id: body}
        self.parts = {}            # {(kind, id): [length, bytes]}
        self.grants = True         # gives credit for what comes
        self.acks = True           # says what has come
        self.acked = self.seq
        self.flight = []           # (seq, size)
        self.next_stream = 2 if is_host else 1
        self.next_id = 1
        self.heard_hello = False
        self._credited = 0

    # --- Frames that go ----------------------------------------------------

    def frame(self, kind, payload=b"", stream=0, **lies):
        """Bytes of the next frame. @lies: seq, ack, count or flags in the place of the true ones"""
        numbered = bool(kind & 0x10)
        members = {"flags": 0, "seq": self.seq if numbered or kind == codec.HELLO else 0, "ack": self.expected or 0,
                   "count": self.count} | lies
        wire = codec.encode(self.seed, kind, stream=stream, payload=payload, **members)
        self.count = self.count + 1 & U32
        if numbered and "seq" not in lies:
            self.digests[0] = codec.digest_after(self.digests[0], kind, stream, payload)
            self.flight.append((self.seq, len(wire)))
            self.seq = self.seq + 1 & U32
        return wire

    def send(self, kind, payload=b"", stream=0, **lies):
        self.line.say(self.frame(kind, payload, stream, **lies))

    def hello(self):
        self.send(codec.HELLO, ALL_BYTES, flags=codec.UNHEARD)
        while not self.heard_hello:
            self.pump()
        self.send(codec.HELLO, ALL_BYTES)

    def message(self, kind, number, body):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.line.say(b"".join(self.frame(codec.MESSAGE, part) for part in codec.fragments(kind, number, body, PART)))

    def reply(self, number, value):
        self.message(REPLY, number, {"return": value})

    def error(self, number, text, kind="GenericError"):
        self.message(ERROR, number, {"error": {"class": kind, "desc": text}})

    def request(self, name, /, **arguments):
        number, self.next_id = self.next_id, self.next_id + 1
        self.message(REQUEST, number, {"execute": name, "arguments": arguments})
        return number

    def open(self, purpose, limit=1 << 40):
        """Opens a stream. Returns its id"""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        if not isinstance(purpose, bytes):
            purpose = json.dumps(purpose).encode()
        self.limits.setdefault(stream, 0)
        self.send(codec.OPEN, struct.pack("<Q", limit) + purpose, stream)
        return stream

    def credit(self, stream, limit):
        self.send(codec.CREDIT, struct.pack("<Q", limit), stream)

    def has_room(self):
        return sum(size for _, size in self.flight) < WINDOW - 2 * FRAME

    def data(self, stream, data):
        """As fast as the other side lets us."""
        done = 0
        while done < len(data):
            while (room := self.limits.get(stream, 0) - self.sent.get(stream, 0)) <= 0 or not self.has_room():
                if stream in self.reset:
                    raise Gone(f"stream {stream} was reset: {self.reset[stream]}")
                self.pump()
            part = data[done:done + min(room, PART)]
            self.send(codec.DATA, part, stream)
            self.sent[stream] = self.sent.get(stream, 0) + len(part)
            done += len(part)

    def fin(self, stream):
        while not self.limits.get(stream):
            if stream in self.reset:
                raise Gone(f"stream {stream} was reset: {self.reset[stream]}")
            self.pump()
        self.send(codec.FIN, stream=stream)

    def stays(self):
        """What is said of it by whoever wants it to go on."""
        return {"session": self.id.hex(), "received": self.expected, "digest": digits(self.digests[1])}

    # --- Frames that come --------------------------------------------------

    def pump(self):
        """Takes what comes next, at least a frame."""
        taken = 0
        while not taken:
            while True:
                frame = self._take()
                if frame is None:
                    break
                self._receive(frame)
                taken += 1
            if not taken:
                self.line.read_more()
        if self.acks and self.expected is not None:
            self.send(codec.ACK)

    def _take(self):
        data = self.line.buffer
        at = data.find(b"\xf5")
        if at < 0:
            self.line.buffer = b""
            return None
        found = codec.decode_at(self.their_seed, FRAME, data, at)
        if isinstance(found, str) and found.startswith("short"):
            self.line.buffer = data[at:]
            return None
        if not isinstance(found, tuple):
            self.line.buffer = data[at + 1:]
            return self._take()
        self.line.buffer = data[at + found[1]:]
        return found[0]

    def _receive(self, frame):
        kind, payload, stream = frame["type"], frame["payload"], frame["stream"]
        if kind == codec.HELLO:
            if not self.heard_hello and self.expected is None:
                self.expected = frame["seq"]
            self.heard_hello = True
            return
        self.flight = [entry for entry in self.flight if (entry[0] - frame["ack"] & U32) < 1 << 31]
        if kind == codec.CLOSE:
            raise Gone(payload.decode(errors="replace"))
        if kind == codec.PING:
            self.send(codec.PONG, struct.pack("<I", frame["count"]))
        if not kind & 0x10:
            return
        if frame["seq"] != self.expected:
            return
        self.expected = self.expected + 1 & U32
        self.digests[1] = codec.digest_after(self.digests[1], kind, stream, payload)
        if kind == codec.OPEN:
            self.purposes[stream] = json.loads(payload[8:] or b"{}")
            self.limits[stream] = struct.unpack_from("<Q", payload)[0]
        elif kind == codec.CREDIT:
            self.limits[stream] = max(self.limits.get(stream, 0), struct.unpack("<Q", payload)[0])
        elif kind == codec.DATA:
            self.came[stream] = self.came.get(stream, b"") + payload
        elif kind == codec.FIN:
            self.finished.add(stream)
        elif kind == codec.RESET:
            self.reset[stream] = payload.decode(errors="replace")
            self.send(codec.RESET, stream=stream)
        elif kind == codec.MESSAGE:
            self._take_fragment(payload)

    def _take_fragment(self, payload):
        kind, first, _, number = struct.unpack_from("<BBHQ", payload)
        if first & 1:
            self.parts[kind, number] = [struct.unpack_from("<I", payload, 12)[0], b""]
        entry = self.parts.get((kind, number))
        if entry is None:
            return
        part = payload[16 if first & 1 else 12:]
        entry[1] += part
        self._credited += len(part)
        if self.grants and self._credited % (WINDOW // 4) < len(part):
            self.credit(0, WINDOW + self._credited)
        if len(entry[1]) < entry[0]:
            return
        del self.parts[kind, number]
        if kind == REQUEST:
            self.requests.append((number, json.loads(entry[1])))
        elif kind in (REPLY, ERROR):
            self.answers[number] = json.loads(entry[1])

    # --- Waiting -----------------------------------------------------------

    def next_request(self):
        while not self.requests:
            self.pump()
        number, body = self.requests.pop(0)
        return number, body["execute"], body.get("arguments") or {}

    def answer(self, number):
        while number not in self.answers:
            self.pump()
        return self.answers.pop(number)

    def call(self, name, /, **arguments):
        return self.answer(self.request(name, **arguments))

    def stream_for(self, number):
        """The stream that they open for that request."""
        while True:
            for stream, purpose in self.purposes.items():
                if purpose.get("call") == number:
                    return stream
            self.pump()


# --- Opening ---------------------------------------------------------------

OPEN = {"channel": "lies", "lossy": False, "frame": FRAME, "window": WINDOW, "features": ["frames-1"]}


def connect(path):
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(SECONDS)
    end.connect(path)
    return Line(end)


def is_answer(text, number):
    try:
        return json.loads(text) == {"return": number}
    except ValueError:
        return False


def sync(line, seconds=SECONDS):
    """Again and again, as an agent may drop what comes while the last client goes. Drops all that was said before."""
    deadline = time.monotonic() + seconds
    line.socket.settimeout(SYNC_SECONDS)
    while True:
        number = int.from_bytes(os.urandom(7), "little")
        line.say(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":%d}}\n' % number)
        try:
            while not is_answer(line.hear(), number):
                pass
        except TimeoutError:
            if time.monotonic() > deadline:
                raise
            continue
        line.socket.settimeout(SECONDS)
        return


def digits(digest):
    return digest.to_bytes(8, "little").hex()


def ask_for_frames(line, members):
    """Returns a session that has not greeted, with the answer as session.opened."""
    sync(line)
    nonce = os.urandom(16)
    arguments = {"nonce": nonce.hex(), "keepalive": 0, **OPEN, **members}
    del arguments["channel"]
    line.say(json.dumps({"execute": "guestwire-open", "arguments": arguments, "id": 7}, separators=(",", ":")).encode() + b"\n")
    answer = line.hear_json()
    if "return" not in answer:
        raise AssertionError(answer)
    opened = answer["return"]
    session = Session(line, True, (nonce, bytes.fromhex(opened["nonce"])), bytes.fromhex(opened["session"]))
    session.opened = opened
    return session


def open_as_host(line, **members):
    """Asks for frames."""
    session = ask_for_frames(line, members)
    session.hello()
    return session


def resume_as_host(line, parked):
    """Asks for @parked to go on. A new session where that is refused."""
    session = ask_for_frames(line, {"resume": parked.stays()})
    if session.opened["resumed"]:
        session.seq, session.expected, session.digests, session.next_id = parked.seq, parked.expected, parked.digests, parked.next_id
    session.hello()
    return session
