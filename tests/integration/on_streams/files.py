# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files to a guest and back."""

import os
import tempfile

from client import guestwire
from guest import address, in_guest
from tap import equal


def file_goes_there_and_back(machine):
    with tempfile.TemporaryDirectory() as folder:
        there, back = os.path.join(folder, "there"), os.path.join(folder, "back")
        with open(there, "wb") as made:
            made.write(os.urandom(5_000_001))
        equal(guestwire("push", address(machine), there, "/root/there")[0], 0)
        equal(in_guest(machine, "stat -c %s /root/there"), "5000001")
        equal(guestwire("pull", address(machine), "/root/there", back)[0], 0)
        with open(there, "rb") as first, open(back, "rb") as second:
            equal(first.read() == second.read(), True)


CASES = [file_goes_there_and_back]
