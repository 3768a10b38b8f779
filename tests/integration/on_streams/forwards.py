# SPDX-License-Identifier: LGPL-2.1-or-later
"""Connections to programs in a guest, and out of it."""

import hashlib
import os
import socket
import threading

from forwarding import Forward, ask_digest, connected, hear_all
from guest import address, in_guest
from tap import equal


def serve_digests(machine):
    """A program of the guest that answers with a digest of what it is told."""
    in_guest(machine, "systemctl is-active -q digests || systemd-run -q --collect --unit digests "
                      "socat -t 30 UNIX-LISTEN:/run/app.sock,fork,backlog=64 EXEC:sha256sum; "
                      "until test -S /run/app.sock; do sleep 0.05; done")


def digest(data):
    return hashlib.sha256(data).hexdigest() + "  -\n"


def twenty_connections_reach_a_socket_at_once(machine):
    serve_digests(machine)
    pieces = [os.urandom(100_000 + i) for i in range(20)]
    heard = {}
    with Forward(address(machine), "127.0.0.1:0", "unix:/run/app.sock") as forward:
        port = forward.port()
        threads = [threading.Thread(target=lambda piece=piece: heard.update({piece: ask_digest(("127.0.0.1", port), piece)}))
                   for piece in pieces]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        equal([heard.get(piece) for piece in pieces], [digest(piece) for piece in pieces])
        forward.end()


def guest_reaches_a_port_of_this_host(machine):
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = server.getsockname()[1]

        def answer():
            with server.accept()[0] as client:
                client.sendall(hear_all(client)[::-1])

        threading.Thread(target=answer, daemon=True).start()
        with Forward(address(machine), "-v", "--reverse", "127.0.0.1:0", str(ours)) as forward:
            equal(in_guest(machine, f"echo desrever | socat -t 20 - TCP:127.0.0.1:{forward.port()}"), "reversed")
            forward.hear("127.0.0.1:")
            forward.end()
            in_guest(machine, f"until ! socat -u /dev/null TCP:127.0.0.1:{forward.port()}; do sleep 0.05; done")


def forward_outlives_a_restarted_agent(machine):
    serve_digests(machine)
    with Forward(address(machine), "-L", "0:/run/app.sock", "-R", "/run/there.sock:/nonexistent") as forward:
        old = connected(("127.0.0.1", forward.port()))
        in_guest(machine, "test -S /run/there.sock; systemctl restart guestwire-agent")
        equal(ask_digest(("127.0.0.1", forward.port()), b"again"), digest(b"again"))
        forward.hear("is listened on again")
        in_guest(machine, "test -S /run/there.sock")
        old.close()
        forward.end()


CASES = [twenty_connections_reach_a_socket_at_once, guest_reaches_a_port_of_this_host, forward_outlives_a_restarted_agent]
