# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The servers that are compared: how each is found, configured, started, pinned and ended.
#
# This file starts processes; it measures nothing.
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import works

HERE = pathlib.Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = 0, 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, command):
    return ["taskset", "-c", str(core), *command]


def raise_descriptor_limit():
    """Idle-connection rows need one descriptor per connection on both sides."""
    import resource
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def descendants(pid):
    """The process and everything below it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found, pending = [], [pid]
    while pending:
        pid = pending.pop()
        found.append(pid)
        pending += children.get(pid, [])
    return found


class Server:
    """One server under measurement, one worker on one core."""

    name = ""
    serves_files = True
    # The codings that the configuration in configs/ makes it answer with.
    codings = ("gzip", "br", "zstd")

    def __init__(self, executable, directory, root, origin_port):
        self.executable = str(executable)
        self.directory = pathlib.Path(directory)
        self.port, self.tls_port = free_port(), free_port()
        self.process = None
        self.values = {
            "DIR": str(directory), "ROOT": str(root), "PORT": str(self.port),
            "TLS_PORT": str(self.tls_port),
            "ORIGIN": str(origin_port), "TYPES": str(HERE / "configs" / "types.conf"),
            "RULES_LOG": works.RULES_LOG,
            "USER": self.user_directive if os.geteuid() == 0 else ""}
        self.configuration = self.directory / f"{self.name}.conf"
        self.configure()

    def configure(self, has_rules=False, has_tls=False):
        """Writes the configuration, with the server of many rules and with TLS, or without."""
        lines = (HERE / "configs" / f"{self.name}.conf").read_text().splitlines(keepends=True)
        text = "".join(line for line in lines if has_tls or "@TLS@" not in line)
        text = text.replace("@TLS@", "")
        text = text.replace("@RULES_SERVER@", works.RULES_SERVER if has_rules else "")
        for key, value in self.values.items():
            text = text.replace(f"@{key}@", value)
        self.configuration.write_text(text)

    user_directive = ""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    @classmethod
    def find(cls):
        """The installed executable, or None."""
        return shutil.which(cls.name)

    def start(self):
        """Starts and waits for the first answer. Returns: seconds until then."""
        log = open(self.directory / f"{self.name}.out", "ab")
        began = time.perf_counter()
        self.process = subprocess.Popen(
            pinned(SERVER_CORE, self.command()), env=self.environment(), stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=self.directory)
        log.close()
        while True:
            if self.process.poll() is not None:
                out = (self.directory / f"{self.name}.out").read_text(errors="replace").strip()
                raise RuntimeError("did not start: " + out.rpartition("\n")[2][:300])
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                    path = b"/small.html" if self.serves_files else b"/api/1k"
                    connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
                                       b"Connection: close\r\n\r\n")
                    if connection.recv(64).startswith(b"HTTP/1.1 200"):
                        return time.perf_counter() - began
            except OSError:
                pass
            if time.perf_counter() - began > 10:
                self.stop()
                raise RuntimeError("did not answer 200 within 10 s")
            time.sleep(0.0005)

    def pids(self):
        return descendants(self.process.pid)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Beranda(Server):
    name = "beranda"

    @classmethod
    def find(cls):
        built = HERE.parent / "bin" / "beranda"
        return str(built) if built.exists() else None

    def command(self):
        return [self.executable, "-p", f"{self.directory}/", "-c", str(self.configuration)]


class Nginx(Server):
    name = "nginx"
    user_directive = "user root;"

    @classmethod
    def find(cls):
        return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")

    def command(self):
        return [self.executable, "-p", f"{self.directory}/", "-c", str(self.configuration),
                "-e", f"{self.directory}/nginx.log"]


class H2O(Server):
    name = "h2o"
    user_directive = "user: root"

    def command(self):
        return [self.executable, "-m", "worker", "-c", str(self.configuration)]


class HAProxy(Server):
    name = "haproxy"
    serves_files = False

    @classmethod
    def find(cls):
        return shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")

    def command(self):
        return [self.executable, "-db", "-q", "-f", str(self.configuration)]


class Caddy(Server):
    name = "caddy"

    def environment(self):
        return dict(os.environ, GOMAXPROCS="1", HOME=str(self.directory),
                    XDG_DATA_HOME=str(self.directory), XDG_CONFIG_HOME=str(self.directory))

    def command(self):
        return [self.executable, "run", "--config", str(self.configuration),
                "--adapter", "caddyfile"]


def write_certificate(directory):
    """A key on P-256, as most certificates of today have, and a certificate of its own."""
    directory = pathlib.Path(directory)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", directory / "key.pem", "-out", directory / "cert.pem", "-days", "30",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True)
    # HAProxy has both in one file.
    (directory / "both.pem").write_bytes(
        (directory / "cert.pem").read_bytes() + (directory / "key.pem").read_bytes())


def compiled(source, directory, *libraries):
    """The program of a C file beside this one."""
    compiler = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if compiler is None:
        raise RuntimeError(f"no C compiler for Benchmarks/{source}: apt-get install gcc")
    program = pathlib.Path(directory) / pathlib.Path(source).stem
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-o", str(program),
                    str(HERE / source), *libraries], check=True)
    return str(program)


ALL = [Beranda, Nginx, H2O, HAProxy, Caddy]


class Origin:
    """The peer behind the proxied rows, built from origin.c; it shares the load's core."""

    def __init__(self, directory):
        program = compiled("origin.c", directory)
        self.port = free_port()
        self.process = subprocess.Popen(pinned(LOAD_CORE, [program, str(self.port)]))

    def stop(self):
        self.process.terminate()
        self.process.wait()
