# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest at a unix socket, honest but for what its case makes of it."""

import contextlib
import os
import re
import socket
import threading

from lies.wire import OPEN, Gone, Line, Session

COMMANDS = [{"name": name, "enabled": True, "success-response": True} for name in
            ("guest-ping", "guest-info", "guest-sync", "guest-sync-delimited", "guest-exec", "guest-exec-status", "guestwire-open")]


class Guest:
    """@connected: called with each Line, before anything is said; @text: with a Line and a request in text, where True says
    that it was answered; @opening: with the answer to guestwire-open, which it may change; @opened: with a Session; @request: with a
    Session, a request's id, its name and arguments, where False leaves it to honesty"""

    def __init__(self, folder, request=None, opened=None, text=None, opening=None, connected=None, frames=True):
        self.path = os.path.join(folder, "guest")
        self.address = "unix:" + self.path
        self.connections = 0
        self.failures = []
        self.instance = os.urandom(16).hex()
        self.sessions = []
        self._hooks = {"request": request, "opened": opened, "text": text, "opening": opening, "connected": connected}
        self._frames = frames
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(self.path)
        self._server.listen(64)
        self._ends = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self._server, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self):
        while True:
            try:
                end = self._server.accept()[0]
            except OSError:
                return
            self.connections += 1
            self._ends.append(end)
            threading.Thread(target=self._serve, args=(end,), daemon=True).start()

    def _call(self, name, *arguments):
        hook = self._hooks[name]
        return hook(*arguments) if hook else None

    def _serve(self, end):
        line = Line(end)
        try:
            with end:
                self._call("connected", line)
                while True:
                    self._take_text(line)
        except (Gone, OSError):
            pass
        except Exception as error:  # told when the case is over
            self.failures.append(repr(error))

    # --- Text --------------------------------------------------------------

    def _take_text(self, line):
        request = line.hear_json()
        if self._call("text", line, request):
            return
        name, arguments = request["execute"], request.get("arguments") or {}
        identity = {"id": request["id"]} if "id" in request else {}
        if name == "guest-sync-delimited":
            line.say(b"\xff")
            line.say_json({"return": arguments["id"]} | identity)
        elif name == "guestwire-open" and self._frames:
            self._open(line, arguments, identity)
        elif name == "guest-info":
            line.say_json({"return": {"version": "1", "supported_commands": COMMANDS}} | identity)
        elif name.startswith("guest-"):
            line.say_json({"return": {}} | identity)
        else:
            line.say_json({"error": {"class": "CommandNotFound", "desc": f"The command {name} has not been found"}} | identity)

    def _open(self, line, arguments, identity):
        nonce, session = os.urandom(16), os.urandom(16)
        answer = {"return": {"nonce": nonce.hex(), **OPEN, "session": session.hex(), "instance": self.instance, "resumed": False}}
        del answer["return"]["channel"]
        self._call("opening", answer["return"], arguments)
        line.say_json(answer | identity)
        line.buffer = b""
        if answer["return"]["nonce"] == nonce.hex() and is_id(answer["return"]["session"]):
            self._talk(Session(line, False, (bytes.fromhex(arguments["nonce"]), nonce), bytes.fromhex(answer["return"]["session"])))

    # --- Frames ------------------------------------------------------------

    def _talk(self, session):
        self.sessions.append(session)
        session.hello()
        self._call("opened", session)
        while True:
            number, name, arguments = session.next_request()
            if self._call("request", session, number, name, arguments) is None:
                answer(session, number, name, arguments)


def is_id(text):
    """Else no frame can be made."""
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{32}", text)


def answer(session, number, name, arguments):
    if name == "guest-info":
        session.reply(number, {"version": "1", "supported_commands": COMMANDS})
    elif name == "guest-sync-delimited":
        session.reply(number, arguments["id"])
    elif name.startswith("guest-"):
        session.reply(number, {})
    else:
        session.error(number, f"no {name} here", "CommandNotFound")


def rest(session):
    """Hears, and says no more."""
    while True:
        session.pump()
