# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which accelerator QEMU is to use. /dev/kvm may open and still run no guest (some nested kinds), so
nothing less than a kernel that boots under it counts. The verdict holds until the host boots again."""

import os
import pathlib
import select
import subprocess
import time

from .errors import MachineError
from .image import cache_directory, locked, say

QEMU = "qemu-system-x86_64"
PROBE_SECONDS = 10  # the same boot takes under 3 s without any acceleration
ARGUMENTS = {
    "kvm": ["-accel", "kvm", "-cpu", "host"],
    # The plainest processor: "max" boots half as slow again, since libraries then pick instructions
    # that are dear to emulate. rdrand seeds the guest's random numbers at once.
    # A small store of translated code: a full one (1 GiB) makes QEMU five times as large, and a reboot
    # four times as slow, since the fresh kernel is written over memory that all that code belongs to.
    "tcg": ["-accel", "tcg,thread=multi,tb-size=64", "-cpu", "qemu64,+rdrand"],
}
# For machines and the probe alike. A reboot after a panic would hide it, but for the host's notice
# (pvpanic) and the text on the console; without either, the restart beats a hang.
# Whether ticks of the timer come, the kernel counts by another clock: emulated on a busy host too few do, and it panics.
KERNEL_WORDS = "console=ttyS0 quiet loglevel=1 panic=-1 mitigations=off apparmor=0 audit=0 cryptomgr.notests no_timer_check"


def choose(image):
    """Returns "kvm" or "tcg"."""
    wanted = os.environ.get("GUESTWIRE_ACCEL") or "auto"
    if wanted in ARGUMENTS:
        return wanted
    if wanted != "auto":
        raise MachineError(f"GUESTWIRE_ACCEL is tcg, kvm or auto, not {wanted}")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    verdict = cache_directory() / "accel"
    with locked(cache_directory() / "accel.lock"):
        known = verdict.read_text().split() if verdict.exists() else []
        if known[:1] != [boot_id]:
            say(f"trying kvm (once, at most {PROBE_SECONDS} s)…")
            known = [boot_id, "kvm" if _boots(image, "kvm") else "tcg"]
            say(f"machines run with {known[1]}")
            verdict.write_text(" ".join(known) + "\n")
    return known[1]


def _boots(image, accelerator):
    process = subprocess.Popen(
        [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-m", "128", "-serial", "stdio",
         *ARGUMENTS[accelerator], "-kernel", str(image.kernel), "-initrd", str(image.initrd),
         "-append", f"{KERNEL_WORDS} vm.probe"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = b""
    deadline = time.monotonic() + PROBE_SECONDS
    try:
        while b"[vm probe]" not in output:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                return False
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return False
            output += data
        return True
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
