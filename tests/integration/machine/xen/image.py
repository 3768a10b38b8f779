# SPDX-License-Identifier: LGPL-2.1-or-later
"""The parts that a Xen machine boots from: the hypervisor, dom0's kernel and initial RAM disk, and those of
its domains. Built once from the recipe beside this file and kept; nothing of Guestwire is in them."""

import lzma
import os
import pathlib
import re
import shlex
import struct
import tarfile
import zlib

from .. import image
from ..cpio import Archive
from ..errors import MachineError

HERE = pathlib.Path(__file__).parent
RECIPE = HERE / "recipe"
BUILD_SECONDS = 60
DOM0_MODULES = ["xen-privcmd", "xen-evtchn", "xen-gntdev", "xen-gntalloc", "xenfs", "virtio_pci", "virtio_console", "unix_diag"]
LINKS_MAX = 20  # symbolic links on the way to one file
# As Debian has it since it merged /usr.
MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}
GROUPS = ["root", "tty", "dialout", "kmem", "input", "video", "audio", "render", "sgx", "kvm", "disk", "cdrom", "lp", "tape"]


class Image:
    """A built image. Its files are only ever read."""

    def __init__(self, directory):
        self.directory = directory
        self.hypervisor = directory / "xen"
        self.dom0_kernel = directory / "dom0-vmlinux"
        self.dom0_initrd = directory / "dom0-initrd"
        self.domu_kernel = directory / "domu-vmlinuz"
        self.domu_initrd = directory / "domu-initrd"


def get():
    """The image of today's recipe; builds it when it is not there."""
    files = [*RECIPE.rglob("*"), pathlib.Path(__file__), *image.CODE]
    return Image(image.get_built("xen", files, BUILD_SECONDS, _build))


def _build(work, made):
    (work / "sources.list").write_text(image.package_sources())
    lists = "".join(f"{side}_files={shlex.quote(' '.join(image.words_of(RECIPE / f'{side}.files')))}\n" for side in ("dom0", "domu"))
    image.run(["mmdebstrap", "--variant=extract", "--format=tar", f"--include={','.join(image.words_of(RECIPE / 'packages'))}",
               "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
               f"--extract-hook={lists}{(RECIPE / 'select').read_text()}",
               image.SUITE, str(work / "root.tar"), str(work / "sources.list")], work)
    with tarfile.open(work / "root.tar") as tar:
        tree = Tree(tar)
        files = Image(made)
        files.hypervisor.write_bytes(zlib.decompress(tree.read(tree.only(r"boot/xen-.*\.gz")), wbits=31))
        kernel = tree.only(r"boot/vmlinuz-[0-9.-]+-amd64")
        files.dom0_kernel.write_bytes(_unpack_kernel(tree.read(kernel)))
        files.domu_kernel.write_bytes(tree.read(tree.only(r"boot/vmlinuz-.*-cloud-amd64")))
        files.dom0_initrd.write_bytes(_dom0(tree, kernel.removeprefix("boot/vmlinuz-")))
        files.domu_initrd.write_bytes(_domu(tree))


class Tree:
    """The unpacked packages, as they lie in a tar archive."""

    def __init__(self, tar):
        self._tar = tar
        self._members = {member.name.removeprefix("./").rstrip("/"): member for member in tar}

    def only(self, pattern):
        """The one name that @pattern matches as a whole."""
        names = [name for name in self._members if re.fullmatch(pattern, name)]
        if len(names) != 1:
            raise MachineError(f"{len(names)} files in the packages match {pattern}: {' '.join(names)}")
        return names[0]

    def read(self, name):
        return self._tar.extractfile(self._find(name)).read()

    def is_program(self, name):
        return bool(self._find(name).mode & 0o111)

    def _find(self, name):
        """Follows symbolic links, in any part of the name, and takes the root of the archive for theirs."""
        done, left = [], name.strip("/").split("/")
        for _ in range(LINKS_MAX):
            while left:
                part = left.pop(0)
                if part == "..":
                    done.pop()
                    continue
                member = self._members.get("/".join([*done, part]))
                if member is None:
                    raise MachineError(f"{name} is not in the packages")
                if member.issym():
                    if member.linkname.startswith("/"):
                        done = []
                    left = [*member.linkname.strip("/").split("/"), *left]
                    break
                done.append(part)
            else:
                return member
        raise MachineError(f"{name}: too many symbolic links")


def _common(tree, side):
    """An archive with what both sides have."""
    archive = Archive()
    for name, target in MERGED.items():
        archive.add_directory(target)
        archive.add_symlink(name, target)
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "var/lib", "applets"):
        archive.add_directory(name)
    archive.add_symlink("var/run", "../run")
    archive.add_symlink("usr/bin/sh", "dash")
    archive.add_file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.add_file("etc/group", "".join(f"{name}:x:{number}:\n" for number, name in enumerate(GROUPS)).encode())
    archive.add_file("init", (RECIPE / f"{side}-init").read_bytes(), 0o755)
    for name in dict.fromkeys(tree.read(f"selected/{side}").decode().split()):
        for directory, target in MERGED.items():
            if name.startswith(f"/{directory}/"):
                name = f"/{target}{name.removeprefix(f'/{directory}')}"
        archive.add_file(name, tree.read(name), 0o755 if tree.is_program(name) else 0o644)
    return archive


def _dom0(tree, version):
    archive = _common(tree, "dom0")
    order = image.load_order(tree.read(f"usr/lib/modules/{version}/modules.dep").decode(), DOM0_MODULES)
    for path in order:
        archive.add_file(f"modules/{os.path.basename(path)}", tree.read(f"usr/lib/modules/{version}/{path}"))
    archive.add_file("modules/order", "".join(f"{os.path.basename(path)}\n" for path in order).encode())
    archive.add_file("usr/bin/attach-console", (RECIPE / "attach-console").read_bytes(), 0o755)
    return archive.to_bytes()


def _domu(tree):
    return _common(tree, "domu").to_bytes()


def _unpack_kernel(packed):
    """As image.unpack_kernel(), of Debian's standard kernel, which is packed with xz."""
    offset, length = struct.unpack_from("<II", packed, 0x248)
    start = (packed[0x1F1] + 1) * 512 + offset
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(packed[start:start + length])
