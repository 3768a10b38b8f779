# SPDX-License-Identifier: LGPL-2.1-or-later
"""Work of which each piece is a command: programs, jobs, logins, files."""

import contextlib
import filecmp
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile

import terminal
from client import GUESTWIRE, Plain
from soaking.gate import Told
from terminal import Terminal

SECONDS = 600  # no piece takes so long, also under sanitizers on a busy host
PATIENT = ["--timeout", str(SECONDS - 60)]  # what is told as too late is not for the host's load
TRIES = 20
terminal.SECONDS = SECONDS


def run(*words, stdin=None, expected=0):
    """Returns what it has printed. Raises Told for a failure that it tells of."""
    done = subprocess.run([GUESTWIRE, *PATIENT, *words], input=stdin, capture_output=True, timeout=SECONDS,
                          stdin=subprocess.DEVNULL if stdin is None else None)
    if b"Sanitizer" in done.stderr or b"runtime error" in done.stderr:
        raise AssertionError(done.stderr.decode(errors="replace"))
    if done.returncode != expected:
        if done.returncode in (1, 125) and done.stderr:
            raise Told(f"{words}: {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
        raise AssertionError(f"{words}: {done.returncode} instead of {expected}: {done.stderr[-500:]}")
    return done.stdout


def same(got, expected, what):
    if got != expected:
        raise AssertionError(f"{what}: {len(got)} other bytes than the {len(expected)}: {got[:80]!r}")


class Programs:
    def __init__(self, address, chosen):
        self._to = address
        self._chosen = chosen

    def actions(self):
        return [self.status, self.output, self.input, self.outlived, self.killed, self.job, self.killed_job, self.shell, self.login]

    def status(self):
        status = self._chosen.randrange(1, 120)
        run("exec", self._to, "--", "sh", "-c", f"exit {status}", expected=status)

    def output(self):
        count = self._chosen.randrange(1, 200_000)
        same(run("exec", self._to, "--", "seq", str(count)), b"".join(b"%d\n" % i for i in range(1, count + 1)), "output")

    def input(self):
        data = self._chosen.randbytes(self._chosen.randrange(1 << 21))
        same(run("exec", "-i", self._to, "--", "cat", stdin=data), data, "what cat says")

    def outlived(self):
        same(run("exec", "-k", self._to, "--", "echo", "kept"), b"kept\n", "output")

    def killed(self):
        how = self._chosen.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        words = ["exec", *self._chosen.choice([[], ["-i"]]), self._to, "--", "sh", "-c", "while :; do echo line; sleep 0.01; done"]
        with subprocess.Popen([GUESTWIRE, *PATIENT, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            first = child.stdout.readline()
            child.send_signal(how)
            errors = child.communicate(timeout=SECONDS)[1]
        if not first:
            raise Told(errors.decode(errors="replace"))

    def job(self):
        count = self._chosen.randrange(1, 20_000)
        job = run("exec", "-d", self._to, "--", "sh", "-c", f"seq {count}; exit 7").decode().strip()
        same(run("attach", self._to, job, expected=7), b"".join(b"%d\n" % i for i in range(1, count + 1)), "a job's output")
        self._forget(job)

    def killed_job(self):
        job = run("exec", "-d", self._to, "--", "sleep", "3600").decode().strip()
        with subprocess.Popen([GUESTWIRE, *PATIENT, "attach", self._to, job], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as child:
            child.send_signal(self._chosen.choice([signal.SIGKILL, signal.SIGINT]))
            child.wait(timeout=SECONDS)
        number = self._chosen.choice([signal.SIGKILL, signal.SIGTERM])
        run("kill", "-s", str(int(number)), self._to, job)
        run("wait", self._to, job, expected=128 + number)
        self._forget(job)

    def _forget(self, job):
        run("jobs", self._to, "--forget", job)

    def shell(self):
        number = self._chosen.randrange(1 << 30)
        same(run("shell", self._to, stdin=b"echo $((%d + 1)); exit 3\n" % number, expected=3), b"%d\n" % (number + 1), "a shell's output")

    def login(self):
        leaves = self._chosen.random() < 0.3
        with Terminal(*PATIENT, "shell", self._to) as screen:
            try:
                screen.type(b"PS1='> '; stty -echo; echo rea''dy\r")
                screen.hear(b"ready\r\n")
                screen.resize(self._chosen.randrange(5, 100), 80)
                if leaves:
                    screen.hang_up()
                    screen.ours, screen.its = os.openpty()
                    screen.child.wait(timeout=SECONDS)
                    return
                screen.type(b"exit 5\r")
                status = screen.child.wait(timeout=SECONDS)
            except AssertionError as error:  # nothing more comes
                raise Told(str(error)) from error
        if status != 5:
            raise Told(f"a shell: {status}")


class Files:
    NAMES = 8

    def __init__(self, address, chosen):
        self._to = address
        self._chosen = chosen
        self._folder = tempfile.mkdtemp(prefix="soak-")

    def close(self):
        shutil.rmtree(self._folder)

    def actions(self):
        return [self.there_and_back, self.pipes, self.tree, self.killed_push, self.killed_pull]

    def _file(self, least=0, most=1 << 23):
        path = os.path.join(self._folder, "file")
        with open(path, "wb") as file:
            file.write(self._chosen.randbytes(int(least + (most - least) * self._chosen.random() ** 3)))
        return path

    def _name(self):
        return f"/root/soak-{self._chosen.randrange(self.NAMES)}"

    def there_and_back(self):
        path, back, name = self._file(), os.path.join(self._folder, "back"), self._name()
        run("push", *self._chosen.choice([[], ["--sha256"], ["--resume"]]), self._to, path, name)
        run("pull", self._to, name, back)
        if not filecmp.cmp(path, back, shallow=False):
            raise AssertionError("a file came back as another")

    def pipes(self):
        data, name = self._chosen.randbytes(self._chosen.randrange(1 << 20)), self._name()
        run("push", self._to, "-", name, stdin=data)
        same(run("pull", self._to, name, "-"), data, "a file")

    def tree(self):
        tree, back = os.path.join(self._folder, "tree"), os.path.join(self._folder, "back-tree")
        for folder in tree, back:
            shutil.rmtree(folder, ignore_errors=True)
        for number in range(self._chosen.randrange(1, 120)):
            folder = os.path.join(tree, str(number % 5), "x" * (number % 3 + 1))
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, str(number)), "wb") as file:
                file.write(self._chosen.randbytes(self._chosen.randrange(5000)))
        there = "/root/soak-tree"
        run("exec", self._to, "--", "rm", "-rf", there)
        run("push", "-r", self._to, tree, there)
        run("pull", "-r", self._to, there, back)
        same(self._digest(back), self._digest(tree), "a tree's digest")

    @staticmethod
    def _digest(folder):
        digest = hashlib.sha256()
        for place, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                with open(os.path.join(place, name), "rb") as file:
                    digest.update(os.path.relpath(file.name, folder).encode() + b"\0" + file.read())
        return digest.digest()

    def killed_push(self):
        self._killed("push", self._to, self._file(1 << 21), self._name())

    def killed_pull(self):
        name = self._name()
        run("push", self._to, self._file(1 << 21), name)
        self._killed("pull", self._to, name, os.path.join(self._folder, f"pulled-{self._chosen.randrange(self.NAMES)}"))

    def _killed(self, *words):
        with subprocess.Popen([GUESTWIRE, *PATIENT, *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
            try:
                child.wait(timeout=self._chosen.random() * 1.5)
            except subprocess.TimeoutExpired:
                child.send_signal(self._chosen.choice([signal.SIGKILL, signal.SIGINT]))
            child.communicate(timeout=SECONDS)


class Text:
    """As programs that know qemu-ga only."""

    def __init__(self, path, chosen):
        self._path = path
        self._chosen = chosen

    def actions(self):
        return [self.calls, self.program, self.file, self.leaves_half, self.says_junk]

    @contextlib.contextmanager
    def _client(self):
        try:
            with Plain(self._path, timeout=20) as client:
                client.sync_again(TRIES)
                client.socket.settimeout(SECONDS)
                yield client
        except AssertionError as error:  # an error, or the end
            raise Told(str(error)) from error

    def calls(self):
        with self._client() as client:
            for name in "guest-ping", "guest-info", "guest-get-osinfo", "guest-get-fsinfo", "guest-network-get-interfaces":
                client.call(name)

    def program(self):
        with self._client() as client:
            pid = client.call("guest-exec", path="seq", arg=["1000"], **{"capture-output": True})["pid"]
            while not client.call("guest-exec-status", pid=pid)["exited"]:
                pass

    def file(self):
        with self._client() as client:
            handle = client.call("guest-file-open", path="/root/soak-text", mode="w")
            client.call("guest-file-write", handle=handle, **{"buf-b64": "aGVsbG8K" * self._chosen.randrange(1, 10_000)})
            client.call("guest-file-close", handle=handle)

    def leaves_half(self):
        with self._client() as client:
            client.say(b'{"execute": "guest-file-write", "arguments": {"buf-b64": "' + b"A" * self._chosen.randrange(1 << 18))

    def says_junk(self):
        with self._client() as client:
            client.say(self._chosen.randbytes(self._chosen.randrange(1, 4000)).replace(b"{", b"}"))
            client.socket.settimeout(20)
            client.sync_again(TRIES)
