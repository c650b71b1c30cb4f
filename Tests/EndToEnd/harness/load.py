#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A load client that checks every answer: status, length and bytes.
#
# It measures whether a server keeps its promises while it is reloaded, killed or short of a peer,
# not how fast it is (that is Benchmarks/run.py). It knows HTTP/1.1 framing and nothing else.
"""Sends requests over many connections and verifies each answer.

As a program:

    load.py --port 3000 --target /index.html --target '{"path": "/api/x", "status": [200, 502]}' \
            --connections 8 --fresh 2 --seconds 5

As a library, in a process of its own so that it does not share a lock with the test's peers:

    with Load(port, ["/index.html", Target("/api/whoami")], connections=8, fresh=2) as load:
        load.wait_for(100)
        ...                                   # reload, kill, restart
    report = load.report                      # a Report; report.failures must be 0

`connections` workers keep their connection alive; `fresh` further workers open a new one for every
request. A kept-alive connection that ends before one byte of the answer is tried once more on a new
connection, as browsers do (RFC 9110 section 9.2.2), and is counted in `retries`, not in `failures`.
"""
import argparse
import asyncio
import dataclasses
import hashlib
import json
import subprocess
import sys
import time
from typing import Dict, List, Optional, Union

HEAD_LIMIT = 64 * 1024
IDEMPOTENT = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")


@dataclasses.dataclass
class Target:
    """One request and what its answer must be.

    Without `length`, `sha256` or `any_of`, the first 2xx answer is remembered and every later one
    must be the same bytes; `varies=True` switches that off.
    """
    path: str
    method: str = "GET"
    status: Union[int, List[int]] = 200
    length: Optional[int] = None
    sha256: Optional[str] = None
    any_of: List[str] = dataclasses.field(default_factory=list)   # permitted SHA-256 values
    varies: bool = False
    fields: Dict[str, str] = dataclasses.field(default_factory=dict)
    content: str = ""

    @staticmethod
    def of(value):
        if isinstance(value, Target):
            return value
        if isinstance(value, str) and not value.startswith("{"):
            return Target(value)
        return Target(**(json.loads(value) if isinstance(value, str) else value))

    def statuses(self):
        return self.status if isinstance(self.status, list) else [self.status]


@dataclasses.dataclass
class Report:
    """What happened so far. Times are in seconds."""
    answers: int = 0            # answers that were right in every respect
    failures: int = 0           # requests without a right answer
    retries: int = 0            # stale kept-alive connections, tried again
    opened: int = 0             # connections opened
    closed_by_server: int = 0   # kept-alive answers with `Connection: close`
    latency_max: float = 0.0
    latency_p50: float = 0.0
    latency_p99: float = 0.0
    gap_max: float = 0.0        # the longest time without any right answer
    seconds: float = 0.0
    reasons: Dict[str, int] = dataclasses.field(default_factory=dict)     # failures by reason
    examples: List[str] = dataclasses.field(default_factory=list)         # the first few of them
    statuses: Dict[str, int] = dataclasses.field(default_factory=dict)
    bodies: Dict[str, int] = dataclasses.field(default_factory=dict)      # SHA-256 → answers


class Load:
    """Runs this file as a child process; usable as a context manager."""

    def __init__(self, port, targets, *, connections=4, fresh=0, host="127.0.0.1", timeout=10.0,
                 pause=0.0, authority=None):
        self.command = [
            sys.executable, __file__, "--host", host, "--port", str(port),
            "--connections", str(connections), "--fresh", str(fresh),
            "--timeout", str(timeout), "--pause", str(pause), "--piped"]
        if authority:
            self.command += ["--authority", authority]
        for target in targets:
            value = json.dumps(dataclasses.asdict(Target.of(target)))
            self.command += ["--target", value]
        self.process = None
        self.report = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def so_far(self):
        """The report up to now; the load goes on."""
        self.process.stdin.write("report\n")
        self.process.stdin.flush()
        return Report(**json.loads(self.process.stdout.readline()))

    def wait_for(self, answers, seconds=10.0):
        """Waits until this many right answers were counted; returns the report."""
        deadline = time.monotonic() + seconds
        while True:
            report = self.so_far()
            if report.answers >= answers:
                return report
            if time.monotonic() > deadline:
                raise TimeoutError(f"{answers} answers did not come within {seconds} s: {report}")
            time.sleep(0.02)

    def stop(self):
        """Lets every request in flight finish, ends the client and returns the last report."""
        if self.process is not None:
            out, _ = self.process.communicate()
            self.process = None
            self.report = Report(**json.loads(out.strip().splitlines()[-1]))
        return self.report

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Failure(Exception):
    """An answer that is missing or wrong, with a short reason that groups well."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


class Stale(Exception):
    """The connection ended before one byte of the answer."""


class Answer:
    __slots__ = ("status", "fields", "content", "persists")


def parse_head(head):
    lines = head[:-4].split(b"\r\n")
    parts = lines[0].split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or len(parts[1]) != 3 \
            or not parts[1].isdigit():
        raise Failure("malformed status line", repr(lines[0][:80]))
    fields = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip() or b"\n" in line:
            raise Failure("malformed field line", repr(line[:80]))
        fields.setdefault(name.lower(), []).append(value.strip(b" \t"))
    return parts[0], int(parts[1]), fields


async def exactly(reader, count):
    try:
        return await reader.readexactly(count)
    except asyncio.IncompleteReadError as error:
        raise Failure("content cut short", f"{len(error.partial)} of {count} bytes")


async def read_chunked(reader):
    pieces = []
    while True:
        line = await reader.readline()
        size = line.partition(b";")[0].strip()
        if not line.endswith(b"\r\n") or not size:
            raise Failure("malformed chunk", repr(line[:40]))
        try:
            count = int(size, 16)
        except ValueError:
            raise Failure("malformed chunk", repr(line[:40]))
        if count == 0:
            while (await exactly_line(reader)) != b"\r\n":
                pass
            return b"".join(pieces)
        pieces.append(await exactly(reader, count))
        if await exactly(reader, 2) != b"\r\n":
            raise Failure("malformed chunk", "no CRLF after the data")


async def exactly_line(reader):
    line = await reader.readline()
    if not line.endswith(b"\r\n"):
        raise Failure("content cut short", "inside the trailer section")
    return line


async def read_answer(reader, method):
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                raise Stale()
            raise Failure("head cut short", repr(error.partial[:60]))
        except asyncio.LimitOverrunError:
            raise Failure("head too large")
        version, status, fields = parse_head(head)
        if status >= 200 or status == 101:
            break
    answer = Answer()
    answer.status, answer.fields = status, fields
    connection = b",".join(fields.get(b"connection", [])).lower()
    answer.persists = b"close" not in connection and version == b"HTTP/1.1"
    lengths = fields.get(b"content-length", [])
    chunked = b"transfer-encoding" in fields
    if len(lengths) > 1 or (lengths and chunked) or (lengths and not lengths[0].isdigit()):
        raise Failure("ambiguous framing", repr(fields)[:120])
    if method == "HEAD" or status in (204, 304):
        answer.content = b""
    elif chunked:
        answer.content = await read_chunked(reader)
    elif lengths:
        answer.content = await exactly(reader, int(lengths[0]))
    else:
        answer.content = await reader.read()
        answer.persists = False
    return answer


class Client:
    """All workers of one run, and what they counted."""

    def __init__(self, options, targets):
        self.options = options
        self.targets = targets
        self.expected = {}
        self.numbers = Report()
        self.latencies = []
        self.began = time.monotonic()
        self.last_answer = self.began
        self.next_target = 0
        self.stopping = asyncio.Event()

    def bytes_of(self, target, persists):
        host = self.options.authority or f"{self.options.host}:{self.options.port}"
        lines = [f"{target.method} {target.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in target.fields.items()]
        content = target.content.encode()
        if content or target.method in ("POST", "PUT", "PATCH"):
            lines.append(f"Content-Length: {len(content)}")
        if not persists:
            lines.append("Connection: close")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    async def open(self):
        self.numbers.opened += 1
        try:
            return await asyncio.open_connection(
                self.options.host, self.options.port, limit=HEAD_LIMIT)
        except ConnectionRefusedError:
            raise Failure("connection refused")
        except OSError as error:
            raise Failure("connect failed", str(error))

    async def ask(self, streams, target, persists):
        reader, writer = streams
        try:
            writer.write(self.bytes_of(target, persists))
            await writer.drain()
            return await read_answer(reader, target.method)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise Stale() from error

    def check(self, target, answer):
        if answer.status not in target.statuses():
            raise Failure(f"status {answer.status}", f"{target.method} {target.path}")
        digest = hashlib.sha256(answer.content).hexdigest()
        if target.method != "HEAD":
            if target.length is not None and len(answer.content) != target.length:
                raise Failure("wrong length", f"{len(answer.content)} for {target.path}")
            if target.sha256 and digest != target.sha256:
                raise Failure("wrong bytes", target.path)
            if target.any_of and digest not in target.any_of:
                raise Failure("wrong bytes", target.path)
            learns = not (target.varies or target.sha256 or target.any_of)
            if learns and 200 <= answer.status < 300:
                key = (target.method, target.path, answer.status)
                if self.expected.setdefault(key, digest) != digest:
                    raise Failure("bytes changed", target.path)
        self.numbers.statuses[str(answer.status)] = \
            self.numbers.statuses.get(str(answer.status), 0) + 1
        self.numbers.bodies[digest] = self.numbers.bodies.get(digest, 0) + 1

    def answered(self, began):
        now = time.monotonic()
        self.numbers.answers += 1
        self.numbers.gap_max = max(self.numbers.gap_max, now - self.last_answer)
        self.last_answer = now
        self.latencies.append(now - began)

    def failed(self, failure):
        numbers = self.numbers
        numbers.failures += 1
        numbers.reasons[failure.reason] = numbers.reasons.get(failure.reason, 0) + 1
        if len(numbers.examples) < 10:
            numbers.examples.append(f"{time.monotonic() - self.began:.3f} s {failure}")

    async def one(self, streams, target, keeps):
        """One request with its possible second try; returns the connection if it persists."""
        began = time.monotonic()
        reused = streams is not None
        try:
            if streams is None:
                streams = await self.open()
            try:
                answer = await self.ask(streams, target, keeps)
            except Stale:
                if not reused or target.method not in IDEMPOTENT:
                    raise Failure("closed without an answer")
                self.numbers.retries += 1
                close(streams)
                streams = await self.open()
                try:
                    answer = await self.ask(streams, target, keeps)
                except Stale:
                    raise Failure("closed without an answer", "on a new connection")
            self.check(target, answer)
            self.answered(began)
        except Failure as failure:
            self.failed(failure)
            close(streams)
            return None
        except asyncio.CancelledError:
            close(streams)
            raise
        if keeps and answer.persists:
            return streams
        if keeps:
            self.numbers.closed_by_server += 1
        close(streams)
        return None

    async def worker(self, keeps):
        streams = None
        while not self.stopping.is_set():
            target = self.targets[self.next_target % len(self.targets)]
            self.next_target += 1
            failures = self.numbers.failures
            try:
                streams = await asyncio.wait_for(
                    self.one(streams, target, keeps), self.options.timeout)
            except asyncio.TimeoutError:
                self.failed(Failure("timed out", f"{target.method} {target.path}"))
                streams = None
            if self.options.pause:
                await asyncio.sleep(self.options.pause)
            elif self.numbers.failures > failures:
                await asyncio.sleep(0.005)   # a server that is down must not be hammered
        close(streams)

    def report(self):
        numbers = self.numbers
        now = time.monotonic()
        ordered = sorted(self.latencies)
        if ordered:
            numbers.latency_max = ordered[-1]
            numbers.latency_p50 = ordered[len(ordered) // 2]
            numbers.latency_p99 = ordered[len(ordered) * 99 // 100]
        numbers.gap_max = max(numbers.gap_max, now - self.last_answer)
        numbers.seconds = now - self.began
        return json.dumps(dataclasses.asdict(numbers))

    async def obey(self):
        """Answers `report` lines on standard input; its end is the end of the run."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while (await reader.readline()).strip() == b"report":
            print(self.report(), flush=True)

    async def run(self):
        workers = [asyncio.ensure_future(self.worker(True))
                   for _ in range(self.options.connections)]
        workers += [asyncio.ensure_future(self.worker(False)) for _ in range(self.options.fresh)]
        if self.options.piped:
            await self.obey()
        else:
            await asyncio.sleep(self.options.seconds)
        self.stopping.set()
        await asyncio.gather(*workers)
        print(self.report(), flush=True)


def close(streams):
    if streams is not None:
        streams[1].close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, required=True)
    add("--authority", help="the Host field; HOST:PORT otherwise")
    add("--target", action="append", help="a path, or a JSON object with the fields of Target")
    add("--connections", type=int, default=4, help="workers that keep their connection")
    add("--fresh", type=int, default=0, help="workers that open one per request")
    add("--seconds", type=float, default=5)
    add("--timeout", type=float, default=10, help="for one request, in seconds")
    add("--pause", type=float, default=0, help="between two requests of a worker, in seconds")
    add("--piped", action="store_true", help="run until standard input ends")
    options = parser.parse_args()
    targets = [Target.of(value) for value in options.target or ["/"]]

    async def go():
        client = Client(options, targets)
        await client.run()
        return client.numbers.failures
    sys.exit(1 if asyncio.run(go()) and not options.piped else 0)


if __name__ == "__main__":
    main()
