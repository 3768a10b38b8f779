# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts that every machine boots from: Debian's kernel, an initial RAM disk and a root disk. Built
once from the recipe beside this file and kept; nothing of Guestwire is in them."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shlex
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

from .cpio import Archive
from .errors import MachineError

SUITE = "bookworm"
PACKAGE = pathlib.Path(__file__).parent
RECIPE = PACKAGE / "recipe"
CODE = [PACKAGE / "image.py", PACKAGE / "cpio.py"]
DISK_SIZE = "1G"  # sparse; room for the files that tests send
BUILD_SECONDS = 40
# Needed before the root disk can be mounted (ext4 is in the kernel), or so that a panic ends the machine.
EARLY_MODULES = ["virtio_pci", "virtio_blk", "pvpanic-pci"]
LEFT_OUT = ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info"]


class Image:
    """A built image. Its files are only ever read."""

    def __init__(self, directory):
        self.kernel = directory / "vmlinux"
        self.initrd = directory / "initrd"
        self.disk = directory / "root.img"
        self.directory = directory


def say(text):
    print(text, file=sys.stderr, flush=True)


def cache_directory():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    directory = pathlib.Path(home) / "guestwire"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


@contextlib.contextmanager
def locked(path):
    """Holds @path locked, so that of two who start at once one works and the other finds it done."""
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def get():
    """The image of today's recipe; builds it when it is not there."""
    return Image(get_built("image", [*RECIPE.rglob("*"), *CODE], BUILD_SECONDS, _build))


def get_built(kind, files, seconds, build):
    """The directory of what @build makes of @files, which lie below PACKAGE: builds it when it is not there.
    @seconds: what that takes, to tell it; @build: called with a directory to work in, which goes away, and
    the one to fill"""
    cache = cache_directory()
    directory = cache / f"{kind}-{_hash(files)}"
    if directory.exists():
        return directory
    with locked(cache / f"{kind}.lock"):
        if directory.exists():
            return directory
        say(f"building {kind} (once, about {seconds} s)…")
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="building-", dir=cache) as temporary:
            work = pathlib.Path(temporary)
            made = work / "made"
            made.mkdir()
            build(work, made)
            made.rename(directory)
    size = sum(file.stat().st_blocks * 512 for file in directory.iterdir())
    say(f"built in {time.monotonic() - started:.0f} s, {size >> 20} MiB in {directory}")
    return directory


def _hash(files):
    digest = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            digest.update(f"{path.relative_to(PACKAGE)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _build(work, made):
    _make_tree(work)
    _take_from_tree(work / "root.tar", made)
    _make_disk(work, made / "root.img")


def run(command, work, **options):
    log = work / "build.log"
    with open(log, "ab") as output:
        try:
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options).returncode
        except FileNotFoundError as error:
            raise MachineError(f"{command[0]} is not installed") from error
    if status != 0:
        last = [line[:200] for line in log.read_text(errors="replace").splitlines()[-15:]]
        raise MachineError("\n".join([f"{command[0]} failed; its last lines:", *last]))


def words_of(path):
    """The lines of a recipe's list, without comments."""
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def package_sources():
    """sources.list lines for the suite, from where this host gets its own packages."""
    form = "$(RELEASE)|$(ORIGIN)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    try:
        rows = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
                              stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError) as error:
        raise MachineError(f"apt-get tells no package sources: {error}") from error
    suites = {SUITE, f"{SUITE}-updates", f"{SUITE}-security"}
    lines = [line for release, origin, line in (row.split("|", 2) for row in rows)
             if release in suites and origin == "Debian"]
    if not any(f" {SUITE} main" in line for line in lines):
        raise MachineError(f"apt knows no {SUITE} main package list: see that it is among apt's sources, then run apt-get update")
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _make_tree(work):
    (work / "sources.list").write_text(package_sources())
    packages = words_of(RECIPE / "packages")
    # The script goes as text: in a user namespace the file might be out of reach.
    customize = (RECIPE / "customize").read_text()
    run(["mmdebstrap", "--variant=essential", "--format=tar", f"--include={','.join(packages)}",
         *[f"--dpkgopt=path-exclude=/{path}/*" for path in LEFT_OUT],
         # Without it the package usrmerge does the work, and brings all of perl.
         "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
         f"--customize-hook={customize}",
         f"--customize-hook=sync-in {shlex.quote(str(RECIPE / 'root'))} /",
         SUITE, str(work / "root.tar"), str(work / "sources.list")], work)


def _take_from_tree(tree, made):
    """The kernel and the initial RAM disk, from files of the finished tree."""
    archive = Archive()
    for name in ("dev", "proc", "root"):
        archive.add_directory(name)
    archive.add_file("init", (RECIPE / "init").read_bytes(), 0o755)
    with tarfile.open(tree) as tar:
        members = {member.name.removeprefix("./"): member for member in tar}

        def read(name):
            return tar.extractfile(members[name]).read()

        (made / "vmlinux").write_bytes(unpack_kernel(read("boot/vmlinuz")))
        archive.add_file("bin/busybox", read(next(n for n in ("usr/bin/busybox", "bin/busybox") if n in members)), 0o755)
        depends = next(name for name in members if name.endswith("/modules.dep"))
        order = load_order(read(depends).decode(), EARLY_MODULES)
        for path in order:
            archive.add_file(f"modules/{os.path.basename(path)}", read(f"{os.path.dirname(depends)}/{path}"))
    archive.add_file("modules/order", "".join(f"{os.path.basename(path)}\n" for path in order).encode())
    (made / "initrd").write_bytes(archive.to_bytes())


def unpack_kernel(packed):
    """The ELF file inside a bzImage, which QEMU starts directly (PVH). Unpacked by the guest itself, an
    emulated reboot takes 15 s longer: it unpacks over code that QEMU has translated.
    Offsets: Linux's Documentation/x86/boot.rst (setup_sects, payload_offset, payload_length)."""
    offset, length = struct.unpack_from("<II", packed, 0x248)
    start = (packed[0x1F1] + 1) * 512 + offset
    # The last 4 bytes are the unpacked size and no part of the stream.
    payload = packed[start:start + length - 4]
    try:
        kernel = subprocess.run(["lz4", "-d", "-c"], input=payload, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    except FileNotFoundError as error:
        raise MachineError("lz4 is not installed") from error
    if not kernel.startswith(b"\x7fELF"):
        raise MachineError("the kernel is not packed with lz4, as Debian 12's cloud kernel is")
    return kernel


def load_order(modules_dep, names):
    """The modules @names and what they need, what is needed first. modules.dep lists a module's needs last first."""
    needs = {path: rest.split() for path, rest in (line.split(":", 1) for line in modules_dep.splitlines())}
    by_name = {os.path.basename(path).removesuffix(".ko"): path for path in needs}
    order = [path for name in names for path in [*reversed(needs[by_name[name]]), by_name[name]]]
    return list(dict.fromkeys(order))


def _make_disk(work, disk):
    # Devices are left out: making them takes a privilege, and the kernel fills /dev.
    script = ('trap "rm -rf tree" EXIT && mkdir tree && '
              'tar -C tree --exclude="./dev/*" --exclude=./boot/vmlinuz -xf root.tar && '
              'mke2fs -q -t ext4 -d tree -L vm -m 0 -N 32768 -J size=4 '
              '-E lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0 '
              f'-O ^metadata_csum {shlex.quote(str(disk))} {DISK_SIZE}')
    # Who is not root becomes it in a user namespace of his own, as mmdebstrap does.
    become_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto"]
    run([*become_root, "sh", "-c", script], work, cwd=work,
         env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"})
