#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Jobs of a guest: job.py DOMAIN lists them; job.py DOMAIN PROGRAM [ARGUMENT...]
starts one, waits for its end, and has the guest forget it."""

import sys

import gi
gi.require_version("Guestwire", "1")
from gi.repository import GLib, Guestwire


def main():
    if len(sys.argv) < 2:
        sys.exit("Usage: job.py DOMAIN [PROGRAM [ARGUMENT...]]")
    client = Guestwire.Client.new(Guestwire.Domain.resolve(sys.argv[1], None))
    client.set_wants_frames(True)
    client.open(Guestwire.TIMEOUT_DEFAULT, None)
    if len(sys.argv) > 2:
        job = Guestwire.Job.start(Guestwire.Process.new(client, sys.argv[2:]), "job.py", Guestwire.TIMEOUT_DEFAULT, None)
        print(f"{job.get_id()} runs as process {job.get_pid()}", flush=True)
        job.wait(Guestwire.TIMEOUT_NONE, None)
        print(f"{job.get_id()} has ended: exit status {job.get_exit_status()}, signal {job.get_signal()}")
        job.forget(Guestwire.TIMEOUT_DEFAULT, None)
    for job in Guestwire.Job.list(client, Guestwire.TIMEOUT_DEFAULT, None):
        print(job.get_id(), "has ended" if job.get_ended() else "runs", *job.get_arguments())


try:
    main()
except GLib.Error as problem:
    sys.exit(f"job.py: {problem.message}")
