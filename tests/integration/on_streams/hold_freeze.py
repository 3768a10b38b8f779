# SPDX-License-Identifier: LGPL-2.1-or-later
"""Freezes in frames, says so, and waits to be killed: hold_freeze.py ADDRESS"""

import signal
import sys

import gi

gi.require_version("Guestwire", "1")
from gi.repository import Guestwire  # noqa: E402

client = Guestwire.Client.new(Guestwire.Address.new(sys.argv[1]))
client.set_wants_frames(True)
client.open(Guestwire.TIMEOUT_DEFAULT, None)
assert client.get_framed(), "the agent speaks no frames"
client.call("guest-fsfreeze-freeze", None, Guestwire.TIMEOUT_DEFAULT, None)
print("frozen", flush=True)
signal.pause()
