# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Peers that are asked how they are: sick ones get no requests, those that are well again get them
# back, every change is one line of the log, and nothing is lost meanwhile.

import collections
import re
import time

import pytest

from harness import NodeApi, Wire, answer, free_ports, request, until

pytestmark = pytest.mark.ours

LOCATION = """
    server {
        listen 127.0.0.1:%%PORT%%;
        location / {
            proxy_pass http://peers;
            proxy_connect_timeout 1s;
            proxy_read_timeout 500ms;
            proxy_send_timeout 1s;
            CHECK
        }
    }
"""


def group(peers, parameters="max_fails=0"):
    return "upstream peers { %s }\n" % " ".join(
        "server %s %s;" % (peer, parameters) for peer in peers)


def configuration(peers, check, rest="", parameters="max_fails=0"):
    return group(peers, parameters) + rest + LOCATION.replace("CHECK", "health_check %s;" % check)


class Patient:
    """A peer whose health the test decides; it counts what it is asked."""

    def __init__(self, lab, name, sick=None):
        self.name, self.sick, self.checks, self.served = name, sick, 0, 0
        self.backend = lab.backend(self.script)

    def __str__(self):
        return self.backend.address

    def script(self, read, connection):
        if not read.target.startswith("/health"):
            self.served += 1
            return answer(self.name)
        self.checks += 1
        if self.sick is None:
            return answer("well")
        return self.sick(read, connection) if callable(self.sick) else self.sick

    def await_checks(self, count=2):
        """Waits until so many further checks have come."""
        before = self.checks
        until(lambda: self.checks >= before + count, 20, "%s is not asked" % self.name)


@pytest.fixture
def patients(lab):
    return [Patient(lab, "one"), Patient(lab, "two")]


def served(server, count=20):
    """Who answers so many requests."""
    names = collections.Counter()
    for _ in range(count):
        answered = server.get("/x")
        names[answered.text if answered.status == 200 else answered.status] += 1
    return dict(names)


def changes(server, peer):
    """The words of the log about what a peer has become."""
    return re.findall(
        r"peer is (healthy|unhealthy) while [a-z ]+, health check \"\w*\" of peer %s in upstream"
        % re.escape(str(peer)), server.errors())


def test_a_sick_peer_gets_no_requests_until_it_is_well(lab, patients):
    one, two = patients
    server = lab.server(configuration(patients, "uri=/health interval=50ms fails=2 passes=2"))
    assert served(server) == {"one": 10, "two": 10}
    one.sick = answer("sick", status="503 Service Unavailable")
    until(lambda: changes(server, one) == ["unhealthy"], 20, server.errors)
    assert served(server) == {"two": 20}
    one.sick = None
    until(lambda: changes(server, one) == ["unhealthy", "healthy"], 20, server.errors)
    assert served(server) == {"one": 10, "two": 10}
    one.await_checks(4)
    assert changes(server, one) == ["unhealthy", "healthy"]
    assert changes(server, two) == []
    line = server.wait_for_error(r"\[warn\].*peer is unhealthy.*")[0]
    assert line.endswith(
        'peer is unhealthy while checking status code, health check "" of peer %s '
        'in upstream "peers", reason: the status is 503' % one)


def late(read, connection):
    connection.wait_for_end()


SICKNESSES = {
    "it hangs": (late, "reading response header", "timed out"),
    "it hangs in its head": (
        lambda read, connection: connection.send(b"HTTP/1.1 200 OK\r\nX") and late(
            read, connection), "reading response header", "timed out"),
    "it hangs in its content": (
        lambda read, connection: connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel") and late(read, connection),
        "reading upstream", "timed out"),
    "it drips": (
        lambda read, connection: [
            time.sleep(0.05) for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100
            if connection.send(bytes([byte]))] and None, "reading response header", "timed out"),
    "it closes": (
        lambda read, connection: connection.close(), "reading response header", "closed"),
    "it resets": (
        lambda read, connection: connection.reset(), "reading response header", "recv"),
    "it closes within": (
        lambda read, connection: [
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel"),
            connection.close()] and None, "reading upstream", "closed"),
    "it talks nonsense": (b"SSH-2.0-OpenSSH\r\n\r\n", "reading response header", "invalid"),
    "it never gets to its answer": (
        b"HTTP/1.1 103 Hints\r\n\r\n" * 50, "reading response header", "unexpected status 103"),
    "it switches protocols": (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "reading response header", "unexpected status 101"),
    "its chunks are broken": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "reading upstream",
        "invalid body"),
    "its head has no end": (
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * (1 << 20), "reading response header", "invalid header"),
}


@pytest.mark.parametrize("name", SICKNESSES)
def test_every_sickness_is_found_and_named(lab, patients, name):
    sickness, doing, reason = SICKNESSES[name]
    one, two = patients
    one.sick = sickness
    server = lab.server(configuration(patients, "uri=/health interval=50ms mandatory"))
    server.wait_for_error(
        r"peer is unhealthy while %s.* of peer %s .*reason: .*%s" % (
            doing, re.escape(str(one)), reason))
    assert served(server, 6) == {"two": 6}
    one.sick = None
    server.wait_for_error(r"peer is healthy while .* of peer %s " % re.escape(str(one)))
    assert served(server, 6) == {"one": 3, "two": 3}


def test_a_match_says_what_is_right(lab, patients):
    one, two = patients
    rest = """
        map $upstream_http_x_load $is_idle { default 1; high 0; }
        match good {
            status 200-299; header Content-Type ~ ^text/; header ! X-Bad; body ~* ready;
            require $is_idle $upstream_status;
        }
    """

    def well(**fields):
        return answer("Ready.", fields={"Content-Type": "text/plain", **fields})

    one.sick, two.sick = well(), well()
    server = lab.server(configuration(
        patients, "uri=/health interval=50ms match=good mandatory", rest))
    assert served(server) == {"one": 10, "two": 10}
    for sick, doing, reason in [
            (answer("Ready."), "checking header", "content-type"),
            (well(**{"X-Bad": "1"}), "checking header", "x-bad"),
            (answer("No.", fields={"Content-Type": "text/plain"}), "checking body", "ready"),
            (well(**{"X-Load": "high"}), "checking required variables", "is_idle"),
            (answer("Ready.", status="404 Not Found"), "checking status code", "404")]:
        one.sick = sick
        server.wait_for_error(
            r'peer is unhealthy while %s, health check "good" of peer %s .*%s' % (
                doing, re.escape(str(one)), reason))
        assert served(server, 4) == {"two": 4}
        one.sick = well()
        count = changes(server, one).count("unhealthy")
        until(lambda: changes(server, one)[-1] == "healthy", 20, server.errors)
        assert changes(server, one).count("unhealthy") == count
    assert set(changes(server, two)) == {"healthy"}


def test_a_mandatory_check_comes_before_the_first_request(lab):
    one, two = Patient(lab, "one"), Patient(lab, "two", answer("", status="500 No"))
    server = lab.server(configuration([one, two], "uri=/health interval=30s mandatory"))
    assert served(server, 6) == {"one": 6}
    assert (one.checks, two.checks) == (1, 1)


def test_a_mandatory_check_that_hangs_does_not_hold_the_start_for_ever(lab):
    one, two = Patient(lab, "one"), Patient(lab, "two", late)
    text = configuration([one, two], "uri=/health interval=30s mandatory")
    server = lab.server(text.replace("proxy_read_timeout 500ms", "proxy_read_timeout 30s"))
    assert served(server, 6) == {"one": 6}
    assert changes(server, two) == []


def test_nobody_is_asked_when_all_are_sick(lab, patients):
    for patient in patients:
        patient.sick = answer("", status="500 No")
    server = lab.server(configuration(patients, "uri=/health interval=50ms mandatory"))
    assert server.get("/x").status == 502
    server.wait_for_error("no live upstreams while connecting to upstream")
    assert [patient.served for patient in patients] == [0, 0]


def test_the_only_peer_is_kept_from_requests_too(lab):
    one = Patient(lab, "one", answer("", status="500 No"))
    server = lab.server(configuration([one], "uri=/health interval=50ms mandatory"))
    assert server.get("/x").status == 502
    one.sick = None
    server.wait_for_error("peer is healthy")
    assert served(server, 3) == {"one": 3}


def test_a_restart_is_waited_for_though_checks_have_noticed_it(lab):
    with NodeApi() as one:
        server = lab.server(configuration(
            [one], "uri=/api/whoami interval=50ms mandatory", "proxy_hold 20s;"))
        assert server.get("/api/whoami").status == 200
        one.kill()
        server.wait_for_error("peer is unhealthy while connecting")
        with Wire(server.port, 20) as wire:
            wire.send(request("/api/whoami"))
            server.wait_for_error("requests wait up to")
            one.start()
            assert wire.response().status == 200
    assert server.errors().count("requests wait up to") == 1


def test_failures_of_requests_are_told_once(lab, patients):
    one, two = patients
    server = lab.server(group(patients, "max_fails=2 fail_timeout=1s") + LOCATION.replace(
        "CHECK", "proxy_next_upstream error timeout http_500;"))
    one.sick = answer("", status="500 No")
    target = "/health"
    until(lambda: "is left out" in server.errors() or server.get(target) is None, 20)
    for _ in range(10):
        assert server.get(target).status == 200
    name = "peer %s of upstream \"peers\"" % one
    assert server.errors().count(name + " is left out for 1s: it answered 500") == 1
    assert "upstream server temporarily disabled while reading response" in server.errors()
    one.sick = None
    until(lambda: name + " answers again" in server.errors() or server.get(target) is None, 20)
    assert server.errors().count(name + " answers again") == 1
    assert server.errors().count(name) == 2


def test_several_checks_must_all_pass(lab, patients):
    one, two = patients
    one.sick = lambda read, connection: answer(
        "", status="500 No" if "deep" in read.target else "200 OK")
    server = lab.server(group(patients) + """
        server {
            listen 127.0.0.1:%%PORT%%;
            location / { proxy_pass http://peers; health_check uri=/health interval=50ms; }
            location /deep { proxy_pass http://peers; health_check uri=/health/deep interval=50ms; }
        }
    """)
    server.wait_for_error("peer is unhealthy")
    one.await_checks(4)
    assert served(server, 6) == {"two": 6}
    one.sick = None
    until(lambda: changes(server, one) == ["unhealthy", "healthy"], 20, server.errors)
    assert served(server, 6) == {"one": 3, "two": 3}


def test_a_check_says_what_its_location_says(lab, patients):
    one, two = patients
    server = lab.server(group([one]) + """
        server {
            listen 127.0.0.1:%%PORT%%;
            server_name site.example;
            location / {
                proxy_pass http://peers/inner/;
                proxy_set_header Host $host;
                proxy_set_header X-Asked $uri$is_args$args;
                proxy_set_header X-None $http_x_none;
                health_check uri=/health?a=b interval=50ms;
            }
            location /plain { proxy_pass http://peers; health_check uri=/health/2 interval=50ms; }
        }
    """)
    one.await_checks(4)
    first = next(read for read in one.backend.requests if read.target == "/health?a=b")
    assert (first.method, first.version) == ("GET", "HTTP/1.1")
    assert first.fields == [
        ("Host", "site.example"), ("X-Asked", "/health?a=b"), ("Connection", "close")]
    second = next(read for read in one.backend.requests if read.target == "/health/2")
    assert second.get("Host") == "peers"
    assert server.get("/x").status == 200


def test_connections_are_kept_for_checks_if_wanted(lab, patients):
    one, two = patients
    server = lab.server(group([one]) + LOCATION.replace(
        "CHECK", "health_check uri=/health interval=30ms keepalive_time=400ms;"))
    one.await_checks(30)
    used = [len(connection.requests) for connection in one.backend.connections]
    assert max(used) > 4 and len(used) > 1, used
    # One that the peer closes between two checks says nothing against it.
    one.sick = lambda read, connection: [
        connection.send(answer("well")), connection.close()] and None
    one.await_checks(5)
    assert changes(server, one) == []


def test_another_port_is_asked(lab, patients):
    one, two = patients
    server = lab.server(configuration(
        [one], "uri=/health interval=50ms port=%d" % two.backend.port))
    two.await_checks(2)
    assert one.checks == 0
    two.sick = answer("", status="500 No")
    line = server.wait_for_error(r"peer is unhealthy.*")[0]
    assert 'of peer %s in upstream "peers", port %d, reason:' % (one, two.backend.port) in line
    assert server.get("/x").status == 502


def test_checks_leave_no_descriptors(lab, patients):
    one, two = patients
    server = lab.server(configuration(patients, "uri=/health interval=5ms jitter=5ms"))
    one.await_checks(5)
    before = server.descriptors()
    for number in range(10):
        one.sick = [None, late, b"junk\r\n\r\n", answer("", status="500 No"),
                    lambda read, connection: connection.reset()][number % 5]
        two.await_checks(10)
    one.sick = None
    two.await_checks(10)
    until(lambda: server.descriptors() <= before + 2, 10,
          lambda: "%d descriptors, %d before" % (server.descriptors(), before))


def test_a_reload_begins_anew_and_ends_the_old_checks(lab, patients):
    one, two = patients
    server = lab.server(configuration(patients, "uri=/health interval=50ms mandatory"))
    assert served(server, 4) == {"one": 2, "two": 2}
    one.sick = answer("", status="500 No")
    server.configure(configuration(patients, "uri=/health/new interval=50ms mandatory"))
    old = server.workers()
    server.reload()
    until(lambda: not set(old) & set(server.workers()), 20, server.errors)
    assert served(server, 4) == {"two": 4}
    for patient in patients:
        patient.backend.requests.clear()
    two.await_checks(4)
    assert {read.target for read in two.backend.requests} == {"/health/new"}


def test_node_that_is_killed_is_left_out_and_comes_back(lab):
    ports = free_ports(2)
    with NodeApi(ports[0]) as one, NodeApi(ports[1]) as two:
        server = lab.server(configuration(
            [one, two], "uri=/api/whoami interval=50ms mandatory"))
        with Wire(server.port) as wire:
            assert wire.get("/api/whoami").status == 200
            one.kill()
            server.wait_for_error("peer is unhealthy while .*%s" % re.escape(one.address))
            assert all(wire.get("/api/whoami").status == 200 for _ in range(10))
            one.start()
            server.wait_for_error("peer is healthy while .*%s(.|\n)*peer is healthy.*%s" % (
                re.escape(one.address), re.escape(one.address)))
            assert all(wire.get("/api/whoami").status == 200 for _ in range(10))


def reloaded(server, text):
    """Has other workers serve, with this configuration."""
    server.configure(text)
    old = server.workers()
    server.reload()
    until(lambda: not set(old) & set(server.workers()), 20, server.errors)


def test_a_sick_peer_is_not_trusted_because_of_a_reload(lab, patients):
    one, two = patients
    one.sick = answer("", status="500 No")
    text = configuration(patients, "uri=/health interval=50ms")
    server = lab.server(text)
    server.wait_for_error("peer is unhealthy")
    # The next process would ask only much later.
    reloaded(server, text.replace("interval=50ms", "interval=1h jitter=1h"))
    assert served(server, 6) == {"two": 6}


def test_a_persistent_peer_needs_no_check_after_a_reload(lab, patients):
    one, two = patients
    two.sick = answer("", status="500 No")
    text = configuration(patients, "uri=/health interval=50ms mandatory persistent")
    server = lab.server(text)
    assert served(server, 6) == {"one": 6}
    two.sick = None
    server.wait_for_error("peer is healthy .*%s" % re.escape(str(two)))
    one.sick = two.sick = late
    reloaded(server, text.replace("read_timeout 500ms", "read_timeout 1h"))
    assert served(server, 6) == {"one": 3, "two": 3}
