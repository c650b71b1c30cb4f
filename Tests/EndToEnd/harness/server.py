# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A server process with its own folder: the configuration written from a template, started as
# an administrator would, known by its pid file, stopped by signals to that pid only.

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from .ports import free_port
from .wire import Wire

ROOT = pathlib.Path(__file__).resolve().parents[3]

# Which server the tests run against: ours, or nginx, to check the expectations themselves.
UNDER_TEST = os.environ.get("BERANDA_UNDER_TEST", "beranda")
NGINX = shutil.which(os.environ.get("NGINX", "nginx"), path=os.environ["PATH"] + ":/usr/sbin")
START_TIMEOUT = float(os.environ.get("BERANDA_START_TIMEOUT", "20"))


def beranda_binary():
    return os.environ.get("BERANDA") or str(ROOT / ".build" / "debug" / "beranda")


def until(condition, timeout=10, message="it did not happen"):
    """Polls until the condition holds, and returns what it returned."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, message() if callable(message) else message
        time.sleep(0.01)


class StartFailed(AssertionError):
    """The server ended, or wrote no pid file."""


class Server:
    """A server with a configuration; `%%PORT%%`, `%%PORT1%%`, … become free ports, `%%DIR%%` the
    server's folder, and each keyword argument's upper-case name its value."""

    kind = UNDER_TEST
    # What a test may expect in the error log without its end complaining.
    allowed_alerts = ()

    def __init__(self, directory, http="", main="", events="", whole=None, **names):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.names, self.ports, self.process = names, {}, None
        self.expects_new_workers = False
        self.workers_at_start = []
        self.configure(http, main, events, whole)

    # Configuration

    @property
    def binary(self):
        return NGINX if self.kind == "nginx" else beranda_binary()

    @property
    def port(self):
        return self.ports["PORT"]

    def fill(self, text):
        """The text with every %%NAME%% replaced."""
        def value(match):
            name = match[1]
            if name == "DIR":
                return str(self.directory)
            if name.lower() in self.names:
                return str(self.names[name.lower()])
            if re.fullmatch("PORT[0-9]*", name):
                if name not in self.ports:
                    self.ports[name] = free_port()
                return str(self.ports[name])
            raise KeyError(name)
        return re.sub("%%([A-Z0-9_]+)%%", value, text)

    def configure(self, http="", main="", events="", whole=None):
        """Writes the configuration; a running server reads it at its next reload."""
        user = "user root;\n" if os.geteuid() == 0 else ""
        text = "" if whole is not None else (
            "daemon off;\npid %%DIR%%/nginx.pid;\nerror_log %%DIR%%/error.log info;\n" + user
            + main + "\nevents { " + events + " }\nhttp {\n    access_log %%DIR%%/access.log;\n"
            "    client_body_temp_path %%DIR%%/client_body_temp;\n"
            "    proxy_temp_path %%DIR%%/proxy_temp;\n" + http + "\n}\n")
        self.text = self.fill(whole if whole is not None else text)
        (self.directory / "nginx.conf").write_text(self.text)

    def arguments(self, *extra):
        return [self.binary, "-p", "%s/" % self.directory, "-c", "nginx.conf", "-e", "error.log",
                *extra]

    # Life

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self, timeout=START_TIMEOUT, **options):
        assert self.binary and os.access(self.binary, os.X_OK), (
            "no server at %s: build it first, or name it with BERANDA" % self.binary)
        self.pid_file.unlink(missing_ok=True)
        options.setdefault("stdout", open(self.directory / "stdout", "ab"))
        options.setdefault("stderr", open(self.directory / "stderr", "ab"))
        self.process = subprocess.Popen(
            self.arguments(), cwd=self.directory, stdin=subprocess.DEVNULL, **options)
        deadline = time.monotonic() + timeout
        while not self._wrote_pid():
            if self.process.poll() is not None:
                raise StartFailed("exit status %d\n%s%s" % (
                    self.process.returncode, self.errors(), self.printed()))
            if time.monotonic() > deadline:
                self.kill()
                raise StartFailed("no pid file\n%s%s" % (self.errors(), self.printed()))
            time.sleep(0.01)
        until(self.workers, 10, "no worker process")
        self.workers_at_start = self.workers()
        return self

    def _wrote_pid(self):
        return self.pid_file.exists() and self.pid_file.read_text().strip().isdigit()

    @property
    def pid_file(self):
        return self.directory / "nginx.pid"

    @property
    def pid(self):
        """The process that the pid file names."""
        return int(self.pid_file.read_text())

    def children(self, pid=None):
        """The running child processes, without those that have ended."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = pathlib.Path("/proc", entry, "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if int(parent) == (pid or self.process.pid) and state != "Z":
                found.append(int(entry))
        return sorted(found)

    def workers(self):
        return self.children()

    def send_signal(self, number, pid=None):
        os.kill(pid or self.process.pid, number)

    def reload(self, wait=True):
        """Tells the server to read its configuration again, and waits for its new workers."""
        before = set(self.workers())
        self.expects_new_workers = True
        self.send_signal(signal.SIGHUP)
        if wait:
            until(lambda: set(self.workers()) - before, 20, lambda: "no reload\n" + self.errors())

    def kill(self):
        if self.process and self.process.poll() is None:
            for pid in [*self.children(), self.process.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()

    def stop(self, number=signal.SIGQUIT, timeout=10):
        """Stops, and returns the exit status; a server that does not stop is an error."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            workers = self.workers()
            self.send_signal(number)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("it did not stop by signal %d\n%s" % (
                    number, self.errors())) from None
            left = [pid for pid in workers if os.path.exists("/proc/%d" % pid)]
            until(lambda: not [p for p in left if os.path.exists("/proc/%d" % p)], 5,
                  "workers outlived their supervisor")
        return self.process.returncode

    # What it wrote

    def read(self, name):
        path = self.directory / name
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def errors(self):
        return self.read("error.log")

    def printed(self):
        return self.read("stdout") + self.read("stderr")

    def wait_for_error(self, pattern, timeout=10):
        """Waits for a line of the error log."""
        return until(lambda: re.search(pattern, self.errors()), timeout,
                     lambda: "no %r in\n%s" % (pattern, self.errors()))

    # Checks

    def connect(self, timeout=10, port=None, **rest):
        return Wire(port or self.port, timeout, **rest)

    def get(self, target="/", method="GET", port=None, timeout=10, **rest):
        """One request on a new connection."""
        with self.connect(timeout, port) as wire:
            return wire.get(target, method, **rest)

    def memory(self):
        """Kilobytes that only these processes hold, with their share of what is shared. Code is
        not counted: a server lets go of it and takes it back, whatever it holds for clients."""
        total = 0
        for pid in [self.process.pid, *self.workers()]:
            rollup = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text()
            for name, sign in ("Pss", 1), ("Pss_File", -1):
                total += sign * int(re.search(r"^%s:\s+(\d+)" % name, rollup, re.M)[1])
        return total

    def descriptors(self):
        return sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in self.workers())

    def assert_unharmed(self):
        """The same worker processes as at the start, and nothing alarming in the log."""
        assert self.process.poll() is None, "the server is gone\n" + self.errors()
        if not self.expects_new_workers:
            assert self.workers() == self.workers_at_start, "a worker died\n" + self.errors()
        self.assert_calm()

    def assert_calm(self):
        for line in self.errors().splitlines():
            if re.search(r"\[(alert|emerg)\]|exited on signal|Sanitizer|Fatal error", line):
                assert any(re.search(p, line) for p in self.allowed_alerts), line


class Nginx(Server):
    """Debian's nginx, to compare with."""

    kind = "nginx"
