# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A built frontend served by nginx and by us: thousands of generated requests, and the answers
# compared. What may differ is a rule that names a section of docs/differences.md, and that says
# what our answer must be instead.

import re

import pytest

from harness import UNDER_TEST
from harness.crowd import Asked, Questions, described
from harness.frontend import EPOCH, OLD_SIBLING, frontend, write_frontend
from harness.server import NGINX, ROOT

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with"),
    pytest.mark.skipif(UNDER_TEST == "nginx", reason="nginx is what is compared with")]

COMMON = """
    types {
        text/html html htm; text/css css; application/javascript js; application/json json map;
        image/svg+xml svg; text/plain txt; font/woff2 woff2; image/png png; image/jpeg jpg;
    }
    keepalive_requests 1000000;
"""

CONFIGURATIONS = {
    "plain": "server { listen 127.0.0.1:%%PORT%%; root %%DIR%%/html; }",
    "single page": """
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            error_page 404 /404.html;
            location / { try_files $uri $uri/ /index.html; }
            location /assets/ {
                try_files $uri =404;
                add_header Cache-Control "public, max-age=31536000, immutable";
            }
        }
    """,
    "compressed": """
        gzip on; gzip_vary on; gzip_min_length 1000; gzip_static on;
        gzip_types text/css application/javascript application/json image/svg+xml;
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            location /locales/ { gzip off; }
            location /docs/ { gzip_static off; gzip_min_length 20; gzip_comp_level 9; }
        }
    """,
    "policy": """
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            expires 1h;
            charset utf-8;
            add_header X-Uri "a $uri" always;
            add_header Cache-Control "public";
            location /assets/ { expires max; etag off; }
            location /docs/ { expires -1; if_modified_since before; }
            location /locales/ { expires epoch; if_modified_since off; max_ranges 1; }
            location /odd/ { expires off; add_header X-Odd 1; max_ranges 0; }
            location /public/ { expires modified +1d; absolute_redirect off; }
        }
    """,
    "listing": """
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            index none.html;
            autoindex on;
            location /docs/ { autoindex_exact_size off; index index.html; }
        }
    """,
}

# How many of which questions each configuration is asked.
COUNTS = {
    "plain": {"path": 900, "condition": 700, "range": 700, "several": 400, "encoding": 150},
    "compressed": {"path": 300, "encoding": 800, "condition": 300, "range": 300, "several": 50},
    "policy": {"path": 500, "condition": 300, "range": 200, "several": 100},
    "single page": {"path": 600, "condition": 150, "range": 150, "encoding": 100},
    "listing": {"path": 200, "folder": 300, "condition": 50},
}

BAD_DATES = ("yesterday", "1700000000")


def without(answer, *names):
    return {**answer, "fields": {
        name: values for name, values in answer["fields"].items() if name not in names}}


def epoch(question, ours, theirs):
    if "epoch" not in question.target or question.path not in (EPOCH, None):
        return False
    # What expires a while after a time that is not known does so a while after now.
    of_time = ("last-modified", "expires", "cache-control")
    if theirs["fields"].get("expires", [""])[0].endswith("1970 00:00:00 GMT"):
        return without(ours, *of_time[1:]) == without(theirs, *of_time)
    return ours == without(theirs, "last-modified")


def lone_condition(question, ours, theirs):
    fields = question.fields
    if fields.get("If-Unmodified-Since") in BAD_DATES:
        return theirs["status"] == 412 and ours["status"] in (200, 304, 206, 412)
    statuses = ours["status"], theirs["status"]
    if "If-Match" in fields and "If-Unmodified-Since" in fields:
        return statuses == (200, 412)
    return "If-None-Match" in fields and "If-Modified-Since" in fields and statuses == (304, 200)


def unsatisfiable(question, ours, theirs):
    theirs = without(theirs, "cache-control", "expires")
    theirs["fields"] = {name: values[:1] for name, values in theirs["fields"].items()}
    return ours["status"] == 416 and ours == theirs


CODED = ("content-encoding", "content-length", "transfer-encoding", "accept-ranges", "etag")


def prefers_gzip(accepts):
    """Whether gzip is what a client wants, by RFC 9110 §12.5.3."""
    weights = {}
    for item in filter(None, (item.strip() for item in accepts.split(","))):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = [part[2:] for part in parameters if part.startswith("q=")]
        weights[name.removeprefix("x-")] = float(quality[0]) if quality else 1.0
    gzip = weights.get("gzip", weights.get("*", 0))
    return gzip > 0 and gzip >= weights.get("identity", 0)


def negotiated(question, ours, theirs):
    accepts = question.fields.get("Accept-Encoding")
    if accepts is None or ours["status"] != 200:
        return False
    is_gzip = ours["fields"].get("content-encoding") == ["gzip"]
    return is_gzip == prefers_gzip(accepts) and (
        without(ours, *CODED) == without(theirs, *CODED))


def varies(question, ours, theirs):
    if ours["status"] == 304:
        return without(ours, "vary") == theirs
    return ours["status"] in (412, 416) and ours == without(theirs, "vary")


def stale_sibling(question, ours, theirs):
    return question.path == OLD_SIBLING and ours["content"] == frontend()[OLD_SIBLING] or (
        question.path == OLD_SIBLING and question.method == "HEAD") and (
            without(ours, "last-modified", *CODED) == without(theirs, "last-modified", *CODED))


def odd_listing(question, ours, theirs):
    rows = [re.findall(rb'<a href="([^"]*)">[^<]*</a> +([^\r]*)', answer["content"])
            for answer in (ours, theirs)]
    return question.target.startswith("/odd") and len(rows[0]) > 20 and rows[0] == rows[1] and (
        {**ours, "content": b""} == {**theirs, "content": b""})


# (a section of docs/differences.md, what must hold of question, our answer and nginx's)
DIFFERENCES = [
    ("Entity tags", epoch),
    ("Listings", odd_listing),
    ("Compression", negotiated),
    ("Compression", varies),
    ("What is remembered of files", stale_sibling),
    ("Conditions", lone_condition),
    ("Ranges that cannot be satisfied", unsatisfiable),
]


class Compared:
    """Both servers with one configuration over the same files."""

    def __init__(self, lab, text):
        sides = []
        for start in (lab.server, lab.nginx):
            made = start(COMMON + text, start=False)
            write_frontend(made.directory / "html")
            sides.append(Asked(made.start()))
        self.ours, self.nginx = sides

    def answers(self, question):
        return [side.comparable(question, side.answer(question))
                for side in (self.ours, self.nginx)]

    def difference(self, question):
        """What differs without a rule for it, or None."""
        ours, theirs = self.answers(question)
        if ours["fields"].get("expires") != theirs["fields"].get("expires"):
            # A second may have begun between the two.
            ours, theirs = self.answers(question)
        if ours == theirs or any(rule(question, ours, theirs) for _, rule in DIFFERENCES):
            return None
        return "%r\n   ours  %s\n   nginx %s" % (
            question, described(ours, theirs), described(theirs, ours))


@pytest.fixture(scope="module")
def compared(shared_lab):
    made = {}

    def pair(name):
        if name not in made:
            made[name] = Compared(shared_lab, CONFIGURATIONS[name])
        return made[name]
    return pair


@pytest.mark.parametrize("name, kind", [
    (name, kind) for name in CONFIGURATIONS for kind in COUNTS[name]])
def test_generated_requests_are_answered_as_nginx_answers_them(compared, name, kind):
    pair, questions = compared(name), Questions("%s %s" % (name, kind))
    count, problems = COUNTS[name][kind], []
    for _ in range(count):
        problem = pair.difference(getattr(questions, kind)("/"))
        if problem:
            problems.append(problem)
    assert not problems, "%d of %d differ:\n%s" % (len(problems), count, "\n".join(problems[:8]))
    assert pair.ours.early_ends == 0, "closed without having said so"
    pair.ours.server.assert_unharmed()


def test_every_rule_names_a_documented_difference():
    titles = re.findall("^## (.+)$", (ROOT / "docs" / "differences.md").read_text(), re.M)
    assert not {title for title, _ in DIFFERENCES} - set(titles)


def test_some_thousand_requests_are_compared():
    assert sum(sum(kinds.values()) for kinds in COUNTS.values()) >= 3000
