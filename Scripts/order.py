#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Writes Scripts/order.txt: the functions that run once a worker serves, for the linker to put side
# by side. Without it they lie between others that run once, and the kernel maps 64 KB around each.
#
# Any executable with symbols will do (BERANDA_KEEP_SYMBOLS=1 make build). A name in the list that
# is gone does no harm, and a function that is missing only lies elsewhere: once a release will do.
# Objects that are older than -function-sections are not written anew by the compiler: `make clean`.
"""Writes the order of functions: Scripts/order.py [EXECUTABLE]."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Benchmarks"))

import profiles  # noqa: E402
import servers  # noqa: E402
import works  # noqa: E402

# What is written by hand in assembly, or by the compiler for many functions at once, stays.
UNKNOWN = re.compile(r"^(?:0x|\?\?\?|\(below main\)|[^ ]*'\d+$)")

HEAD = """\
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Written by order.py: functions that run while a worker serves.
"""


def executed(path):
    """The functions with a cost of their own in a file of callgrind."""
    names, found, current = {}, set(), None
    for line in path.read_text(errors="replace").splitlines():
        match = re.match(r"(c?fn)=\((\d+)\)(?: (.*))?$", line)
        if match:
            kind, number, name = match.groups()
            if name:
                names[number] = name
            if kind == "fn":
                current = names[number]
        elif line[:1].isdigit() or line[:1] in "+-*":
            found.add(current)
    return {name for name in found if name and not UNKNOWN.match(name)}


def run(executable, commands):
    """Starts a server, runs commands against it, ends it. Returns: what ran after the start."""
    with tempfile.TemporaryDirectory(prefix="beranda-order-") as folder:
        directory = pathlib.Path(folder)
        directory.chmod(0o777)
        works.write_files(directory / "root")
        servers.write_certificate(directory)
        origin = servers.Origin(directory)
        server = servers.Beranda(executable, directory, directory / "root", origin.port)
        server.configure(has_tls=True)
        plain = server.command() + (["-g", "user root;"] if os.geteuid() == 0 else [])
        plain[0] = profiles.traceable(plain[0])
        server.command = lambda: [
            "valgrind", "--tool=callgrind", "--trace-children=yes", "--demangle=no", "-q",
            "--zero-before=cshims_release_image", f"--callgrind-out-file={folder}/out.%p", *plain]
        try:
            server.start()
            for command in commands(server):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            time.sleep(5)
        finally:
            server.stop()
            origin.stop()
        return set().union(*(executed(path) for path in directory.glob("out.*")))


def plain_commands(server):
    """Files with and without coding, conditions, errors, and a peer."""
    at = f"http://127.0.0.1:{server.port}"
    curl = ["curl", "-s", "-o", "/dev/null"]
    yield from ([*curl, f"{at}{path}"] for path in (
        "/small.html", "/style.css", "/large.bin", "/nothing", "/api/1k", "/api/100k"))
    for _ in range(3):
        yield [*curl, "-H", "Accept-Encoding: gzip, br", f"{at}/style.css", f"{at}/app.js"]
        yield [*curl, "--next", f"{at}/small.html", f"{at}/small.html", f"{at}/api/1k"]
    yield ["wrk", "-t1", "-c8", "-d2s", f"{at}/small.html"]
    yield ["wrk", "-t1", "-c8", "-d2s", f"{at}/api/1k"]


def secure_commands(server):
    """The same over TLS, with HTTP/1 and with HTTP/2."""
    at = f"https://127.0.0.1:{server.tls_port}"
    for version in ("--http1.1", "--http2"):
        for path in ("/small.html", "/style.css", "/large.bin", "/nothing", "/api/1k"):
            yield ["curl", "-sk", "-o", "/dev/null", version, "-H", "Accept-Encoding: br",
                   at + path, at + path]
    yield ["h2load", "-c2", "-m8", "-n200", f"{at}/small.html"]


def place(name):
    """Swift's own functions first: C libraries come in one piece for each file, needed or not."""
    return (not name.startswith(("$s", "_Z", "swift_")), name)


def main():
    executable = sys.argv[1] if len(sys.argv) > 1 else str(HERE.parent / "bin" / "beranda")
    plain = run(executable, plain_commands)
    secure = run(executable, secure_commands) - plain
    lines = [*sorted(plain, key=place), *sorted(secure, key=place)]
    (HERE / "order.txt").write_text(HEAD + "\n".join(lines) + "\n")
    print(f"{len(plain)} functions, and {len(secure)} more with TLS")


if __name__ == "__main__":
    main()
