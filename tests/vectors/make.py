#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes proto/vectors/frames.json with codec.py, or checks that it is as it
would be written: make.py [--check] FILE."""

import json
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import codec  # noqa: E402

CHOSEN = random.Random("guestwire")


def some(count):
    return bytes(CHOSEN.randrange(256) for _ in range(count))


def hashes():
    for length in (0, 1, 3, 4, 7, 8, 20, 31, 32, 33, 63, 64, 100):
        data, seed = some(length), CHOSEN.randrange(1 << 64)
        yield {"data": data.hex(), "seed": f"{seed:016x}", "hash": f"{codec.xxh64(data, seed):016x}"}


def seeds():
    for _ in range(3):
        host, guest, session = some(16), some(16), some(16)
        yield {"host-nonce": host.hex(), "guest-nonce": guest.hex(), "session": session.hex(),
               "to-guest": f"{codec.make_seed(host, guest, session, b'h'):016x}",
               "to-host": f"{codec.make_seed(host, guest, session, b'g'):016x}"}


def frame(name, kind, **members):
    seed = CHOSEN.randrange(1 << 64)
    wire = codec.encode(seed, kind, **members)
    full = {"flags": 0, "stream": 0, "seq": 0, "ack": 0, "count": 0, "payload": b""} | members
    full["payload"] = full["payload"].hex()
    return {"name": name, "seed": f"{seed:016x}", "type": kind, **full, "wire": wire.hex()}


def frames():
    yield frame("hello", codec.HELLO, flags=codec.UNHEARD, seq=0xFFFFFFFE, payload=bytes(range(256)))
    yield frame("hello-answer", codec.HELLO, seq=7, count=1, payload=bytes(range(256)))
    yield frame("ack", codec.ACK, ack=0xFFFFFFFF, count=2)
    yield frame("nak", codec.NAK, ack=5, count=3, payload=(9).to_bytes(4, "little"))
    yield frame("ping", codec.PING, ack=5, count=4)
    yield frame("pong", codec.PONG, ack=5, count=0xFFFFFFFF, payload=(4).to_bytes(4, "little"))
    yield frame("close", codec.CLOSE, count=6, payload="it is over \u2026".encode())
    for length in (1, 7, 8, 9, 31, 32, 996):
        yield frame(f"data-{length}", codec.DATA, stream=65535, seq=0x80000000, ack=1, count=7, payload=some(length))
    yield frame("data-zeros", codec.DATA, stream=2, seq=1, ack=1, count=7, payload=bytes(40))
    yield frame("message", codec.MESSAGE, seq=2, count=8, payload=codec.fragments(1, 1, b"{}", 1000)[0])
    yield frame("open", codec.OPEN, stream=2, seq=3, count=9, payload=(4096).to_bytes(8, "little") + b"what for")
    yield frame("credit", codec.CREDIT, stream=2, seq=4, count=10, payload=(1 << 63).to_bytes(8, "little"))
    yield frame("fin", codec.FIN, stream=2, seq=5, count=11)
    yield frame("reset", codec.RESET, stream=2, seq=6, count=12, payload=b"because")
    yield frame("unknown-ignorable", 31, flags=codec.IGNORABLE, seq=7, count=13, payload=b"?")


def reading(name, seed, data, frame_max=32768):
    finds = [{"junk": what.hex()} if kind == "junk" else {"frame": what["count"], "payload": what["payload"].hex()}
             for kind, what in codec.read(seed, frame_max, data)]
    return {"name": name, "seed": f"{seed:016x}", "frame-max": frame_max, "wire": data.hex(), "finds": finds}


def readings():
    seed, other = CHOSEN.randrange(1 << 64), CHOSEN.randrange(1 << 64)
    a = codec.encode(seed, codec.DATA, stream=2, seq=1, count=1, payload=some(50))
    b = codec.encode(seed, codec.ACK, count=2)
    big = codec.encode(seed, codec.DATA, stream=2, seq=2, count=3, payload=b + some(100))
    # Unmasked inside, as an attacker who knows the seed would make it.
    nest = bytearray(codec.encode(seed, codec.DATA, stream=2, seq=2, count=4, payload=some(200)))
    nest[60:60 + len(a)] = a
    yield reading("nothing", seed, b"")
    yield reading("two", seed, a + b)
    yield reading("junk-between", seed, b"\n{}" + a + b"\xF5\xF5text\xFF" + b + b"\xF5")
    yield reading("one-byte-dropped", seed, a[:30] + a[31:] + b)
    yield reading("header-changed", seed, bytes([a[0], a[1] ^ 1]) + a[2:] + b)
    yield reading("payload-changed", seed, a[:40] + bytes([a[40] ^ 1]) + a[41:] + b)
    yield reading("check-changed", seed, a[:-1] + bytes([a[-1] ^ 1]) + b)
    yield reading("reserved-bit", seed, bytes([a[0], a[1] | 0x80]) + a[2:] + b)
    yield reading("cut-payload-before-a-frame", seed, a[:45] + b)
    yield reading("cut-header-before-a-frame", seed, a[:13] + b)
    yield reading("frames-in-a-broken-frame", seed, bytes(nest) + b)
    yield reading("masked-frame-inside", seed, big)
    yield reading("too-large", seed, big + b, frame_max=64)
    yield reading("of-another-connection", other, a + b)
    yield reading("magic-only", seed, b"\xF5" * 100)
    yield reading("payload-of-another-frame", seed, a[:24] + codec.encode(
        seed, codec.DATA, stream=2, seq=1, count=5, payload=some(50))[24:])


def opens():
    common = {"channel": "org.guestwire.agent.0", "lossy": False, "frame": 32768, "window": 262144}
    nonces = [some(16).hex() for _ in range(6)]

    def line(message):
        return json.dumps(message, separators=(",", ":"))

    request = {"nonce": nonces[0], **common, "features": ["frames-1", "exec"], "keepalive": 30}
    reply = {"nonce": nonces[1], **common, "features": ["frames-1"], "session": nonces[2], "instance": nonces[3],
             "boot-id": "01234567-89ab-cdef-0123-456789abcdef", "resumed": False}
    yes = [
        ("request", request),
        ("request-resume", request | {"resume": {"session": nonces[4], "received": 4294967295, "digest": "00" * 7 + "ff"}}),
        ("request-lossy", request | {"lossy": True, "frame": 512, "window": 512, "keepalive": 86400}),
        ("reply", reply),
        ("reply-resumed", reply | {"resumed": True, "received": 0, "digest": "0123456789abcdef"}),
    ]
    no = [
        ("request-no-nonce", {k: v for k, v in request.items() if k != "nonce"}),
        ("request-short-nonce", request | {"nonce": nonces[0][:31]}),
        ("request-upper-case-nonce", request | {"nonce": "A" * 32}),
        ("request-small-frame", request | {"frame": 511}),
        ("request-large-frame", request | {"frame": 32769}),
        ("request-window-below-frame", request | {"window": 32767}),
        ("request-other-version", request | {"features": ["frames-2"]}),
        ("request-features-no-array", request | {"features": "frames-1"}),
        ("request-no-keepalive", {k: v for k, v in request.items() if k != "keepalive"}),
        ("request-long-keepalive", request | {"keepalive": 86401}),
        ("request-resume-without-number", request | {"resume": {"session": nonces[4], "digest": "0" * 16}}),
        ("request-resume-of-a-large-number", request | {"resume": {"session": nonces[4], "received": 4294967296,
                                                                     "digest": "0" * 16}}),
        ("request-resume-without-digest", request | {"resume": {"session": nonces[4], "received": 1}}),
        ("request-resume-no-object", request | {"resume": True}),
        ("request-frame-as-text", request | {"frame": "1024"}),
        ("reply-no-session", {k: v for k, v in reply.items() if k != "session"}),
        ("reply-no-instance", {k: v for k, v in reply.items() if k != "instance"}),
        ("reply-resumed-without-number", reply | {"resumed": True}),
    ]
    for name, members in yes + no:
        if name.startswith("request"):
            text = line({"execute": "guestwire-open", "arguments": members, "id": 4611686018427387903})
        else:
            text = line({"return": members, "id": 4611686018427387903})
        yield {"name": name, "line": text, "good": (name, members) in yes}


def digests():
    digest = 0
    for kind, stream, payload in ((codec.OPEN, 2, some(20)), (codec.FIN, 65535, b""), (codec.DATA, 2, some(100)),
                                  (codec.MESSAGE, 0, some(33))):
        digest = codec.digest_after(digest, kind, stream, payload)
        yield {"type": kind, "stream": stream, "payload": payload.hex(), "digest": f"{digest:016x}"}


def messages():
    for name, kind, number, length, payload_max in (
            ("cancel", 5, 1, 0, 484), ("short", 1, 2, 2, 484), ("exact", 2, 1 << 63, 468, 484),
            ("one-more", 3, 3, 469, 484), ("many", 4, 4, 5000, 996), ("largest-fragment", 2, 5, 16400, 32740)):
        body = some(length)
        yield {"name": name, "kind": kind, "id": f"{number:016x}", "body": body.hex(), "payload-max": payload_max,
               "fragments": [f.hex() for f in codec.fragments(kind, number, body, payload_max)]}


def main():
    check = sys.argv[1] == "--check"
    path = sys.argv[-1]
    vectors = {"SPDX-License-Identifier": "LGPL-2.1-or-later", "hashes": list(hashes()), "seeds": list(seeds()),
               "frames": list(frames()), "readings": list(readings()), "opens": list(opens()),
               "messages": list(messages()), "digests": list(digests())}
    text = json.dumps(vectors, indent=1) + "\n"
    if not check:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(path, encoding="utf-8") as file:
        same = file.read() == text
    print("1..1")
    print("ok" if same else "not ok", "1 vectors-are-as-the-codec-makes-them")
    return 0 if same else 1


sys.exit(main())
