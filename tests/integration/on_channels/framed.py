# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host in frames that shares nothing with our library: it says what it is told to, also halves of frames."""

import json
import os
import secrets
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../vectors"))
import codec  # noqa: E402

ALL_BYTES = bytes(range(256))
FRAME_MAX = 1024  # what this host takes, and sends
WINDOW = 2048
REQUEST, REPLY, ERROR = 1, 2, 3
NUMBERED = 0x10


def open_line(number, **more):
    """(what is said, the nonce)"""
    nonce = secrets.token_bytes(16)
    arguments = {"nonce": nonce.hex(), "lossy": False, "frame": FRAME_MAX, "window": WINDOW, "keepalive": 0,
                 "features": ["frames-1"], **more}
    request = {"execute": "guestwire-open", "arguments": arguments, "id": number}
    return json.dumps(request, separators=(",", ":")).encode() + b"\n", nonce


def ask_to_open(plain, **more):
    """(the answer, the nonce)"""
    number = secrets.randbits(62)
    line, nonce = open_line(number, **more)
    plain.say(line)
    answer = json.loads(plain.hear())
    assert answer.get("id") == number, answer
    return answer, nonce


class Framed:
    """A session over a plain connection that has been synced. reply: what the agent has answered to the open"""

    def __init__(self, plain):
        self.plain = plain
        answer, nonce = ask_to_open(plain)
        self.reply = answer["return"]
        known = nonce + bytes.fromhex(self.reply["nonce"]) + bytes.fromhex(self.reply["session"])
        self._nonces = known
        self._out, self._in = (codec.make_seed(known[:16], known[16:32], known[32:], way) for way in (b"h", b"g"))
        self._count = 0
        self._seq = secrets.randbits(32)
        self._first = self._seq
        self._expected = None  # until there was a HELLO
        self._requests = 0
        self._say_hello()
        while self._expected is None:
            self._take()

    def wire(self, kind, payload=b"", flags=0):
        """The next frame, which counts as said."""
        seq = self._first if kind == codec.HELLO else self._seq if kind & NUMBERED else 0
        made = codec.encode(self._out, kind, flags, 0, seq, self._expected or 0, self._count, payload)
        self._count += 1
        if kind & NUMBERED:
            self._seq = (self._seq + 1) & 0xFFFFFFFF
        return made

    def ping(self):
        count = self._count
        self.plain.say(self.wire(codec.PING))
        while True:
            frame = self._take()
            if frame["type"] == codec.PONG and frame["payload"] == count.to_bytes(4, "little"):
                return

    def request_wire(self, name, **arguments):
        """A request that fits one frame."""
        self._requests += 1
        body = json.dumps({"execute": name, "arguments": arguments}).encode()
        [payload] = codec.fragments(REQUEST, self._requests, body, FRAME_MAX - codec.HEADER_SIZE - codec.CHECK_SIZE)
        return self.wire(codec.MESSAGE, payload)

    def call(self, name, **arguments):
        self.plain.say(self.request_wire(name, **arguments))
        while True:
            frame = self._take()
            kind, number = frame["payload"][:1], frame["payload"][4:12]
            if frame["type"] == codec.MESSAGE and number == self._requests.to_bytes(8, "little"):
                assert kind == bytes([REPLY]), frame["payload"]
                return json.loads(frame["payload"][16:])["return"]

    def close(self):
        self.plain.say(self.wire(codec.CLOSE, b"done"))

    def _say_hello(self):
        self.plain.say(self.wire(codec.HELLO, ALL_BYTES, 0 if self._expected is not None else codec.UNHEARD))

    def _take(self):
        """The next frame that is not passed over."""
        while True:
            result = codec.decode_at(self._in, FRAME_MAX, self.plain.buffer, 0) if self.plain.buffer[:1] == b"\xf5" else None
            if isinstance(result, tuple):
                frame, size = result
                self.plain.buffer = self.plain.buffer[size:]
                if self._is_next(frame):
                    return frame
            elif self.plain.buffer and result in (None, "bad payload"):
                self.plain.buffer = self.plain.buffer[1:]
            else:
                self.plain.hear_some()

    def _is_next(self, frame):
        if frame["type"] == codec.HELLO:
            equal_bytes = frame["payload"] == ALL_BYTES
            assert equal_bytes, "the channel changes bytes"
            if self._expected is None:
                self._expected = frame["seq"]
            if frame["flags"] & codec.UNHEARD:
                self._say_hello()
            return True
        if frame["type"] & NUMBERED:
            if frame["seq"] != self._expected:
                return False
            self._expected = (self._expected + 1) & 0xFFFFFFFF
        return True
