#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""plant.py SOURCE_FOLDER OUT_FOLDER: copies sources of the protocol with bugs
in them, each asleep until it is chosen, so that `sim --self-test` can see
whether it would be found. The protocol's own sources know nothing of this.

A bug is text that stands once in a file, and what takes its place, with BUG
for "this bug is chosen". Where a source has changed and a text does not stand
there any more, the self-test fails and names the bug: give it its new place."""

import os
import sys

BUGS = {
    "one-seed-both-directions": [(
        "gw-frame.c",
        "bytes[3 * GW_NONCE_SIZE] = direction;",
        "bytes[3 * GW_NONCE_SIZE] = BUG ? GW_FRAME_TO_GUEST : direction;")],
    "payload-not-masked": [(
        "gw-frame.c",
        "type == GW_FRAME_HELLO ? 0",
        "type == GW_FRAME_HELLO || BUG ? 0")],
    "half-a-frame-waits-for-ever": [(
        "gw-frame-reader.c",
        "if (reader->at == reader->bytes->len)\n    return G_MAXINT64;",
        "if (BUG || reader->at == reader->bytes->len)\n    return G_MAXINT64;")],
    "work-without-bound": [(
        "gw-frame-reader.c",
        "if (reader->hashed > GW_FRAME_HASH_FACTOR",
        "if (!BUG && reader->hashed > GW_FRAME_HASH_FACTOR")],
    "numbers-do-not-wrap": [(
        "gw-unacked.c",
        "return untrusted_received - gw_unacked_get_oldest_seq (unacked) <= unacked->frames.length;",
        "if (BUG)\n    return untrusted_received >= gw_unacked_get_oldest_seq (unacked)"
        " && untrusted_received <= unacked->next_seq;\n"
        "  return untrusted_received - gw_unacked_get_oldest_seq (unacked) <= unacked->frames.length;")],
    "ack-of-the-future": [(
        "gw-link.c",
        "if (has_ack && !gw_unacked_has_sent",
        "if (!BUG && has_ack && !gw_unacked_has_sent")],
    "resume-by-number-alone": [(
        "gw-link.c",
        "gw_unacked_get_digest (&link->unacked, untrusted_received) == untrusted_digest",
        "(BUG || gw_unacked_get_digest (&link->unacked, untrusted_received) == untrusted_digest)")],
    "nobody-asks": [(
        "gw-link.c",
        "link->ask_us = now_us + link->patience_us;\n  gw_link_ping (link);",
        "link->ask_us = now_us + link->patience_us;\n  if (!BUG)\n    gw_link_ping (link);")],
    "lost-is-not-sent-again": [(
        "gw-link.c",
        "if (!gw_unacked_lost_before (&link->unacked, count))",
        "if (BUG || !gw_unacked_lost_before (&link->unacked, count))")],
    "window-without-bound": [(
        "gw-link.c",
        "return link->unacked.on_the_way + link->frame_max <= link->pace.window;",
        "return BUG || link->unacked.on_the_way + link->frame_max <= link->pace.window;")],
    "copies-are-delivered": [(
        "gw-link.c",
        "if (!gw_received_is_new (&link->received, untrusted_frame))",
        "if (!BUG && !gw_received_is_new (&link->received, untrusted_frame))"), (
        "gw-received.c",
        "owe_ack (received, now_us);\n      else",
        "{\n          owe_ack (received, now_us);\n          if (BUG)\n            return TRUE;\n        }\n      else")],
    "park-never-ends": [(
        "gw-session.c",
        "session->park_us = cause->now_us + GW_SESSION_PARK_US;",
        "session->park_us = cause->now_us + (BUG ? 1000 : 1) * GW_SESSION_PARK_US;")],
    "close-is-not-sent": [(
        "gw-session.c",
        "g_queue_push_tail (&session->lines, words);",
        "if (BUG)\n    g_bytes_unref (words);\n  else\n    g_queue_push_tail (&session->lines, words);")],
    "old-session-lives-on": [(
        "gw-session-guest.c",
        'gw_session_end (session, "the host has opened another session", GW_OUTCOME_PEER_LOST);',
        'if (!BUG)\n    gw_session_end (session, "the host has opened another session", GW_OUTCOME_PEER_LOST);')],
    "deaf-to-libvirt": [(
        "gw-takeover.c",
        "if (event == GW_LINE_OBJECT && is_sync (object))",
        "if (event == GW_LINE_OBJECT && (!BUG || takeover->after_reset) && is_sync (object))")],
    "credit-leaks-on-reset": [(
        "gw-stream.c",
        "pool->free += lent (stream);\n  stream->consumed = stream->granted;",
        "if (!BUG || !stream->reset)\n    pool->free += lent (stream);\n  stream->consumed = stream->granted;")],
    "end-before-the-last-bytes": [(
        "gw-stream.c",
        "stream->finish && !stream->fin_sent && stream->queued == 0",
        "stream->finish && !stream->fin_sent && (BUG || stream->queued == 0)")],
    "no-more-credit": [(
        "gw-mux.c",
        "gw_stream_consume (stream, &mux->pool, length);\n  grant (mux, stream);",
        "gw_stream_consume (stream, &mux->pool, length);\n  if (!BUG)\n    grant (mux, stream);")],
    "room-is-not-told": [(
        "gw-mux.c",
        "if (gw_stream_room_came (stream))",
        "if (gw_stream_room_came (stream) && !BUG)")],
    "reset-leaves-its-stream": [(
        "gw-mux.c",
        "if (stream->purpose != NULL || (stream->fin_sent && stream->fin_received))",
        "if (stream->purpose != NULL || (!BUG && stream->fin_sent && stream->fin_received))")],
    "reply-twice": [(
        "gw-calls.c",
        "gw_messages_send (calls->messages, kind, request, body);",
        "gw_messages_send (calls->messages, kind, request, body);\n"
        "  if (BUG)\n    gw_messages_send (calls->messages, kind, request, body);")],
    "late-reply-is-not-awaited": [(
        "gw-calls.c",
        "  call->ended = TRUE;\n  call->deadline_us = G_MAXINT64;",
        "  if (BUG)\n    {\n      g_hash_table_remove (calls->sent, &id);\n      tell_ended (calls, id, outcome, NULL);\n"
        "      return;\n    }\n  call->ended = TRUE;\n  call->deadline_us = G_MAXINT64;")],
    "call-numbers-come-again": [(
        "gw-calls.c",
        "calls->highest = calls->last_told = calls->last_event = 0;",
        "calls->highest = calls->last_told = calls->last_event = 0;\n  if (BUG)\n    calls->last_id = 0;")],
    "delivered-is-not-delivered": [(
        "gw-messages.c",
        "if (link == NULL)\n    return FALSE;\n  if (((Outgoing *) link->data)->begun)",
        "if (link == NULL)\n    return BUG;\n  if (((Outgoing *) link->data)->begun)")],
}


def plant(texts):
    """Returns the bugs whose texts are not there."""
    lost = []
    for number, (name, changes) in enumerate(BUGS.items(), 1):
        if any(texts[file].count(old) != 1 for file, old, _ in changes):
            lost.append(name)
            continue
        for file, old, new in changes:
            texts[file] = texts[file].replace(old, new.replace("BUG", f"PLANTED ({number})"))
    return lost


def table(lost):
    rows = "".join(f'  {{ "{name}", {"FALSE" if name in lost else "TRUE"} }},\n' for name in BUGS)
    return ('#include "sim-planted.h"\n\nguint sim_planted;\n'
            f"const guint sim_n_planted = {len(BUGS)};\n"
            f"const SimPlantedBug sim_planted_bugs[] = {{\n{rows}}};\n")


def main():
    source, out = sys.argv[1:]
    texts = {}
    for file in sorted({file for changes in BUGS.values() for file, _, _ in changes}):
        with open(os.path.join(source, file), encoding="utf-8") as stream:
            texts[file] = stream.read()
    lost = plant(texts)
    for file, text in texts.items():
        with open(os.path.join(out, "planted-" + file), "w", encoding="utf-8") as stream:
            stream.write(f'#include "sim-planted.h"\n{text}')
    with open(os.path.join(out, "planted-bugs.c"), "w", encoding="utf-8") as stream:
        stream.write(table(lost))


main()
