# SPDX-License-Identifier: LGPL-2.1-or-later
"""The work that goes on while something happens to a machine, each on a port of its own: a program whose output
streams, a file that goes there, one that comes, and calls whose effects can be counted. Says what became of each, and
finds out whether that is true."""

import collections
import hashlib
import os
import subprocess

from client import BUILD, GUESTWIRE, guestwire
from on_faults.vm import PLACES, SOURCE, WORK, port_of
from tap import equal, wait_for

PYTHON = "/usr/bin/python3"  # the one that Debian's python3-gi is for
CALLER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "caller.py")
OWN_LIBRARY = {**os.environ, "GI_TYPELIB_PATH": os.path.join(BUILD, "host/lib"), "LD_LIBRARY_PATH": os.path.join(BUILD, "host/lib")}
LEAST = 1 << 20  # bytes of a file that are there when it is on its way, and what an interruption leaves at least
WAIT_SECONDS = 180  # for what takes a second where the host has nothing else to do
END_SECONDS = 300
WHOLE = 7  # what the program ends with when it was told to
LOST = 125
UNKNOWN = {"peer-lost", "peer-restarted", "timed-out"}

# Lines with numbers, until it is told that these are enough.
PRINT = f"""echo $$ >$0/pid; i=0
until [ -e $0/enough ]; do
  echo line $i; i=$((i+1)); [ $((i % 100)) -gt 0 ] || sleep 0.2
done
echo end; exit {WHOLE}"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Work:
    """A process of this host, what it says, and how it ended."""

    def __init__(self, folder, name, *words, **more):
        self.said = os.path.join(folder, f"{name}.out")
        self.complaints = os.path.join(folder, f"{name}.err")
        with open(self.said, "wb") as out, open(self.complaints, "wb") as errors:
            self.process = subprocess.Popen(words, stdout=out, stderr=errors, **{"stdin": subprocess.DEVNULL, **more})

    def wait(self):
        status = self.process.wait(END_SECONDS)
        return status, read(self.complaints).decode()

    def kill(self):
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


class Works:
    """A context manager. @addresses: {work: where}, else those of @vm's ports"""

    def __init__(self, vm, name, out=False, addresses=None):
        self.vm = vm
        self.name = name
        self.folder = os.path.join(vm.home.folder, name)
        os.mkdir(self.folder)
        self.out = out
        self.addresses = addresses or {work: vm.address(port_of(work, out)) for work in WORK}
        self.place = PLACES[out]
        self.there = f"{self.place}/file"
        self.sent = os.path.join(self.folder, "sent")
        self.pulled = os.path.join(self.folder, "pulled")
        with open(self.sent, "wb") as file:
            file.write(os.urandom(len(vm.home.source)))
        self.told = {}

    def __enter__(self):
        self.started = []
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        """Returns when all of it is in the middle."""
        at = self.addresses
        self.vm.run(f"rm -f {self.place}/* {self.place}/.guestwire-*")
        self.exec = self._begin("exec", GUESTWIRE, "exec", at["exec"], "--", "sh", "-c", PRINT, self.place)
        self.call = self._begin("call", PYTHON, CALLER, at["call"], self.name, stdin=subprocess.PIPE, env=OWN_LIBRARY)
        wait_for("a call", lambda: b"reply" in read(self.call.said), WAIT_SECONDS)
        wait_for("the program's output", lambda: read(self.exec.said), WAIT_SECONDS)
        # Last, as they end by themselves.
        self.push = self._begin("push", GUESTWIRE, "push", "--sha256", at["push"], self.sent, self.there)
        self.pull = self._begin("pull", GUESTWIRE, "pull", "--sha256", at["pull"], SOURCE, self.pulled)
        self.vm.run(f"cd {self.place}; until [ -e file ] || [ $(stat -c %s .guestwire-* 2>/dev/null || echo 0) -ge {LEAST} ]; do sleep 0.05; done")
        wait_for("some of the file that comes", lambda: self._came() >= LEAST, WAIT_SECONDS)

    def _begin(self, name, *words, **more):
        self.started.append(Work(self.folder, name, *words, **more))
        return self.started[-1]

    def __exit__(self, *_):
        self.kill()
        print(f"# {self.name}: {self.told_as()}")

    # --- On the way ------------------------------------------------------------

    def _came(self):
        return sum(os.path.getsize(os.path.join(self.folder, name)) for name in os.listdir(self.folder)
                   if name == "pulled" or name.startswith(".guestwire-"))

    def order_calls(self, word):
        self.call.process.stdin.write(word.encode() + b"\n")
        self.call.process.stdin.flush()

    def pause_calls(self):
        """Until every effect is there."""
        self.order_calls("pause")
        wait_for("a pause", lambda: read(self.call.said).endswith(b"paused\n"), WAIT_SECONDS)
        self.count_effects()

    def kill(self):
        for work in self.started:
            work.kill()

    def wait_for_more(self):
        """Of everything: from here on the guest has said what it had not before."""
        lines, calls, came = read(self.exec.said).count(b"\n"), len(self.outcomes()), self._came()
        wait_for("more output", lambda: read(self.exec.said).count(b"\n") > lines, WAIT_SECONDS)
        wait_for("more calls", lambda: len(self.outcomes()) > calls + 1, WAIT_SECONDS)
        wait_for("more of the file that comes", lambda: self._came() > came or self.pull.process.poll() == 0, WAIT_SECONDS)

    def wait_for_the_programs_end(self):
        self.vm.run(f"while [ -e /proc/$(cat {self.place}/pid) ]; do sleep 0.1; done")

    # --- The end ---------------------------------------------------------------

    def finish_exec(self):
        """Returns how it ended. Its output has every number once, and its end where it says so."""
        status, errors = self.exec.wait()
        *lines, last = read(self.exec.said).decode().split("\n")
        if status == WHOLE:
            equal((lines.pop(), last), ("end", ""))
        else:
            # Who was interrupted has said a part of a line, or none.
            assert f"line {len(lines)}\n".startswith(last), last
        equal(lines, [f"line {i}" for i in range(len(lines))])
        self.told["exec"] = f"{status}, {len(lines)} lines" + (f", {errors.strip()}" if errors else "")
        return status, errors

    def finish_push(self, resume=True):
        """Returns how it ended. The file is there whole, at the latest after it was gone on with."""
        status, errors = self.push.wait()
        self.told["push"] = f"{status}" + (f", {errors.strip()}" if errors else "")
        if status and resume:
            equal(guestwire("push", "--sha256", "--resume", self.addresses["push"], self.sent, self.there), (0, b"", b""))
            self.told["push"] += ", resumed"
        equal(self.vm.run(f"sha256sum {self.there}").split()[0], hashlib.sha256(read(self.sent)).hexdigest())
        return status, errors

    def finish_pull(self, resume=True):
        status, errors = self.pull.wait()
        self.told["pull"] = f"{status}" + (f", {errors.strip()}" if errors else "")
        if status and resume:
            equal(guestwire("pull", "--sha256", "--resume", self.addresses["pull"], SOURCE, self.pulled), (0, b"", b""))
            self.told["pull"] += ", resumed"
        assert read(self.pulled) == self.vm.home.source, "another file came"
        return status, errors

    def finish_calls(self, exactly=True):
        """Returns {outcome: how often}. @exactly: whether a program that was started has run, as it has unless
        its machine was reset"""
        if self.call.process.poll() is None:
            self.call.process.stdin.close()
        status, errors = self.call.wait()
        equal((status, errors), (0, ""))
        return self.count_effects(exactly)

    def outcomes(self):
        lines = [line.split() for line in read(self.call.said).decode().split("\n")[:-1]]
        return {int(words[0]): words[1] for words in lines if len(words) == 2}

    def count_effects(self, exactly=True):
        """A call that was answered has run once, one that was not delivered never, any other once at most."""
        outcomes = self.outcomes()
        done = [number for number, outcome in outcomes.items() if outcome == "reply"]
        if exactly:
            wait_for("the effects of calls", lambda: set(done) <= set(self._effects()), WAIT_SECONDS)
        for number, count in self._effects().items():
            # The last one may have been killed before it said anything of it.
            outcome = outcomes.get(number, "unknown" if number == len(outcomes) else "never made")
            assert count == 1 and outcome in {"reply", "unknown", *UNKNOWN}, (number, outcome, count)
        counts = collections.Counter(outcomes.values())
        self.told["call"] = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        return counts

    def _effects(self):
        lines = [line.split() for line in read(self.vm.effects).decode().replace("\r", "").split("\n")[:-1]]
        return collections.Counter(int(number) for name, number in lines if name == self.name)

    def tell_enough(self):
        self.vm.run(f"touch {self.place}/enough")

    def next_calls(self):
        """Anyone is served, with no restart of anything."""
        for work, address in self.addresses.items():
            equal((work, guestwire("exec", address, "--", "echo", "next")), (work, (0, b"next\n", b"")))
        self.told["next"] = "answered"

    def told_as(self):
        """For whoever reads what the test says."""
        return "; ".join(f"{work}: {text}" for work, text in self.told.items())
