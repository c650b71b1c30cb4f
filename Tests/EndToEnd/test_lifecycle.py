# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Starting, stopping, reloading, and what is left standing when something dies: signals, the pid
# file, the command line, logs, and load that must not notice any of it.

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness import (
    UNDER_TEST, NodeApi, StartFailed, Wire, WireError, answer, free_port, request, tree, until)
from harness.load import Load, Target
from harness.node import SCRIPT

OURS = pytest.mark.ours
# How long nobody may be answered when a worker dies, in seconds: 0.2 on a machine of one's own.
GAP = float(os.environ.get("BERANDA_GAP", "1.0"))
RELOADS = int(os.environ.get("BERANDA_RELOADS", "20"))

TEXT = """
    server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; location /text { return 200 "one"; } }
"""
PROXY = """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / {
            proxy_pass http://%%BACKEND%%;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
        }
        location /text { return 200 "one"; }
    }
"""


def start(lab, http=TEXT, **rest):
    server = lab.server(http, start=False, **rest)
    tree(server.directory / "html", {"index.html": "home", "1k": "x" * 1024})
    return server.start()


def run(server, *extra, timeout=20, **rest):
    return subprocess.run(server.arguments(*extra), capture_output=True, text=True,
                          timeout=timeout, cwd=server.directory, **rest)


def slow(seconds):
    def script(read, connection):
        time.sleep(seconds)
        return answer("slow but sure")
    return script


def gone(port):
    """Whether nobody listens there any more."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return False
    except OSError:
        return True


# Stopping

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_stops_it(lab, number):
    server = start(lab)
    assert server.get("/text").text == "one"
    assert server.stop(number) == 0
    assert not server.pid_file.exists() and gone(server.port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_fast_stop_waits_for_nobody(lab, number):
    server = start(lab, PROXY, backend=lab.backend(slow(5)).address)
    with server.connect() as wire:
        wire.send(request("/slow"))
        time.sleep(0.1)
        began = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - began < 3
        assert wire.rest() == b""


def test_a_graceful_stop_finishes_what_it_is_answering(lab):
    backend = lab.backend(slow(0.7))
    server = start(lab, PROXY, backend=backend.address)
    with server.connect() as busy, server.connect() as idle:
        assert idle.get("/text").text == "one"
        busy.send(request("/slow"))
        backend.wait_for(1)
        server.send_signal(signal.SIGQUIT)
        began = time.monotonic()
        idle.closed()
        assert time.monotonic() - began < 0.6, "an idle connection was kept"
        until(lambda: gone(server.port), 5)
        answered = busy.response()
        assert answered.text == "slow but sure"
        busy.closed()
        assert server.process.wait(10) == 0


def test_nobody_is_kept_waiting_by_a_server_that_stops(lab):
    may_end = threading.Event()

    def script(read, connection):
        may_end.wait(20)
        return answer("slow but sure")

    backend = lab.backend(script)
    server = start(lab, PROXY, backend=backend.address)
    with server.connect() as busy:
        busy.send(request("/slow"))
        backend.wait_for(1)
        server.send_signal(signal.SIGQUIT)
        until(lambda: gone(server.port), 5)
        assert server.process.poll() is None
        may_end.set()
        assert busy.response().text == "slow but sure"
    assert server.process.wait(10) == 0


def test_the_pid_file_names_the_process_and_comes_last(lab):
    server = start(lab)
    assert server.pid == server.process.pid
    with Wire(server.port) as wire:
        assert wire.get("/text").text == "one"


@OURS
def test_a_killed_supervisor_takes_its_workers_with_it(lab):
    server = start(lab)
    workers = server.workers()
    server.process.kill()
    server.process.wait()
    until(lambda: not [pid for pid in workers if os.path.exists("/proc/%d" % pid)], 5)
    assert gone(server.port)


# Reloading

def test_a_reload_takes_the_new_configuration(lab):
    server = start(lab)
    pid = server.pid
    server.configure(TEXT.replace('"one"', '"two"') + """
        server { listen 127.0.0.1:%%PORT2%%; return 200 "second"; }
    """)
    server.reload()
    until(lambda: server.get("/text").text == "two")
    assert server.get("/", port=server.ports["PORT2"]).text == "second"
    assert server.pid == pid
    server.configure(TEXT)
    server.reload()
    until(lambda: gone(server.ports["PORT2"]), 10)
    until(lambda: server.get("/text").text == "one")
    until(lambda: len(server.workers()) == len(server.workers_at_start), 10,
          "old workers are still there")


@pytest.mark.parametrize("broken, message", [
    ("server { listen 127.0.0.1:%%PORT%%; nonsense on; }", "nonsense"),
    ("server { listen 127.0.0.1:%%PORT%%; ", r'expecting|end of file|"}"|closed'),
    ("server { listen 127.0.0.1:%%PORT%%; root; }", "root"),
    ("include /nonexistent/file.conf;", "/nonexistent/file.conf"),
    ("server { listen 127.0.0.1:%%TAKEN%%; }", r"98: Address already in use|in use"),
], ids=["unknown directive", "no end", "arguments", "include", "a taken port"])
def test_a_faulty_configuration_changes_nothing(lab, broken, message):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = start(lab, taken=taken.getsockname()[1])
        workers = server.workers()
        with server.connect() as kept:
            assert kept.get("/text").text == "one"
            server.configure(broken)
            server.send_signal(signal.SIGHUP)
            server.allowed_alerts = (r"\[emerg\]",)
            server.wait_for_error(message)
            assert kept.get("/text").text == "one"
        assert server.get("/text").text == "one"
        assert server.workers() == workers
        server.configure(TEXT.replace('"one"', '"three"'))
        server.reload()
        until(lambda: server.get("/text").text == "three", 10)


def test_a_reload_lets_the_old_worker_finish(lab):
    backend = lab.backend(slow(0.7))
    server = start(lab, PROXY, backend=backend.address)
    with server.connect() as wire:
        wire.send(request("/slow"))
        backend.wait_for(1)
        server.reload()
        assert wire.response().text == "slow but sure"


def test_an_address_is_given_up_though_the_old_worker_goes_on(lab):
    server = start(lab, PROXY + "server { listen 127.0.0.1:%%PORT2%%; return 200 second; }",
                   backend=lab.backend(tunnel).address)
    with open_tunnel(server) as wire:
        assert server.get("/", port=server.ports["PORT2"]).text == "second"
        server.configure(PROXY)
        server.reload()
        until(lambda: gone(server.ports["PORT2"]), 10)
        assert wire.send(b"still").exactly(5) == b"still"
        assert server.get("/text").text == "one"


def tunnel(read, connection):
    connection.send(b"HTTP/1.1 101 Switching Protocols\r\n"
                    b"Upgrade: x\r\nConnection: Upgrade\r\n\r\n")
    while piece := connection.receive():
        connection.send(piece)
    connection.close()


def open_tunnel(server):
    wire = server.connect()
    wire.send(request("/socket", fields={"Upgrade": "x", "Connection": "Upgrade"}))
    assert wire.head().status == 101
    assert wire.send(b"ping").exactly(4) == b"ping"
    return wire


def test_tunnels_survive_a_reload(lab):
    server = start(lab, PROXY, backend=lab.backend(tunnel).address,
                   main="worker_shutdown_timeout 20s;")
    with open_tunnel(server) as wire:
        for _ in range(2):
            server.reload()
            time.sleep(0.2)
            assert wire.send(b"still").exactly(5) == b"still"
    until(lambda: len(server.workers()) == len(server.workers_at_start), 10)


def test_tunnels_end_with_the_shutdown_timeout(lab):
    server = start(lab, PROXY, backend=lab.backend(tunnel).address,
                   main="worker_shutdown_timeout 1s;")
    with open_tunnel(server) as wire:
        server.reload()
        began = time.monotonic()
        wire.closed(10)
        assert 0.5 < time.monotonic() - began < 8
    until(lambda: len(server.workers()) == len(server.workers_at_start), 10)


def test_many_reloads_under_load_fail_no_request(lab):
    server = start(lab)
    with Load(server.port, ["/text", "/1k", "/"], connections=4, fresh=2) as load:
        load.wait_for(100)
        for _ in range(RELOADS):
            server.reload()
            time.sleep(0.05)
        load.wait_for(load.so_far().answers + 100)
    report = load.report
    assert report.failures == 0, report
    until(lambda: len(server.workers()) == len(server.workers_at_start), 20,
          "old workers are still there")


# Deaths

def test_a_killed_worker_is_replaced_at_once(lab):
    server = start(lab)
    server.allowed_alerts = (r"exited on signal 9",)
    server.expects_new_workers = True
    with Load(server.port, ["/text", "/1k"], connections=2, fresh=2) as load:
        load.wait_for(100)
        for _ in range(3):
            before = server.workers()
            server.send_signal(signal.SIGKILL, before[0])
            until(lambda: server.workers() and server.workers() != before, 5)
            load.wait_for(load.so_far().answers + 100)
            # A worker that dies at once again would wait before its next start.
            time.sleep(1.1)
    report = load.report
    assert set(report.reasons) <= {"closed without an answer", "head cut short",
                                   "content cut short", "connect failed"}, report
    assert "connection refused" not in report.reasons
    assert report.gap_max < GAP, report
    server.wait_for_error(r"exited on signal 9")


def test_one_of_two_peers_is_killed_and_started_under_load(lab):
    if not SCRIPT.exists() or not shutil.which("node"):
        pytest.skip("the example API is not there")
    with NodeApi() as first, NodeApi() as second:
        server = start(lab, """
            upstream api { server %%FIRST%% max_fails=1 fail_timeout=1s; server %%SECOND%%;
                           keepalive 16; }
            server {
                listen 127.0.0.1:%%PORT%%;
                location / { proxy_pass http://api; proxy_http_version 1.1;
                             proxy_set_header Connection ""; }
            }
        """, first=first.address, second=second.address)
        targets = [Target("/api/whoami", varies=True), Target("/api/bytes?n=20000")]
        with Load(server.port, targets, connections=4, fresh=1) as load:
            load.wait_for(100)
            for _ in range(3):
                first.kill()
                load.wait_for(load.so_far().answers + 200)
                first.start()
                load.wait_for(load.so_far().answers + 200)
            time.sleep(1.2)
            load.wait_for(load.so_far().answers + 200)
        # What a peer was answering when it died may be cut short; nothing else may fail.
        report = load.report
        assert set(report.reasons) <= {"content cut short"}, report
        assert report.failures <= 15, report
        assert len(report.bodies) == 3, "only one peer answered after the restart"


# Logs

def test_usr1_opens_the_logs_anew_and_loses_no_line(lab):
    server = start(lab)
    count = 300
    moved = {}
    for number in range(count):
        if number in (100, 200):
            for name in ("access.log", "error.log"):
                moved.setdefault(name, []).append(name + ".%d" % number)
                (server.directory / name).rename(server.directory / moved[name][-1])
            server.send_signal(signal.SIGUSR1)
            until(lambda: (server.directory / "access.log").exists(), 5)
        assert server.get("/text?%d" % number).status == 200
    server.stop()
    text = "".join(server.read(name) for name in [*moved["access.log"], "access.log"])
    # Several threads write: which of two lines is the first says nothing.
    numbers = sorted(int(number) for number in re.findall(r"GET /text\?(\d+) ", text))
    assert numbers == list(range(count))
    assert (server.directory / "error.log").exists()


def test_the_access_log_is_whole_after_a_stop(lab):
    server = start(lab, """
        log_format short '$remote_addr "$request" $status $body_bytes_sent "$http_referer"';
        server { listen 127.0.0.1:%%PORT%%; access_log %%DIR%%/own.log short;
                 location /text { return 200 "one"; }
                 location /off { access_log off; return 204; } }
    """)
    server.get("/text", fields={"Referer": "http://r/"})
    server.get("/off")
    server.get("/text", "POST", content=b"x")
    server.stop()
    lines = server.read("own.log").splitlines()
    # Several threads write: which of two lines is the first says nothing.
    assert sorted(lines[:2]) == ['127.0.0.1 "GET /text HTTP/1.1" 200 3 "http://r/"',
                                 '127.0.0.1 "POST /text HTTP/1.1" 200 3 "-"']


def test_a_log_line_cannot_be_forged(lab):
    server = start(lab, """
        log_format agent '"$http_user_agent"';
        server { listen 127.0.0.1:%%PORT%%; access_log %%DIR%%/own.log agent; return 200 "x"; }
    """)
    server.get("/", fields={"User-Agent": 'a" b\\ \xe4'})
    server.stop()
    assert server.read("own.log") == '"a\\x22 b\\x5C \\xE4"\n'


# The command line

def test_t_checks_the_configuration(lab):
    server = lab.server(TEXT, start=False)
    done = run(server, "-t")
    assert done.returncode == 0
    assert "syntax is ok" in done.stderr and "test is successful" in done.stderr
    if UNDER_TEST != "nginx":
        assert not server.pid_file.exists()
    assert run(server, "-t", "-q").stderr == ""
    server.configure("server { listen 127.0.0.1:%%PORT%%;\n    nonsense on;\n}")
    done = run(server, "-t")
    assert done.returncode == 1 and "nonsense" in done.stderr
    assert re.search(r"nginx\.conf:\d+", done.stderr)
    assert "test failed" in done.stderr


@OURS
def test_t_reports_all_errors_at_once_with_their_places(lab):
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            proxypass http://a;
            root;
            keepalive_timeout 5 parsecs;
        }
    """, start=False)
    done = run(server, "-t")
    assert done.returncode == 1
    for text in ["proxypass", "proxy_pass", "root", "parsecs", "^", "-->"]:
        assert text in done.stderr, done.stderr
    assert len(re.findall(r"nginx\.conf:\d+:\d+", done.stderr)) >= 3


def test_capital_t_prints_every_file_once(lab):
    server = lab.server("include snippet; server { listen 127.0.0.1:%%PORT%%; include snippet; }",
                        start=False)
    (server.directory / "snippet").write_text("add_header X-A b;\n")
    done = run(server, "-T")
    assert done.returncode == 0
    main = server.directory / "nginx.conf"
    assert "# configuration file %s:\n%s" % (main, main.read_text()) in done.stdout
    assert done.stdout.count("# configuration file %s/snippet:" % server.directory) == 1
    assert "add_header X-A b;" in done.stdout


def test_v_tells_the_version(lab):
    server = lab.server(TEXT, start=False)
    short, long = run(server, "-v"), run(server, "-V")
    assert short.returncode == long.returncode == 0
    assert re.search(r"version: \w+/\d+\.\d+\.\d+", short.stderr + short.stdout)
    assert "built" in long.stderr + long.stdout
    if server.kind == "beranda":
        assert re.search(r"zlib \d+\.\d+.* PCRE2 \d+\.\d+.* c-ares \d", long.stderr, re.DOTALL)
        assert re.search(r"whole: [^:]*\bhttp_map\b", long.stderr)
        assert re.search(r"in parts: [^:]*\bhttp_proxy\b", long.stderr)
        assert "http_fastcgi" not in long.stderr


@pytest.mark.parametrize("arguments", [["-z"], ["-s", "dance"], ["-c"], ["-x", "y"]])
def test_a_wrong_option_is_an_error(lab, arguments):
    server = lab.server(TEXT, start=False)
    done = subprocess.run([server.binary, *arguments], capture_output=True, text=True, timeout=20,
                          cwd=server.directory)
    assert done.returncode != 0 and done.stderr


def test_s_sends_signals(lab):
    server = start(lab)
    server.configure(TEXT.replace('"one"', '"two"'))
    server.expects_new_workers = True
    assert run(server, "-s", "reload").returncode == 0
    until(lambda: server.get("/text").text == "two", 10)
    (server.directory / "access.log").rename(server.directory / "access.log.1")
    assert run(server, "-s", "reopen").returncode == 0
    until(lambda: (server.directory / "access.log").exists())
    assert run(server, "-s", "quit").returncode == 0
    assert server.process.wait(10) == 0
    done = run(server, "-s", "stop")
    assert done.returncode == 1 and "nginx.pid" in done.stderr


def test_g_gives_directives(lab):
    server = start(lab)
    server.stop()
    text = server.text.replace("pid %s/nginx.pid;" % server.directory, "")
    (server.directory / "nginx.conf").write_text(text)
    process = subprocess.Popen(
        server.arguments("-g", "pid %s/other.pid;" % server.directory),
        cwd=server.directory, stderr=subprocess.DEVNULL)
    try:
        until((server.directory / "other.pid").exists, 10)
        assert server.get("/text").text == "one"
    finally:
        process.send_signal(signal.SIGQUIT)
        assert process.wait(10) == 0


# How it is started

def test_it_starts_with_its_standard_streams_closed(lab):
    server = lab.server(PROXY, start=False, backend="127.0.0.1:%d" % free_port())
    command = "exec " + " ".join(server.arguments()) + " <&- >&- 2>&-"
    server.process = subprocess.Popen(["/bin/sh", "-c", command], cwd=server.directory)
    until(server._wrote_pid, 20)
    until(server.workers, 10)
    server.workers_at_start = server.workers()
    assert server.get("/text").text == "one"
    assert server.get("/").status == 502
    server.wait_for_error("Connection refused")
    if UNDER_TEST != "nginx":
        # No log took the place of a standard stream, so none is mixed with another.
        assert "[error]" not in server.read("access.log")
        assert "] \"GET" not in server.errors()


def test_daemon_on_detaches(lab):
    server = lab.server(TEXT, start=False)
    path = server.directory / "nginx.conf"
    path.write_text(server.text.replace("daemon off;", "daemon on;"))
    done = run(server, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    until(server._wrote_pid, 10)
    pid = server.pid
    until(lambda: not gone(server.port), 5)
    assert server.get("/text").text == "one"
    # Its own session, so that the terminal's end is not its own.
    assert os.getsid(pid) != os.getsid(0)
    os.kill(pid, signal.SIGQUIT)
    until(lambda: not os.path.exists("/proc/%d" % pid), 10)


def test_a_taken_port_is_said(lab):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = lab.server("server { listen 127.0.0.1:%%TAKEN%%; }", start=False,
                            taken=taken.getsockname()[1])
        with pytest.raises(StartFailed, match="98: Address already in use"):
            server.start()


def test_a_missing_configuration_is_said(lab):
    server = lab.server(TEXT, start=False)
    (server.directory / "nginx.conf").unlink()
    done = run(server)
    assert done.returncode == 1 and "nginx.conf" in done.stderr
    assert "No such file" in done.stderr


def test_it_listens_on_a_unix_socket_and_takes_it_away(lab):
    server = start(lab, """
        server { listen unix:%%DIR%%/s.sock; return 200 "unix $remote_addr"; }
        server { listen 127.0.0.1:%%PORT%%; return 200 "x"; }
    """)
    with Wire(str(server.directory / "s.sock")) as wire:
        assert wire.get("/").text == "unix unix:"
    server.stop()
    assert not (server.directory / "s.sock").exists()


def test_it_listens_on_ipv6(lab):
    try:
        socket.socket(socket.AF_INET6).bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    server = start(lab, """
        server { listen [::1]:%%PORT%%; listen 127.0.0.1:%%PORT%%;
                 return 200 "$remote_addr $server_addr"; }
    """)
    with Wire(("::1", server.port)) as wire:
        assert wire.get("/", host="[::1]").text == "::1 ::1"
    assert server.get("/").text == "127.0.0.1 127.0.0.1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_workers_become_the_user(lab):
    server = lab.server(TEXT, start=False)
    path = server.directory / "nginx.conf"
    path.write_text(server.text.replace("user root;", "user nobody nogroup;"))
    server.start()
    for pid in server.workers():
        status = pathlib.Path("/proc/%d/status" % pid).read_text()
        assert re.search(r"^Uid:\s+65534\s+65534\s+65534", status, re.M), status
        assert re.search(r"^Gid:\s+65534\s+65534\s+65534", status, re.M), status
    assert server.get("/text").text == "one"


@OURS
def test_it_runs_as_process_1_and_reaps(lab):
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "--pid", "--fork", "true"]).returncode:
        pytest.skip("no PID namespaces here")
    server = lab.server(TEXT, start=False)
    process = subprocess.Popen(
        [unshare, "--pid", "--fork", "--kill-child", *server.arguments()], cwd=server.directory)
    try:
        until(server._wrote_pid, 20)
        assert server.pid == 1
        until(lambda: not gone(server.port), 5)
        assert server.get("/text").text == "one"
        inside = server.children(process.pid)[0]
        os.kill(inside, signal.SIGTERM)
        process.wait(10)
    finally:
        process.kill()
        process.wait()


def test_a_connection_that_was_never_used_does_not_delay_the_stop(lab):
    server = start(lab)
    with server.connect(), server.connect() as half:
        half.send(b"GET /te")
        time.sleep(0.05)
        began = time.monotonic()
        assert server.stop(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5


def test_no_descriptor_leaks(lab):
    server = start(lab, PROXY, backend=lab.backend().address)
    kinds = [request("/text"), request("/x"), b"garbage\r\n\r\n", b"GET / HT",
             request("/x", "POST", content=b"x" * 1000)]

    def round_of_all():
        for _ in range(40):
            for raw in kinds:
                with server.connect() as wire:
                    wire.send(raw)
                    if raw.startswith((b"GET /text", b"POST")):
                        try:
                            wire.response()
                        except WireError:
                            pass
    round_of_all()
    time.sleep(0.2)
    before = server.descriptors()
    round_of_all()
    until(lambda: server.descriptors() <= before + 2, 10,
          lambda: "%d descriptors, %d before" % (server.descriptors(), before))


def code_pages(pid):
    """How large the program's own code is in a process, and how much of it is there; in KB."""
    size = resident = 0
    inside = False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if not words[0].endswith(":"):
            inside = words[1] == "r-xp" and words[-1].endswith("/beranda")
        elif inside and words[0] == "Size:":
            size += int(words[1])
        elif inside and words[0] == "Rss:":
            resident += int(words[1])
    return size, resident


@OURS
def test_a_supervisor_does_not_hold_on_to_what_ran_once(lab):
    server = start(lab)
    assert server.get("/text").text == "one"

    def has_let_go():
        size, resident = code_pages(server.pid)
        return size > 0 and resident < size / 3
    until(has_let_go, message="the code that reads configurations stays in memory")
