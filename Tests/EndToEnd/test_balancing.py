# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Who is asked: the same requests in the same order to nginx and to us, with the same peers.

import subprocess
import threading

import pytest

from harness import Nginx, Server, UNDER_TEST, answer, free_ports, until
from harness.server import NGINX

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with")

# A, B, C and D answer; GONE and LOST refuse connections.
GROUPS = {
    "plain": "server A; server B; server C;",
    "weights": "server A weight=5; server B; server C;",
    "more weights": "server A weight=3; server B weight=2; server C weight=2; server D;",
    "large weights": "server A weight=1000000; server B weight=999999; server C;",
    "down": "server A weight=2; server B down; server C weight=3;",
    "backup": "server A; server B; server C backup;",
    "only a backup": "server GONE; server B backup; server C backup weight=2;",
    "failing": "server A weight=3; server GONE weight=2 max_fails=2 fail_timeout=60s; server C;",
    "failing always": "server A weight=2; server GONE weight=4 max_fails=0; server C;",
    "failing often": "server A; server GONE weight=5 max_fails=5 fail_timeout=60s; "
                     "server LOST weight=3 max_fails=3 fail_timeout=60s; server C weight=2;",
    "all failing but a backup": "server GONE; server LOST weight=3; server C backup;",
    "one": "server A;",
    "one failing": "server GONE;",
    "least_conn": "least_conn; server A; server B; server C;",
    "least_conn with weights": "least_conn; server A weight=3; server B; server C weight=2;",
    "least_conn failing": "least_conn; server A; server GONE max_fails=2 fail_timeout=60s; "
                          "server C weight=2; server D backup;",
    "ip_hash": "ip_hash; server A; server B; server C;",
    "ip_hash with weights": "ip_hash; server A weight=2; server B; server C weight=3;",
    "ip_hash, one down": "ip_hash; server A; server B down; server C weight=2; server D;",
    "ip_hash failing": "ip_hash; server A; server GONE fail_timeout=60s; server C weight=2;",
    "hash": "hash $arg_k; server A; server B; server C;",
    "hash with weights": "hash $arg_k; server A weight=2; server B; server C weight=3;",
    "hash, one down": "hash a${arg_k}b; server A; server B down; server C; server D;",
    "hash failing": "hash $arg_k; server A; server GONE fail_timeout=60s; server C weight=2;",
    "hash failing always": "hash $arg_k; server A; server GONE max_fails=0; server C;",
    "consistent": "hash $arg_k consistent; server A; server B; server C;",
    "consistent with weights": "hash $arg_k consistent; server A weight=3; server B; "
                               "server C weight=2;",
    "consistent, one down": "hash $arg_k consistent; server A; server B down; server C; server D;",
    "consistent failing": "hash $arg_k consistent; server A; server GONE fail_timeout=60s; "
                          "server C weight=2;",
    "consistent, alike": "hash $arg_k consistent; server A; server A weight=2; server C;",
}


def configuration(ports, groups):
    text = "add_header X-Peers $upstream_addr always; add_header X-Tries $upstream_status always;\n"
    text += "%%HOLD%% set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;\n"
    locations = ""
    for number, group in enumerate(groups):
        for name, port in ports.items():
            group = group.replace("server %s" % name, "server 127.0.0.1:%d" % port)
        text += "upstream u%d { %s }\n" % (number, group)
        locations += "location /%d/ { proxy_pass http://u%d; }\n" % (number, number)
    return text + "server { listen 127.0.0.1:%%PORT%%;\n" + locations + "}"


class Peers:
    """Peers that say who they are; what asks for `hold` in its target is not answered before it
    is let go."""

    def __init__(self, lab):
        self.lab = lab
        self.free = threading.Event()
        self.ports = dict(zip(("GONE", "LOST"), free_ports(2)))
        self.held = []
        for name in "ABCD":
            self.ports[name] = lab.backend(self.script(name)).port

    def script(self, name):
        def script(read, connection):
            if "hold" in read.target:
                self.held.append(name)
                self.free.wait(20)
            return answer(name)
        return script

    def pair(self, groups):
        """Ours and nginx, which know the peers by the same groups."""
        text = configuration(self.ports, groups)
        main = "worker_processes 1;"
        waits = "" if UNDER_TEST == "nginx" else "proxy_hold 0;"
        return (self.lab.server(text, main=main, hold=waits),
                self.lab.server(text, kind=Nginx, main=main, hold=""))

    def name(self, text):
        """Names in the place of ports."""
        for name, port in self.ports.items():
            text = text.replace("127.0.0.1:%d" % port, name)
        return text


@pytest.fixture(scope="module")
def peers(shared_lab):
    return Peers(shared_lab)


@pytest.fixture(scope="module")
def sides(peers):
    return peers.pair(GROUPS.values())


def ask(peers, server, number, index):
    answered = server.get(
        "/%d/?k=%d" % (number, index % 13),
        fields={"X-Real-IP": "10.%d.%d.1" % (index % 7, index % 11)})
    return (answered.status, answered.content.decode() if answered.status == 200 else "",
            peers.name(answered.get("X-Peers")), answered.get("X-Tries"))


@pytest.mark.parametrize("name", GROUPS)
def test_the_same_peers_are_asked_in_the_same_order(peers, sides, name):
    number = list(GROUPS).index(name)
    ours, theirs = ([ask(peers, side, number, index) for index in range(40)] for side in sides)
    assert ours == theirs


@pytest.mark.ours
def test_who_has_failed_is_asked_when_nobody_else_is_left(lab):
    peers = Peers(lab)
    ours, theirs = peers.pair(["server GONE; server LOST;"])
    first = (502, "", "GONE, LOST", "502, 502")
    assert ask(peers, ours, 0, 0) == ask(peers, theirs, 0, 0) == first
    assert ask(peers, theirs, 0, 1) == (502, "", "u0", "502")
    assert ask(peers, ours, 0, 1) == (502, "", "LOST, GONE", "502, 502")
    lab.backend(peers.script("back"), port=peers.ports["GONE"])
    assert ask(peers, ours, 0, 2)[:2] == (200, "back")


HELD = {
    "plain": "server A; server B weight=2;",
    "least_conn": "least_conn; server A; server B weight=2; server C weight=3;",
    "least_conn, a backup": "least_conn; server A max_conns=2; server B backup max_conns=1;",
    "max_conns": "server A max_conns=1; server B max_conns=2 weight=3; server C max_conns=1;",
    "max_conns and a backup": "server A max_conns=2; server C backup;",
    "max_conns of one": "server A max_conns=2;",
    "max_conns of a hash": "hash x; server A max_conns=2; server B max_conns=1; server C;",
    "max_conns of a ring": "hash x consistent; server A max_conns=2; server B max_conns=1; "
                           "server C max_conns=3;",
    "max_conns of addresses": "ip_hash; server A max_conns=2; server B max_conns=1; server C;",
}


@pytest.mark.parametrize("name", HELD)
def test_the_same_peers_are_asked_while_others_are_busy(lab, name):
    peers = Peers(lab)
    sequences = []
    for server in peers.pair([HELD[name]]):
        peers.free.clear()
        peers.held.clear()
        threads, answers = [], []

        def one():
            answers.append(server.get("/0/hold").status)
        for count in range(1, 8):
            threads.append(threading.Thread(target=one, daemon=True))
            threads[-1].start()
            until(lambda: len(peers.held) + len(answers) == count, 10, "nobody was asked")
        refused = len(answers)
        peers.free.set()
        for thread in threads:
            thread.join(10)
        # Nobody is busy any more.
        after = [server.get("/0/").content for _ in range(6)]
        sequences.append((list(peers.held), refused, sorted(answers), after))
    assert sequences[0] == sequences[1]


@pytest.mark.parametrize("method", ["random", "random two", "random two least_conn"])
def test_chance_asks_everybody_by_weight(lab, method):
    peers = Peers(lab)
    group = method + "; server A; server B weight=3; server C down; server D; server GONE;"
    for server in peers.pair([group]):
        names = [server.get("/0/").content.decode() for _ in range(300)]
        counts = {name: names.count(name) for name in "ABCD"}
        assert sum(counts.values()) == 300, counts
        assert counts["C"] == 0 and min(counts["A"], counts["B"], counts["D"]) > 15, counts
        if method == "random":
            assert counts["B"] > max(counts["A"], counts["D"]), counts


REFUSED = [
    "ip_hash; server 127.0.0.1:1 backup;", "hash x; server 127.0.0.1:1 backup;",
    "random; server 127.0.0.1:1 backup;", "hash x consistent y; server 127.0.0.1:1;",
    "hash; server 127.0.0.1:1;", "least_conn x; server 127.0.0.1:1;",
    "ip_hash x; server 127.0.0.1:1;", "random three; server 127.0.0.1:1;",
    "random two least_con; server 127.0.0.1:1;", "server 127.0.0.1:1 weight=0;",
    "server 127.0.0.1:1 weight=-1;", "server 127.0.0.1:1 max_fails=x;",
    "server 127.0.0.1:1 max_conns=x;", "server 127.0.0.1:1 fail_timeout=x;",
    "server 127.0.0.1:1 bakup;", "least_conn;", "zone z 1k; server 127.0.0.1:1;",
    "zone z x; server 127.0.0.1:1;", "zone z; server 127.0.0.1:1;",
    "least_conn; least_conn; server 127.0.0.1:1; server 127.0.0.1:2 waight=2;",
]
ACCEPTED = [
    "server 127.0.0.1:1 backup; hash x; server 127.0.0.1:2;",
    "least_conn; server 127.0.0.1:1 backup; server 127.0.0.1:2;",
    "least_conn; random two; server 127.0.0.1:1;", "zone z 64k; server 127.0.0.1:1;",
    "random two least_conn; server 127.0.0.1:1 max_conns=3 weight=2 max_fails=0;",
    "ip_hash; keepalive 3; server 127.0.0.1:1 down;", "hash $a$b consistent; server 127.0.0.1:1;",
]


@pytest.mark.parametrize("group", REFUSED + ACCEPTED)
def test_the_same_groups_are_refused(lab, group):
    for kind in (Server, Nginx):
        tested = lab.server("map $uri $a { default 1; } map $uri $b { default 1; }\n"
                            "upstream u { %s }" % group, kind=kind, start=False)
        tested = subprocess.run(
            tested.arguments("-t"), cwd=tested.directory, capture_output=True, text=True)
        assert (tested.returncode == 0) == (group in ACCEPTED), tested.stderr
