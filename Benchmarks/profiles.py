# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The two profiles of profile.sh, which prepares the executable and explains them.
import http.client
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import measure
import servers
import works

WARM_UP, COUNTED = 200, 2000


def demangled(text):
    if shutil.which("swift") is None:
        return text
    return subprocess.run(["swift", "demangle", "--compact"], input=text, capture_output=True,
                          text=True).stdout


def sampled(server, work, directory):
    """Records all the server's processes for four seconds in the middle of a load."""
    data = directory / "perf.data"
    server.start()
    load = subprocess.Popen(
        servers.pinned(servers.LOAD_CORE, measure.wrk(server, work, 6)), stdout=subprocess.DEVNULL)
    # Software clock: virtual machines often have no hardware counters.
    subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-o", str(data),
                    "-p", ",".join(map(str, server.pids())), "--", "sleep", "4"], check=True)
    load.wait()
    server.stop()
    report = subprocess.run(
        ["perf", "report", "-i", str(data), "--stdio", "--no-children", "--percent-limit", "0.4",
         "--fields", "overhead,dso,symbol"], capture_output=True, text=True).stdout
    print(demangled("\n".join(line for line in report.splitlines() if line.strip())))


def ask(port, work, count):
    source = random.Random(1)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(count):
        path = work.path
        if work.files:
            path += works.file_name(source.randrange(work.files))
        connection.request("GET", path, headers=work.fields)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            sys.exit(f"status {response.status}")
    connection.close()


# As long as what it stands for, because it is written over it.
COPY = b"/tmp/beranda.p"


def traceable(executable):
    """A copy of the executable that starts its worker by a name: valgrind cannot follow a process
    that is started through /proc/self/exe."""
    if executable == COPY.decode():
        return executable
    # Text as short as this stands in two halves between instructions, or in data of 16 bytes.
    own = re.compile(rb"/proc/se(.{0,4}?)lf/exe(?=\x00\xee)", re.S)
    pathlib.Path(COPY.decode()).write_bytes(own.sub(
        lambda match: COPY[:8] + match[1] + COPY[8:], pathlib.Path(executable).read_bytes()))
    os.chmod(COPY, 0o755)
    # Valgrind takes names from the symbols, and gives up on newer debugging information.
    subprocess.run(["strip", "--strip-debug", COPY], check=True)
    return COPY.decode()


def counted_run(server, work, directory, requests):
    """One run under callgrind. Returns: instructions of all processes, and the largest output."""
    folder = directory / str(requests)
    folder.mkdir()
    plain = type(server).command(server)
    if isinstance(server, servers.Beranda):
        plain[0] = traceable(plain[0])
        if os.geteuid() == 0:
            plain += ["-g", "user root;"]   # nobody could not write what was counted
    server.command = lambda: [
        "valgrind", "--tool=callgrind", "--trace-children=yes", "-q",
        f"--callgrind-out-file={folder}/out.%p", *plain]
    server.start()
    ask(server.port, work, requests)
    server.stop()
    outputs = sorted(folder.glob("out.*"), key=lambda path: path.stat().st_size)
    totals = [int(total) for path in outputs
              for total in re.findall(r"^(?:totals|summary): (\d+)", path.read_text(), re.M)[-1:]]
    return sum(totals), outputs[-1]


def counted(server, work, directory):
    """The difference of a long and a short run: what starting costs falls out."""
    warm_up = WARM_UP + 8 * work.files
    short, _ = counted_run(server, work, directory, warm_up)
    long, output = counted_run(server, work, directory, warm_up + COUNTED)
    annotated = subprocess.run(["callgrind_annotate", "--threshold=95", str(output)],
                               capture_output=True, text=True).stdout
    print(demangled("\n".join(annotated.splitlines()[:70])))
    print(f"\n{(long - short) / COUNTED:.0f} instructions per request ({work.title})")


def main():
    mode, row, name, executable = sys.argv[1:5]
    kind = next(kind for kind in servers.ALL if kind.name == name)
    work = next((work for work in works.WORKS if work.name == row), None)
    if work is None:
        sys.exit(f"no such row: {row}; there are {', '.join(w.name for w in works.WORKS)}")
    with tempfile.TemporaryDirectory(prefix="beranda-profile-") as folder:
        directory = pathlib.Path(folder)
        directory.chmod(0o755)
        works.write_files(directory / "root")
        origin = servers.Origin(directory)
        server = kind(os.path.abspath(executable) if executable else kind.find(), directory,
                      directory / "root", origin.port)
        try:
            (sampled if mode == "perf" else counted)(server, work, directory)
        except RuntimeError as error:
            sys.exit(f"{name} {error}")
        finally:
            server.stop()
            origin.stop()


if __name__ == "__main__":
    main()
