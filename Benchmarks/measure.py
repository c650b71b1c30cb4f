# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The measurements: CPU time per request, memory per connection and at rest, time to first answer.
#
# Nothing here knows a budget or prints.
import http.client
import pathlib
import re
import select
import socket
import statistics
import subprocess
import time

import works
from servers import HERE, LOAD_CORE, pinned

REQUESTS = re.compile(r"(\d+) requests in ")
# Half a second each: what an encoder of the background may take.
SETTLING_TURNS = 30
ERRORS = re.compile(r"(Non-2xx or 3xx responses: .*|Socket errors: .*)")


def process_seconds(pid):
    """CPU seconds that a process used since it began, its ended threads included.

    Why: /proc/PID/stat counts in ticks of 10 ms, and /proc/PID/schedstat only the main thread. The
         clock of another process (see clock_getcpuclockid) has the scheduler's nanoseconds.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def pss_kilobytes(pids):
    """Proportional set size: pages that processes share are counted once."""
    total = 0
    for pid in pids:
        try:
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))
    return total


def wrk(server, work, seconds):
    """The command of the load generator."""
    command = ["wrk", "-t1", f"-c{work.connections}", f"-d{seconds}s"]
    for name, value in work.fields.items():
        command += ["-H", f"{name}: {value}"]
    if work.files:
        command += ["-s", str(HERE / "random.lua")]
    command.append(f"http://127.0.0.1:{server.port}{work.path}")
    return command + (["--", str(work.files)] if work.files else [])


def microseconds_per_request(server, work, seconds):
    """Runs the load generator once. Returns: (µs of CPU per request, requests, per second)."""
    pids = server.pids()
    before = {pid: process_seconds(pid) for pid in pids}
    began = time.perf_counter()
    command = pinned(LOAD_CORE, wrk(server, work, seconds))
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    elapsed = time.perf_counter() - began
    spent = sum(process_seconds(pid) - before.get(pid, 0.0) for pid in server.pids())
    if set(pids) - set(server.pids()):
        raise RuntimeError("a process of the server ended during the load")
    found = REQUESTS.search(out)
    if found is None or int(found.group(1)) == 0:
        raise RuntimeError("no request was answered")
    errors = ERRORS.search(out)
    if errors:
        raise RuntimeError(errors.group(1))
    requests = int(found.group(1))
    return spent * 1e6 / requests, requests, requests / elapsed


# How long a server may take to have the encoding ready that it keeps. Units: seconds.
ENCODING_PATIENCE = 15


def check(server, work):
    """Asks and looks at the answer, so that nobody is measured doing less than the others.

    A server that makes its best encoding beside the first answers is given the time for it: what
    is measured is what the many later requests cost.
    """
    deadline = time.monotonic() + ENCODING_PATIENCE
    while True:
        try:
            ask(server, work)
            ask(server, work)
            return
        except NotEncoded:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


class NotEncoded(RuntimeError):
    """The answer has not the coding that was accepted."""


def settle(server, work):
    """Asks until the answer no longer changes: who makes a better coding in the background has
    that work of once behind it then, and is measured by what it goes on to send.
    Returns: the bytes of content, and their coding."""
    answers = []
    for _ in range(SETTLING_TURNS):
        answers.append(ask(server, work))
        if len(answers) >= 4 and len(set(answers[-4:])) == 1:
            break
        time.sleep(0.5)
    return answers[-1]


def ask(server, work):
    """Asks once, and raises for an answer that is not the one wanted.
    Returns: the bytes of content, and their coding."""
    path, length = work.path, work.length
    if work.files:
        number = work.files // 2
        path, length = path + works.file_name(number), works.file_length(number)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers=work.fields)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    coding = response.headers.get("Content-Encoding")
    if response.status != 200:
        raise RuntimeError(f"status {response.status}")
    if "Accept-Encoding" in work.fields:
        if coding not in server.codings:
            raise NotEncoded(f"content coding {coding}")
        if len(content) > length * 0.6:
            raise RuntimeError(f"{len(content)} bytes: hardly compressed")
    elif len(content) != length:
        raise RuntimeError(f"{len(content)} bytes, not {length}")
    return len(content), coding


def open_connections(port, count, request, answered):
    """Opens `count` connections, sends `request` on each, and reads an answer if there is one."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), 10)
        connection.sendall(request)
        connections.append(connection)
        if answered:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            head, _, content = received.partition(b"\r\n\r\n")
            length = int(re.search(rb"content-length: *(\d+)", head, re.I).group(1))
            while len(content) < length:
                content += connection.recv(65536)
    return connections


def kilobytes_per_connection(server, count, request, answered):
    """Growth of the memory of all the server's processes, per connection that it keeps open."""
    for connection in open_connections(server.port, 4, request, answered):
        connection.close()
    time.sleep(0.3)
    before = pss_kilobytes(server.pids())
    connections = open_connections(server.port, count, request, answered)
    time.sleep(1.5)
    after = pss_kilobytes(server.pids())
    try:
        poller = select.poll()
        for connection in connections:
            poller.register(connection, select.POLLIN | select.POLLRDHUP)
        gone = len(poller.poll(0))
        if gone:
            raise RuntimeError(f"{gone} of {count} connections were closed by the server")
    finally:
        for connection in connections:
            connection.close()
    return (after - before) / count


def idle_kilobytes(server, count):
    """A connection that had one answer and waits."""
    path = "/small.html" if server.serves_files else "/api/1k"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    return kilobytes_per_connection(server, count, request, True)


def head_kilobytes(server, count):
    """A connection whose head never ends, as of a slow or malicious client."""
    request = b"GET /small.html HTTP/1.1\r\nHost: localhost\r\nX-Field: a"
    return kilobytes_per_connection(server, count, request, False)


def rest_megabytes(server):
    """All processes after one answer."""
    time.sleep(0.5)
    return pss_kilobytes(server.pids()) / 1024


def start_milliseconds(server, times=7):
    """From the start of the process to the first whole answer; median of several starts."""
    values = []
    for _ in range(times):
        server.stop()
        values.append(server.start() * 1000)
    return statistics.median(values)
