# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The measurements: CPU time per request, memory per connection and at rest, time to first answer.
#
# Nothing here knows a budget or prints.
import functools
import http.client
import pathlib
import re
import select
import socket
import ssl
import statistics
import subprocess
import time

import works
from servers import HERE, LOAD_CORE, compiled, pinned

REQUESTS = re.compile(r"(\d+) requests in |requests: .* (\d+) succeeded")
# Half a second each: what an encoder of the background may take.
SETTLING_TURNS = 30
ERRORS = re.compile(
    r"(Non-2xx or 3xx responses: .*|Socket errors: .*|.* [1-9]\d* (?:failed|errored|timeout).*)")


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
    """The command of the load generator of HTTP/1."""
    command = ["wrk", "-t1", f"-c{work.connections}", f"-d{seconds}s"]
    for name, value in work.fields.items():
        command += ["-H", f"{name}: {value}"]
    if work.files:
        command += ["-s", str(HERE / "random.lua")]
    command.append(url(server, work))
    return command + (["--", str(work.files)] if work.files else [])


def h2load(server, work, seconds):
    """The command of the load generator of HTTP/2."""
    command = ["h2load", "-t1", f"-c{work.connections}", f"-m{work.streams}", f"-D{seconds}"]
    for name, value in work.fields.items():
        command += ["-H", f"{name}: {value}"]
    return command + [url(server, work)]


@functools.lru_cache(maxsize=None)
def handshakes_program(directory):
    return compiled("handshakes.c", directory, "-lssl", "-lcrypto")


def load_command(server, work, seconds):
    if work.protocol in ("new", "resumed"):
        return [handshakes_program(server.directory), str(server.tls_port), str(seconds),
                work.protocol]
    return (h2load if work.protocol == "h2" else wrk)(server, work, seconds)


def url(server, work):
    if work.protocol == "http":
        return f"http://127.0.0.1:{server.port}{work.path}"
    return f"https://127.0.0.1:{server.tls_port}{work.path}"


def microseconds_per_request(server, work, seconds):
    """Runs the load generator once. Returns: (µs of CPU per request, requests, per second)."""
    pids = server.pids()
    before = {pid: process_seconds(pid) for pid in pids}
    began = time.perf_counter()
    command = pinned(LOAD_CORE, load_command(server, work, seconds))
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    elapsed = time.perf_counter() - began
    spent = sum(process_seconds(pid) - before.get(pid, 0.0) for pid in server.pids())
    if set(pids) - set(server.pids()):
        raise RuntimeError("a process of the server ended during the load")
    found = REQUESTS.search(out)
    requests = int(found and (found.group(1) or found.group(2)) or 0)
    if requests == 0:
        raise RuntimeError("no request was answered")
    errors = ERRORS.search(out)
    if errors:
        raise RuntimeError(errors.group(1))
    if work.protocol == "h2" and "Application protocol: h2\n" not in out:
        raise RuntimeError("it does not speak HTTP/2")
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
    if work.protocol == "http":
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", server.tls_port, timeout=10,
                                                 context=any_certificate())
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


def any_certificate():
    """A client that takes whatever certificate it is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def open_connections(server, count, request, answered, is_secure=False):
    """Opens `count` connections, sends `request` on each, and reads an answer if there is one."""
    connections, context = [], any_certificate()
    for _ in range(count):
        port = server.tls_port if is_secure else server.port
        connection = socket.create_connection(("127.0.0.1", port), 10)
        if is_secure:
            connection = context.wrap_socket(connection)
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


def kilobytes_per_connection(server, count, request, answered, is_secure=False):
    """Growth of the memory of all the server's processes, per connection that it keeps open."""
    for connection in open_connections(server, 4, request, answered, is_secure):
        connection.close()
    time.sleep(0.3)
    before = pss_kilobytes(server.pids())
    connections = open_connections(server, count, request, answered, is_secure)
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


def idle_kilobytes(server, count, is_secure=False):
    """A connection that had one answer and waits."""
    path = "/small.html" if server.serves_files else "/api/1k"
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    return kilobytes_per_connection(server, count, request, True, is_secure)


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
