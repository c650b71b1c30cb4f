# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Peers by name: whom to ask, what holds for how long, and what happens when nobody answers.

import socket

import pytest

from harness import answer, free_port, request, until
from harness.names import NameServer

pytestmark = pytest.mark.ours


@pytest.fixture
def names():
    server = NameServer(free_port())
    yield server
    server.close()


def echo(text):
    return lambda read, connection: answer(text)


VARIABLES = """
    server {
        listen 127.0.0.1:%%PORT%%;
        resolver 127.0.0.1:%%DNS%% ipv6=off;
        resolver_timeout 1s;
        add_header X-Address $upstream_addr always;
        location / { proxy_pass http://$arg_h:%%PEER%%; }
        location /six/ { resolver 127.0.0.1:%%DNS%% ipv4=off; proxy_pass http://$arg_h:%%PEER%%; }
        location /other/ { resolver 127.0.0.1:%%SILENT%% 127.0.0.1:%%DNS%%;
                           resolver_timeout 10s; proxy_pass http://$arg_h:%%PEER%%; }
    }
"""


def variables(lab, names):
    backend = lab.backend(echo(b"here"))
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    server = lab.server(
        VARIABLES, peer=backend.port, dns=names.port, silent=silent.getsockname()[1])
    server.silent = silent
    return server, backend


def test_a_name_in_a_variable_is_asked_of_the_resolver(lab, names):
    server, backend = variables(lab, names)
    names.set("api.test", A=["127.0.0.1"])
    read = server.get("/?h=api.test")
    assert (read.status, read.content) == (200, b"here")
    assert read["X-Address"] == "127.0.0.1:%d" % backend.port
    assert names.count("api.test", "A") == 1 and names.count("api.test", "AAAA") == 0


def test_addresses_that_refuse_are_passed_over(lab, names):
    server, backend = variables(lab, names)
    names.set("api.test", A=["127.0.0.2", "127.0.0.3", "127.0.0.1"])
    for _ in range(4):
        read = server.get("/?h=api.test")
        assert (read.status, read.content) == (200, b"here")
        assert read["X-Address"].endswith("127.0.0.1:%d" % backend.port)


def test_each_address_is_one_try(lab, names):
    """Two addresses that refuse are two tries, and nobody else is asked behind them."""
    server, backend = variables(lab, names)
    names.set("gone.test", A=["127.0.0.201", "127.0.0.202"])
    read = server.get("/?h=gone.test")
    assert read.status == 502
    asked = ["127.0.0.%d:%d" % (number, backend.port) for number in (201, 202)]
    assert sorted(read["X-Address"].split(", ")) == asked


def test_a_connection_that_rested_hides_no_further_address(lab, names):
    """An answer that sends to the next peer finds it, with whichever connection it came."""
    port = free_port()
    for host in ("127.0.0.1", "127.0.0.2"):
        lab.backend(lambda read, connection: answer(b"no", "404 Not Found"), port=port, host=host)
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            resolver 127.0.0.1:%%DNS%% ipv6=off;
            proxy_next_upstream http_404;
            add_header X-Address $upstream_addr always;
            location / { proxy_pass http://$arg_h:%%PEER%%; }
            location /once/ { proxy_next_upstream_tries 1; proxy_pass http://$arg_h:%%PEER%%; }
        }
    """, main="worker_processes 1;", peer=port, dns=names.port)
    names.set("api.test", A=["127.0.0.1", "127.0.0.2"])
    everybody = ["127.0.0.1:%d" % port, "127.0.0.2:%d" % port]
    for _ in range(4):
        read = server.get("/?h=api.test")
        assert read.status == 404 and sorted(read["X-Address"].split(", ")) == everybody
    assert server.get("/once/?h=api.test")["X-Address"] in everybody


@pytest.mark.parametrize("records, reason", [
    (dict(rcode=2), r"2: Server failure"), (dict(rcode=3), r"3: Host not found"),
    (dict(), r"3: Host not found"), (dict(rcode=5), r"5: Operation refused"),
    (dict(silent=True), r"110: Operation timed out"),
    (dict(CNAME="api.test"), r"3: Host not found"), (dict(CNAME="b.test"), r"Too many aliases"),
])
def test_a_name_that_cannot_be_resolved_is_named(lab, names, records, reason):
    server, _ = variables(lab, names)
    names.set("api.test", **records)
    names.set("b.test", CNAME="api.test")
    assert server.get("/?h=api.test").status == 502
    server.wait_for_error(r"api.test could not be resolved \(" + reason)
    # No end to questions, whatever is said.
    assert names.count("api.test") < 40


def test_a_name_that_has_no_address_of_the_family_is_not_found(lab, names):
    server, _ = variables(lab, names)
    names.set("api.test", A=["127.0.0.1"])
    assert server.get("/six/?h=api.test").status == 502
    assert names.count("api.test", "A") == 0


def test_aliases_and_truncated_answers_are_followed(lab, names):
    server, _ = variables(lab, names)
    names.set("api.test", CNAME="other.test")
    names.set("other.test", A=["127.0.0.1"], truncated=True)
    assert server.get("/?h=api.test").status == 200


def test_another_server_is_asked_when_one_is_silent(lab, names):
    server, _ = variables(lab, names)
    names.set("api.test", A=["127.0.0.1"])
    assert server.get("/other/?h=api.test").status == 200


GROUP = """
    resolver 127.0.0.1:%%DNS%% valid=1s ipv6=off;
    upstream api { server api.test:%%PEER%% resolve; }
    upstream service { server api.test service=http resolve; }
    upstream both { server 127.0.0.1:%%PEER%%; server gone.test:%%PEER%% resolve; }
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-Address $upstream_addr always;
        location / { proxy_pass http://api; proxy_connect_timeout 1s; }
        location /service/ { proxy_pass http://service; }
        location /both/ { proxy_pass http://both; }
    }
"""


def group(lab, names):
    backend = lab.backend(echo(b"here"))
    server = lab.server(GROUP, main="worker_processes 2;", peer=backend.port, dns=names.port)
    return server, backend


def addresses(server, target="/", count=12):
    found = set()
    for _ in range(count):
        found.update(server.get(target).get("X-Address", "").split(", "))
    return {one.rsplit(":", 1)[0] for one in found if one}


def test_peers_come_and_go_with_their_name(lab, names):
    names.set("api.test", A=["127.0.0.1"])
    server, _ = group(lab, names)
    until(lambda: server.get("/").status == 200)
    assert addresses(server) == {"127.0.0.1"}
    names.set("api.test", A=["127.0.0.1", "127.0.0.2"])
    until(lambda: addresses(server) == {"127.0.0.1", "127.0.0.2"})
    assert server.get("/").status == 200
    names.set("api.test", A=[])
    until(lambda: server.get("/").status == 502)
    names.set("api.test", A=["127.0.0.1"])
    until(lambda: server.get("/").status == 200)


def test_the_last_good_answer_holds_while_the_server_fails(lab, names):
    names.set("api.test", A=["127.0.0.1"])
    server, _ = group(lab, names)
    until(lambda: server.get("/").status == 200)
    names.set("api.test", rcode=2)
    server.wait_for_error(r"api.test could not be resolved \(2: Server failure\)")
    before = names.count("api.test")
    until(lambda: names.count("api.test") > before + 2)
    assert all(server.get("/").status == 200 for _ in range(8))


def test_the_start_does_not_wait_for_names(lab, names):
    names.set("gone.test", silent=True)
    server, _ = group(lab, names)
    assert all(server.get("/both/").status == 200 for _ in range(4))


def test_requests_wait_for_the_first_answer(lab, names):
    names.set("api.test", silent=True)
    server, _ = group(lab, names)
    with server.connect(20) as wire, server.connect(20) as other:
        wire.send(request("/"))
        other.send(request("/"))
        until(lambda: names.count("api.test"))
        names.set("api.test", A=["127.0.0.1"])
        assert [one.response().status for one in (wire, other)] == [200, 200]


def test_nobody_waits_longer_than_the_timeout_says(lab, names):
    names.set("api.test", silent=True)
    server = lab.server(
        GROUP.replace("resolve;", "resolve; resolver_timeout 1s;", 1), peer=free_port(),
        dns=names.port)
    assert server.get("/").status == 502
    server.wait_for_error(r"api.test could not be resolved \(110: Operation timed out\)")
    assert server.get("/").status == 502


def test_requests_do_not_wait_for_a_name_that_does_not_exist(lab, names):
    server, _ = group(lab, names)
    assert server.get("/").status == 502
    server.wait_for_error(r"api.test could not be resolved \(3: Host not found\)")


def test_a_reload_keeps_addresses_while_no_server_answers(lab, names):
    names.set("api.test", A=["127.0.0.1", "127.0.0.2"])
    backend_port = free_port()
    names.set("_http._tcp.api.test", SRV=[(1, 5, backend_port, "a.test")])
    names.set("a.test", A=["127.0.0.1"])
    lab.backend(echo(b"service"), port=backend_port)
    server, backend = group(lab, names)
    lab.backend(echo(b"here"), port=backend.port, host="127.0.0.2")
    until(lambda: addresses(server) == {"127.0.0.1", "127.0.0.2"})
    until(lambda: server.get("/service/").content == b"service")
    for name in ("api.test", "_http._tcp.api.test", "a.test"):
        names.set(name, rcode=2)
    server.reload()
    assert addresses(server) == {"127.0.0.1", "127.0.0.2"}
    assert server.get("/service/").content == b"service"
    names.set("api.test", A=["127.0.0.1"])
    until(lambda: addresses(server) == {"127.0.0.1"})
    names.set("api.test")
    until(lambda: server.get("/").status == 502)


def test_the_weights_of_a_service_are_those_of_its_records(lab, names):
    port = free_port()
    names.set("_http._tcp.api.test", SRV=[(1, 3, port, "a.test"), (1, 1, port, "b.test")])
    names.set("a.test", A=["127.0.0.1"])
    names.set("b.test", A=["127.0.0.2"])
    for host in ("127.0.0.1", "127.0.0.2"):
        lab.backend(echo(b"here"), port=port, host=host)
    server, _ = group(lab, names)

    def shares():
        asked = [server.get("/service/")["X-Address"] for _ in range(16)]
        return [asked.count("127.0.0.%d:%d" % (number, port)) for number in (1, 2)]

    until(lambda: server.get("/service/").status == 200)
    assert shares() == [12, 4]
    names.set("_http._tcp.api.test", SRV=[(1, 1, port, "a.test"), (1, 3, port, "b.test")])
    until(lambda: shares() == [4, 12])


def test_peers_of_a_service_have_its_ports(lab, names):
    backend_port = free_port()
    names.set("_http._tcp.api.test", SRV=[(1, 5, backend_port, "a.test"),
                                          (2, 5, backend_port, "b.test")])
    names.set("a.test", A=["127.0.0.1"])
    names.set("b.test", A=["127.0.0.2"])
    server, _ = group(lab, names)
    lab.backend(echo(b"service"), port=backend_port)
    until(lambda: server.get("/service/").content == b"service")
    # The second line only stands in.
    assert addresses(server, "/service/") == {"127.0.0.1"}
    names.set("_http._tcp.api.test", SRV=[(2, 5, backend_port, "b.test")])
    until(lambda: "127.0.0.2" in addresses(server, "/service/", 1))


def test_a_pooled_connection_ends_with_its_address(lab, names):
    names.set("api.test", A=["127.0.0.1"])
    server, backend = group(lab, names)
    until(lambda: server.get("/").status == 200)
    names.set("api.test", A=["127.0.0.9"])
    until(lambda: server.get("/").status == 502)


BIND = """
    server {
        listen 127.0.0.1:%%PORT%%;
        proxy_bind 127.0.0.2;
        proxy_socket_keepalive on;
        location / { proxy_pass http://127.0.0.1:%%PEER%%; }
        location /off/ { proxy_bind off; proxy_pass http://127.0.0.1:%%PEER%%; }
        location /var/ { proxy_bind $arg_b; proxy_pass http://127.0.0.1:%%PEER%%; }
    }
"""


def test_connections_come_from_where_they_are_bound(lab):
    sources = []

    def tell(read, connection):
        sources.append(connection.socket.getpeername()[0])
        return answer(sources[-1].encode())
    backend = lab.backend(tell)
    server = lab.server(BIND, peer=backend.port)
    assert server.get("/").content == b"127.0.0.2"
    assert server.get("/off/").content == b"127.0.0.1"
    assert server.get("/var/?b=127.0.0.7").content == b"127.0.0.7"
    assert server.get("/var/?b=").content == b"127.0.0.1"
    assert server.get("/var/?b=127.0.0.7").content == b"127.0.0.7"
    assert server.get("/var/?b=junk").status == 500
    assert server.get("/var/?b=192.0.2.1").status == 500
    server.wait_for_error(r"bind\(192.0.2.1:0\) failed")
