# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames as proto/PROTOCOL.md has them, written from it alone: an
implementation that shares nothing with the one in C."""

import struct

MASK64 = (1 << 64) - 1
P1, P2, P3, P4, P5 = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)

HELLO, ACK, NAK, PING, PONG, CLOSE = range(1, 7)
DATA, MESSAGE, OPEN, CREDIT, FIN, RESET = range(16, 22)
IGNORABLE, UNHEARD = 0x20, 0x40
HEADER_SIZE, CHECK_SIZE = 24, 4


def rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK64


def lane(acc, word):
    return rotate((acc + word * P2) & MASK64, 31) * P1 & MASK64


def xxh64(data, seed):
    """https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md"""
    at = 0
    if len(data) >= 32:
        accs = [(seed + P1 + P2) & MASK64, (seed + P2) & MASK64, seed, (seed - P1) & MASK64]
        while at + 32 <= len(data):
            accs = [lane(acc, word) for acc, word in zip(accs, struct.unpack_from("<4Q", data, at))]
            at += 32
        acc = sum(rotate(a, bits) for a, bits in zip(accs, (1, 7, 12, 18))) & MASK64
        for part in accs:
            acc = ((acc ^ lane(0, part)) * P1 + P4) & MASK64
    else:
        acc = (seed + P5) & MASK64
    acc = (acc + len(data)) & MASK64
    while at + 8 <= len(data):
        acc = (rotate(acc ^ lane(0, struct.unpack_from("<Q", data, at)[0]), 27) * P1 + P4) & MASK64
        at += 8
    if at + 4 <= len(data):
        acc = (rotate(acc ^ (struct.unpack_from("<I", data, at)[0] * P1 & MASK64), 23) * P2 + P3) & MASK64
        at += 4
    for byte in data[at:]:
        acc = rotate(acc ^ (byte * P5 & MASK64), 11) * P1 & MASK64
    acc = (acc ^ acc >> 33) * P2 & MASK64
    acc = (acc ^ acc >> 29) * P3 & MASK64
    return acc ^ acc >> 32


def make_seed(host_nonce, guest_nonce, session, direction):
    return xxh64(host_nonce + guest_nonce + session + direction, 0)


def digest_after(before, kind, stream, payload):
    return xxh64(payload, before ^ (kind + 256 * stream))


def masked(kind, digest, seed, payload):
    if kind == HELLO:
        return payload
    key = struct.pack("<Q", xxh64(struct.pack("<Q", digest), seed))
    return bytes(byte ^ key[i % 8] for i, byte in enumerate(payload))


def encode(seed, kind, flags=0, stream=0, seq=0, ack=0, count=0, payload=b""):
    header = struct.pack("<BBHIIII", 0xF5, kind | flags, stream, seq, ack, len(payload), count)
    digest = xxh64(header, seed)
    wire = header + struct.pack("<I", digest & 0xFFFFFFFF)
    if payload:
        body = masked(kind, digest, seed, payload)
        wire += body + struct.pack("<I", xxh64(body, digest) & 0xFFFFFFFF)
    return wire


def decode_at(seed, frame_max, data, at):
    """The frame at @at and its size; None for none, "short" for not whole."""
    if len(data) - at < HEADER_SIZE:
        return "short"
    magic, kind, stream, seq, ack, length, count, check = struct.unpack_from("<BBHIIIII", data, at)
    if magic != 0xF5 or kind & 0x80 or length > frame_max - HEADER_SIZE - CHECK_SIZE:
        return None
    digest = xxh64(data[at:at + 20], seed)
    if digest & 0xFFFFFFFF != check:
        return None
    frame = {"type": kind & 0x1F, "flags": kind & 0x60, "stream": stream, "seq": seq, "ack": ack, "count": count,
             "payload": b""}
    if length == 0:
        return frame, HEADER_SIZE
    end = at + HEADER_SIZE + length
    if len(data) < end + CHECK_SIZE:
        return "short header"
    body = data[at + HEADER_SIZE:end]
    if xxh64(body, digest) & 0xFFFFFFFF != struct.unpack_from("<I", data, end)[0]:
        return "bad payload"
    frame["payload"] = masked(frame["type"], digest, seed, body)
    return frame, HEADER_SIZE + length + CHECK_SIZE


def read(seed, frame_max, data):
    """What is in @data, after which comes a silence: ("junk", bytes) and
    ("frame", frame), in order."""
    found, junk, at = [], b"", 0
    while at < len(data):
        result = decode_at(seed, frame_max, data, at) if data[at] == 0xF5 else None
        if isinstance(result, tuple):
            if junk:
                found.append(("junk", junk))
            found.append(("frame", result[0]))
            junk = b""
            at += result[1]
            continue
        size = HEADER_SIZE if result in ("short header", "bad payload") else 1
        junk += data[at:at + size]
        at += size
    return found + ([("junk", junk)] if junk else [])


def fragments(kind, number, body, payload_max):
    """The payloads of the MESSAGE frames of one message."""
    done, made = 0, []
    while not made or done < len(body):
        payload = struct.pack("<BBHQ", kind, 0 if made else 1, 0, number)
        if not made:
            payload += struct.pack("<I", len(body))
        part = body[done:done + min(payload_max, 16384) - len(payload)]
        made.append(payload + part)
        done += len(part)
    return made
