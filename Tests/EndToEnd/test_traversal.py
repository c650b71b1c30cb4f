# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Ten thousand and more paths that try to leave the root, made from the parts that such attacks are
# made of, against every way in which a location finds files. A secret lies one level above the
# root, behind a location that refuses, and in files whose names begin with a dot.

import itertools
import random

import pytest

from harness import UNDER_TEST, Wire, WireError, request, tree

SECRET = "kept-from-everybody-4711"
DOTS = [
    "..", "%2e%2e", ".%2e", "%2e.", "%2E%2E", "%252e%252e", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
    "%f0%80%80%ae.", "..%00", "...", "....", "..;", "..;x=y", "%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e",
    ".%00.", "..%20", "..%09", "..%0d%0a", ".%0a.", "%2e%2e%2e", "..%ff", "%%32%65%%32%65", "...",
]
SEPARATORS = [
    "/", "%2f", "%2F", "\\", "%5c", "%5C", "%255c", "%252f", "//", "/./", "%c0%af", "%c1%9c",
    "%ef%bc%8f", "%e2%81%84", "/%2f", "\\/", "%2f%2f", "%%32%66", "/%2e/", "%u2215", "/none/../",
    "%00/", ":/", "?/", "#/",
]
NAMES = [
    "secret.txt", "secret%2etxt", "%73ecret.txt", "%73%65%63%72%65%74%2e%74%78%74", "SECRET.TXT",
    "html/../secret.txt", "html/%2e%2e/secret.txt", "./secret.txt", "other/secret.txt",
    "html/private/secret.txt", "html/.env",
]
ENDS = [
    "", "/", "%00", "%00.html", "?x", "#x", "/.", "%20", ".", "%00/index.html", "?/../secret.txt",
    "::$DATA", ";.html", "%0a", "/..", "\\",
]
PREFIXES = [
    "/", "/dir/", "/img/", "/img", "/bare/", "/bare", "/spa/", "/try/", "/list/", "/list/dir/",
    "/re/", "/only", "//", "/./", "/dir/./", "/%2e/", "/private/", "/own/", "/own",
]

CONFIGURATION = """
    types { text/html html; text/plain txt; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        keepalive_requests 1000000;
        location /img/ { alias %%DIR%%/html/dir/; }
        location /bare { alias %%DIR%%/html/dir; }
        location /spa/ { root %%DIR%%/html; try_files $uri $uri/ /index.html; }
        location /try/ { try_files $uri $uri.txt $uri/a.txt =404; }
        location /list/ { alias %%DIR%%/html/; autoindex on; }
        location ~ ^/re/(.*)$ { alias %%DIR%%/html/$1; }
        location = /only { alias %%DIR%%/html/dir/a.txt; }
        location /own/ { root %%DIR%%/html/dir; }
        location ^~ /private { return 403; }
        location ^~ /list/private { return 403; }
    }
"""
PUBLIC = {"html/index.html": "home", "html/dir/a.txt": "a", "html/dir/index.html": "index",
          "html/dir/sub/b.txt": "b", "html/dir/own/c.txt": "c"}
HIDDEN = {name: SECRET for name in (
    "secret.txt", "other/secret.txt", "dir/secret.txt", "SECRET.TXT", "html/private/secret.txt")}


def paths(count):
    """Distinct paths, the same in every run: every part beside every other part at least once."""
    source = random.Random("out of the root")
    made = {}
    columns = (DOTS, SEPARATORS, NAMES, ENDS, PREFIXES)
    for first, second in itertools.combinations(range(len(columns)), 2):
        for one, two in itertools.product(columns[first], columns[second]):
            parts = [source.choice(column) for column in columns]
            parts[first], parts[second] = one, two
            made[path(source, *parts)] = None
    while len(made) < count:
        made[path(source, *(source.choice(column) for column in columns))] = None
    return list(made)


def path(source, dots, separator, name, end, prefix):
    depth = source.choice([1, 1, 1, 2, 2, 3, 4, 6, 9])
    steps = [source.choice(DOTS[:6]) if source.random() < 0.1 else dots for _ in range(depth)]
    return prefix + "".join(step + separator for step in steps) + name + end


@pytest.fixture(scope="module")
def server(shared_lab):
    made = shared_lab.server(CONFIGURATION, start=False)
    tree(made.directory, {**PUBLIC, **HIDDEN})
    return made.start()


class Prober:
    """Asks over connections that are kept for as long as the server keeps them."""

    def __init__(self, server):
        self.server, self.wire, self.statuses = server, None, {}

    def probe(self, target):
        self.wire = self.wire or Wire(self.server.port, 10)
        self.wire.send(request(target))
        answered = self.wire.response()
        if answered.closes:
            self.wire.closed()
            self.wire.close()
            self.wire = None
        self.statuses[answered.status] = self.statuses.get(answered.status, 0) + 1
        return answered


def problem(answered, own):
    """What is wrong with an answer, or None."""
    if SECRET in answered.text or any(SECRET in value for _, value in answered.fields):
        return "leaks"
    if answered.status == 301:
        location = answered["Location"]
        return None if location.startswith("http://localhost") and "//" not in location[7:] else (
            "leads to " + location)
    if answered.status == 200:
        known = answered.text in own or "<title>Index of /list/" in answered.text
        return None if known else "is unknown content, %r" % answered
    return None if answered.status in (400, 403, 404) else "is answered with %r" % answered


def test_no_generated_path_leaves_a_root(server):
    """C01, C02: traversal strings, encoded in every known way."""
    prober, own, problems = Prober(server), set(PUBLIC.values()), []
    targets = paths(12_000)
    assert len(set(targets)) >= 10_000
    for target in targets:
        if UNDER_TEST == "nginx" and target.startswith("/bare.."):
            continue
        try:
            found = problem(prober.probe(target), own)
        except WireError as error:
            found, prober.wire = str(error), None
        if found:
            problems.append("%s %s" % (target, found))
    assert not problems, "%d of %d:\n%s" % (len(problems), len(targets), "\n".join(problems[:20]))
    assert {400, 403, 404, 200} <= set(prober.statuses), prober.statuses
    server.assert_unharmed()
    assert server.get("/dir/a.txt").text == "a"
