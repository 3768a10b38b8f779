#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holds the arrows of the house: who may include whom, where json-glib's
parser may be named, and that each file says its licence."""

import os
import re
import sys

ROOT = sys.argv[1]

PROTO = ["proto", "proto/file", "proto/port", "proto/session", "proto/xenstore"]
# What is made of calls of a GwClient.
ON_CLIENT = PROTO + ["host/lib", "host/lib/calls", "host/lib/wire"]
# A folder, and the folders that its files may include from, besides itself.
MAY_INCLUDE = {
    "proto": [],
    "proto/session": ["proto"],
    "proto/file": ["proto"],
    "proto/port": ["proto", "proto/session"],
    "proto/xenstore": ["proto"],
    "guest": PROTO,
    "host/lib/calls": PROTO,
    "host/lib/wire": PROTO + ["host/lib/calls"],
    "host/lib/domain": PROTO + ["host/lib/wire"],
    "host/lib/chardev": PROTO + ["host/lib/wire", "host/lib/domain"],
    "host/lib": PROTO + ["host/lib/calls", "host/lib/wire", "host/lib/domain"],
    "host/lib/process": ON_CLIENT,
    "host/lib/transfer": ON_CLIENT + ["host/lib/process"],
    "host/lib/events": ON_CLIENT,
    "host/lib/forward": ON_CLIENT,
    "host/cli": ["host/lib", "proto"],
    "host/libvirt": ["proto", "proto/port"],
}
# Stands for all that is public.
UMBRELLA = "host/lib/guestwire.h"
# Finer: a transport sees no message, a command sees no port, and what commands are made of sees no command.
MAY_NOT_INCLUDE = [
    ("guest/transports", ["gw-message.h", "gw-json.h", "gw-line.h", "gw-command.h", "gw-commands.h"]),
    ("guest/commands/gw-command", ["gw-port.h", "gw-poll.h", "gw-line.h", "gw-text-voice.h", "gw-channel.h"]),
    *((room, ["gw-command.h", "gw-commands.h", "gw-call-work.h", "gw-line.h", "gw-text-voice.h", "gw-channel.h"])
      for room in ("guest/programs", "guest/files", "guest/freeze", "guest/forward")),
    ("guest/discovery", ["gw-message.h", "gw-json.h", "gw-line.h", "gw-command.h", "gw-port.h"]),
    ("proto/gw-", ["gw-port.h", "gw-poll.h"]),
    ("proto/session/", ["gw-port.h", "gw-poll.h"]),
]
# What the command may take from proto: what the library makes public.
PUBLIC_PROTO = ["gw-error.h", "gw-export.h", "gw-json.h", "gw-limits.h"]
PARSER = re.compile(r"json_parser_|JSON_TYPE_PARSER|json_from_string|json_gobject_from_data|json_reader_")
IO = re.compile(r"#include <(unistd|fcntl|poll|termios|sys/socket|sys/epoll|gio/gio)\.h>")
NO_IO = ("proto/gw-", "proto/session/", "proto/xenstore/gw-xenstore-wire")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
GENERATED = {"config.h", "gw-enum-types.h"}


def files(*endings):
    for folder, names, found in os.walk(ROOT):
        names[:] = [n for n in names if not n.startswith((".git", "build", "__pycache__"))]
        for name in found:
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


SOURCES = sorted(p for p in files(".c", ".h") if not p.startswith("tests/"))
PLACE = {os.path.basename(p): p for p in SOURCES}


def area(path):
    fitting = [a for a in MAY_INCLUDE if path.startswith(a + "/")]
    return max(fitting, key=len) if fitting else None


def check_arrows():
    for path in SOURCES:
        if path == UMBRELLA:
            continue
        for name in INCLUDE.findall(read(path)):
            base = os.path.basename(name)
            if base in GENERATED:
                continue
            if base not in PLACE:
                yield f"{path} includes {name}, which is nowhere"
                continue
            there, here = area(PLACE[base]), area(path)
            if there != here and there not in MAY_INCLUDE[here]:
                yield f"{path} includes {PLACE[base]}: {here} may not know {there}"
            if here == "host/cli" and there == "proto" and base not in PUBLIC_PROTO:
                yield f"{path} includes {base}, which the library does not make public"


def check_fine_arrows():
    for prefix, names in MAY_NOT_INCLUDE:
        for path in SOURCES:
            if path.startswith(prefix):
                for name in INCLUDE.findall(read(path)):
                    if os.path.basename(name) in names:
                        yield f"{path} includes {name}"


def check_unique_names():
    seen = {}
    for path in SOURCES:
        other = seen.setdefault(os.path.basename(path), path)
        if other != path and not path.endswith("/main.c"):
            yield f"{path} and {other} share a name"


def check_parser():
    for path in SOURCES:
        if path != "proto/gw-json.c" and PARSER.search(read(path)):
            yield f"{path} names json-glib's parser: text goes through gw_json_parse()"


def check_io():
    for path in SOURCES:
        if path.startswith(NO_IO) and IO.search(read(path)):
            yield f"{path} does I/O"


def check_licence():
    kept = (".c", ".h", ".py", ".build", ".md", ".in", ".rules", ".1", ".8", ".txt", ".map", ".bash")
    for path in files(*kept):
        if "SPDX-License-Identifier: LGPL-2.1-or-later" not in read(path)[:400] and "/corpus/" not in path:
            yield f"{path} has no SPDX line"


def check_length():
    # A table of bounds is one thing, however long.
    for path in (p for p in SOURCES if p != "proto/gw-limits.h"):
        lines = read(path).count("\n")
        if lines > 450:
            yield f"{path} has {lines} lines: which second thing does it do?"


CHECKS = [check_arrows, check_fine_arrows, check_unique_names, check_parser, check_io, check_licence, check_length]


def main():
    print(f"1..{len(CHECKS)}")
    failed = False
    for number, check in enumerate(CHECKS, 1):
        problems = list(check())
        failed = failed or bool(problems)
        print("not ok" if problems else "ok", number, check.__name__.replace("check_", "").replace("_", "-"))
        for problem in problems:
            print("#", problem)
    return 1 if failed else 0


sys.exit(main())
