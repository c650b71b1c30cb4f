# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Peers that the server starts by itself, with real Node: they answer, come back, are replaced one
# after the other, and end with it. Every process that a test ends is one of this server's children.

import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import tempfile

import pytest

from harness import Wire, free_port, tree, until
from harness.load import Load, Target
from harness.server import ROOT, beranda_binary

pytestmark = pytest.mark.ours

API = ROOT / "examples/api/server.mjs"
WHOAMI = Target("/api/whoami", varies=True)
BYTES = Target("/api/bytes?n=5000")


class Managed:
    """The program with a configuration or with arguments, and its children."""

    def __init__(self, folder, upstream=None, arguments=(), wrapper=(), main="", check="",
                 user="root"):
        self.folder, self.port, self.main = pathlib.Path(folder), free_port(), main
        self.check, self.user = check, user
        tree(self.folder, {"public/index.html": "<!doctype html><title>app</title>"})
        command = [beranda_binary(), "public", "--port", str(self.port), *arguments]
        if upstream is not None:
            self.configure(upstream)
            command = [beranda_binary(), "-c", "site.conf"]
        self.output = open(self.folder / "output", "w+")
        self.process = subprocess.Popen(
            [*wrapper, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT, env=dict(os.environ, API=str(API)))

    def configure(self, upstream):
        (self.folder / "site.conf").write_text(
            "daemon off; pid beranda.pid; error_log stderr notice; %s\n"
            "%s events {} http { access_log off; upstream api { %s }\n"
            "server { listen 127.0.0.1:%d; root public;\n"
            "location /api/ { proxy_pass http://api; %s } } }\n"
            % ("user %s;" % self.user if os.geteuid() == 0 else "", self.main, upstream,
               self.port, self.check))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            # A wrapper does not pass signals on.
            os.kill(self.supervisor, signal.SIGTERM)
            try:
                self.process.wait(15)
            finally:
                self.process.kill()
        self.output.close()

    def printed(self):
        return (self.folder / "output").read_text(errors="replace")

    def says(self, text, count=1, timeout=20):
        until(lambda: self.printed().count(text) >= count, timeout,
              lambda: "%r is missing in\n%s" % (text, self.printed()))

    @property
    def supervisor(self):
        """The supervisor's own number, also where a wrapper was started."""
        pid = self.process.pid
        while "beranda" not in name_of(pid):
            pid = children(pid)[0]
        return pid

    def peers(self):
        """The Node processes that it has started, the oldest first."""
        return [pid for pid in children(self.supervisor) if "beranda" not in name_of(pid)]

    def get(self, target):
        with Wire(self.port, timeout=20) as wire:
            return wire.get(target)

    def whoami(self):
        return json.loads(self.get("/api/whoami").content)["process"]


def name_of(pid):
    try:
        return pathlib.Path("/proc/%d/comm" % pid).read_text()
    except OSError:
        return ""


def children(pid):
    text = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text()
    return [int(word) for word in text.split()]


def ready(server, count):
    """Waits until so many processes have said in the log that they accept connections."""
    server.says(" accepts at ", count)


def test_zero_config_serves_a_folder_and_its_api(tmp_path):
    arguments = ["--instances", "2", "--", "node", API]
    with Managed(tmp_path, arguments=arguments) as server:
        server.says("listens on", 2)
        until(lambda: len({server.whoami() for _ in range(4)}) == 2, 10)
        assert b"<title>app" in server.get("/").content
        assert "api.1 | api-" in server.printed()
        assert "api.2 | api-" in server.printed()


def test_a_request_waits_for_the_first_process(tmp_path):
    with Managed(tmp_path, 'exec "node $API";') as server:
        until(lambda: (tmp_path / "beranda.pid").exists(), 20)
        assert server.get("/api/whoami").status == 200


@pytest.mark.parametrize("kind", ["", "socket"])
def test_a_process_that_is_killed_under_load_is_not_missed(tmp_path, kind):
    with Managed(tmp_path, 'exec "node $API" instances=2 %s;' % kind) as server:
        ready(server, 2)
        with Load(server.port, [WHOAMI, BYTES], connections=6, fresh=1) as load:
            load.wait_for(100)
            for number in range(3, 7):
                os.kill(server.peers()[number % 2], signal.SIGKILL)
                ready(server, number)
        assert load.report.failures == 0, load.report
        server.says("exited on signal 9")


def test_ten_restarts_in_a_row_lose_nothing(tmp_path):
    with Managed(tmp_path, 'exec "node $API" instances=2;') as server:
        ready(server, 2)
        before = set(server.peers())
        with Load(server.port, [WHOAMI, BYTES], connections=6, fresh=1) as load:
            load.wait_for(100)
            for turn in range(1, 11):
                subprocess.run([beranda_binary(), "-s", "restart-peers", "-c", "site.conf"],
                               cwd=tmp_path, check=True)
                ready(server, 2 + 2 * turn)
                server.says("exited on signal 15", 2 * turn)
        assert load.report.failures == 0, load.report
        assert not before & set(server.peers())
        assert len(server.peers()) == 2


def test_a_reload_replaces_only_what_has_changed(tmp_path):
    two = 'exec "node $API" env=N=%s; exec node %s;'
    with Managed(tmp_path, two % (1, API)) as server:
        ready(server, 2)
        changed, same = server.peers()
        with Load(server.port, [WHOAMI, BYTES], connections=4, fresh=1) as load:
            load.wait_for(50)
            server.configure(two % (2, API))
            os.kill(server.supervisor, signal.SIGHUP)
            ready(server, 3)
            until(lambda: changed not in server.peers(), 20)
            assert same in server.peers()
            server.configure("exec node %s;" % API)
            os.kill(server.supervisor, signal.SIGHUP)
            until(lambda: len(server.peers()) == 1, 30)
        assert load.report.failures == 0, load.report


def test_output_has_names_and_last_words_stand_in_the_log(tmp_path):
    script = ("console.log('one\\ntwo'); process.stdout.write('x'.repeat(9000) + '\\n');"
              "console.error('Error: no database'); setTimeout(() => process.exit(3), 50)")
    (tmp_path / "dying.mjs").write_text(script)
    with Managed(tmp_path, "exec node dying.mjs;") as server:
        server.says("exited with code 3; its last words:\n    Error: no database")
        assert "api.1 | one\napi.1 | two\n" in server.printed()
        assert "api.1 | Error: no database\n" in server.printed()
        assert all(len(line) < 4000 for line in server.printed().splitlines())
        server.says("is started again in")
        assert b"<title>app" in server.get("/").content


def test_a_missing_command_is_an_end_or_a_line(tmp_path):
    with Managed(tmp_path, arguments=["--", "no-such-program"]) as server:
        assert server.process.wait(10) == 1
        assert 'there is no "no-such-program" in PATH' in server.printed()
    with Managed(tmp_path / "b", "exec no-such-program;") as server:
        server.says('peer api.1 could not be started: there is no "no-such-program" in PATH')
        until(lambda: server.get("/").status == 200, 10)
    with Managed(tmp_path / "c", arguments=["--", "sh", "-c", "echo oh >&2; exit 7"]) as server:
        assert server.process.wait(10) == 1
        assert "exited with code 7 3 times before it accepted a connection" in server.printed()


def test_a_process_has_its_folder_and_its_environment(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "print.mjs").write_text(
        "console.log(process.cwd(), process.env.A, process.env.INSTANCE, process.env.HOST,"
        "process.env.BERANDA_WORKER); setInterval(() => {}, 1000)")
    with Managed(tmp_path, 'exec "node print.mjs" cwd=app env=A=b=c instances=2;') as server:
        for number in (1, 2):
            server.says("api.%d | %s b=c %d 127.0.0.1 undefined"
                        % (number, tmp_path / "app", number))


SLOW = """
import http from "node:http";
let isReady = false;
const asked = [];
const server = http.createServer((request, response) => {
    if (request.url === "/health") response.statusCode = isReady ? 200 : 503;
    else if (!isReady) asked.push(request.url);
    response.end(JSON.stringify({ asked, user: process.getuid() }));
});
const wait = (name) => Number(process.env[name] ?? 0);
setTimeout(() => server.listen(process.env.PORT), wait("LISTEN"));
setTimeout(() => isReady = true, wait("LISTEN") + wait("READY"));
"""


def slow(folder, parameters):
    (folder / "slow.mjs").write_text(SLOW)
    return 'exec "node slow.mjs" %s;' % parameters


def test_a_request_waits_as_long_as_the_first_start_may_take(tmp_path):
    # Longer than requests wait for peers that were there before.
    with Managed(tmp_path, slow(tmp_path, "env=LISTEN=6000 start_timeout=40s")) as server:
        until(lambda: (tmp_path / "beranda.pid").exists(), 20)
        assert server.get("/api/").status == 200


@pytest.mark.parametrize("instances", [1, 2])
def test_a_process_gets_no_request_before_its_health_check_passes(tmp_path, instances):
    upstream = slow(tmp_path, "env=READY=1500 instances=%d" % instances)
    with Managed(tmp_path, upstream, check="health_check uri=/health interval=1h;") as server:
        until(lambda: (tmp_path / "beranda.pid").exists(), 20)
        answers = [server.get("/api/") for _ in range(3)]
        assert [answer.status for answer in answers] == [200] * 3
        assert [json.loads(answer.content)["asked"] for answer in answers] == [[]] * 3
        # The next process at its place has to pass as well, long before the hour is over.
        for number, peer in enumerate(server.peers(), start=instances + 1):
            os.kill(peer, signal.SIGKILL)
            ready(server, number)
            until(lambda: server.get("/api/").status == 200, 20)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become another user")
def test_a_socket_of_another_user_is_reached(tmp_path):
    # The folder of a test lets nobody else in.
    with tempfile.NamedTemporaryFile("w", suffix=".mjs") as script:
        script.write(SLOW)
        script.flush()
        os.chmod(script.name, 0o644)
        upstream = "exec node %s user=nobody cwd=/ socket env=READY=0;" % script.name
        with Managed(tmp_path, upstream, user="www-data") as server:
            ready(server, 1)
            user = json.loads(server.get("/api/").content)["user"]
            assert user == pwd.getpwnam("nobody").pw_uid


def test_the_command_is_told_and_looked_for(tmp_path):
    with Managed(tmp_path, "exec no-such-program a; exec node b.mjs weight=2;") as server:
        checked = subprocess.run([beranda_binary(), "-t", "-c", "site.conf"], cwd=tmp_path,
                                 capture_output=True, text=True, timeout=30, check=True)
        assert 'there is no program "no-such-program" in PATH' in checked.stderr
        assert '"node"' not in checked.stderr
        told = subprocess.run([beranda_binary(), "explain", "-c", "site.conf", "/api/"],
                              cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True)
        assert "api-2.1 weight=2, a process of: node b.mjs" in told.stdout
        server.process.terminate()


def test_term_ends_all_and_waits_for_what_does_not_obey(tmp_path):
    stubborn = ("process.on('SIGTERM', () => console.log('not yet'));"
                "import('node:http').then(h => h.createServer().listen(process.env.PORT))")
    (tmp_path / "stubborn.mjs").write_text(stubborn)
    with Managed(tmp_path, 'exec "node stubborn.mjs" stop_timeout=300ms;') as server:
        ready(server, 1)
        peer = server.peers()[0]
        server.process.terminate()
        assert server.process.wait(10) == 0
        assert not os.path.exists("/proc/%d" % peer)
        assert "api.1 | not yet" in server.printed()
        assert "did not end in time and is killed" in server.printed()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a PID namespace")
def test_as_process_one_it_leaves_nobody_behind(tmp_path):
    wrapper = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    orphans = ("(sleep 0.2 & exec sleep 0.1) & (setsid sleep 1000 &) ; exec node %s" % API)
    with Managed(tmp_path, arguments=["--instances", "2", "--", "sh", "-c", orphans],
                 wrapper=wrapper) as server:
        server.says("listens on", 2)
        supervisor = server.supervisor
        for _ in range(3):
            victim = [pid for pid in server.peers() if "node" in name_of(pid)][0]
            os.kill(victim, signal.SIGKILL)
            # One that has ended keeps its name until it is waited for.
            until(lambda: victim not in server.peers()
                  and sum("node" in name_of(pid) for pid in server.peers()) == 2, 20)
        until(lambda: not zombies(supervisor), 10, "there are zombies")
        os.kill(supervisor, signal.SIGTERM)
        assert server.process.wait(10) == 0


def zombies(pid):
    def state(child):
        try:
            return pathlib.Path("/proc/%d/stat" % child).read_text().rpartition(")")[2].split()[0]
        except OSError:
            return ""
    return [child for child in children(pid) if state(child) == "Z"]


@pytest.mark.slow
def test_the_drill_has_a_short_form(tmp_path):
    subprocess.run([sys.executable, ROOT / "Drills/managed.py", "--seconds", "3"],
                   check=True, timeout=120, env=dict(os.environ, BERANDA=beranda_binary()))
