# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What the rewrite phase writes to the log, and what it costs at most.

import re
import time

import pytest

from harness import UNDER_TEST, tree, until
from harness.server import NGINX, Nginx, Server

LOGGED = """
    rewrite_log on;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / { return 200 "$uri"; }
        location /a/ { rewrite ^/a/(.*)$ /b/$1?x=y last; }
        location /redirect/ { rewrite ^/redirect/(.*)$ /$1 permanent; }
        location /none/ { rewrite ^/other/ /b/; return 200; }
        location /if/ { if ($arg_a ~ ^b$) { return 200; } return 200; }
        location /empty/ { rewrite ^ $arg_none; }
        location /loop/ { rewrite_log off; rewrite ^/loop/(.*)$ /loop/x$1; }
        location /named/ { error_page 404 @other; return 404; }
        location @other { error_page 404 @other; recursive_error_pages on; return 404; }
        location /inner/ { recursive_error_pages on; error_page 404 /inner/x; return 404; }
        location /unset/ { rewrite_log off; set $a "$b"; return 200 "$b$b"; }
        location /quiet/ { uninitialized_variable_warn off; rewrite_log off; return 200 "$b"; }
        location /never/ { set $b 1; }
    }
"""


def lines(made):
    found = []
    for line in made.errors().splitlines():
        match = re.search(r"\[(\w+)\] \d+#\d+: \*\d+ (.*), client: .*request: \"([^\"]*)\"", line)
        if match:
            found.append(match.groups())
    return found


@pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with")
@pytest.mark.parametrize("target", [
    "/a/c", "/a/c?d", "/a/%0Ac", "/redirect/x?y", "/redirect/a%20b", "/none/x", "/if/?a=b",
    "/if/?a=c", "/empty/", "/loop/", "/inner/", "/unset/", "/quiet/"])
def test_the_log_says_what_nginx_says(lab, target):
    ours, theirs = [lab.server(LOGGED, kind=kind, main="error_log %%DIR%%/error.log notice;")
                    for kind in (Server, Nginx)]
    for made in (ours, theirs):
        made.get(target)
    if "%0A" in target:
        # A line of the log cannot be forged.
        until(lambda: lines(ours))
        assert all("\\x0A" in text for _, text, _ in lines(ours))
        return
    # Lines may be written behind the answers.
    time.sleep(0.1)
    expected = lines(theirs)
    until(lambda: len(lines(ours)) >= len(expected))
    assert lines(ours) == expected


COSTLY = "a" * 60 + "!"


@pytest.mark.ours
@pytest.mark.parametrize("target, host, status", [
    ("/rewrite/" + COSTLY, "a.test", 500), ("/if/" + COSTLY, "a.test", 500),
    ("/location/" + COSTLY, "a.test", 500), ("/map/?a=" + COSTLY, "a.test", 200),
    ("/", "a" * 60 + "-.name", 500)])
def test_a_costly_pattern_costs_little(lab, target, host, status):
    """L05: as long as the pattern would take, nobody else would be served."""
    server = lab.server("""
        map $arg_a $mapped { default other; ~^(a+)+$ same; }
        server {
            listen 127.0.0.1:%%PORT%%;
            server_name a.test;
            location /rewrite/ { rewrite ^/rewrite/(a+)+$ /x; return 200; }
            location /if/ { if ($uri ~ ^/if/(a+)+$) { return 204; } return 200; }
            location ~ ^/location/(a+)+$ { return 200; }
            location /map/ { return 200 $mapped; }
        }
        server { listen 127.0.0.1:%%PORT%%; server_name ~^(a+)+\\.name$; return 200; }
    """)
    server.allowed_alerts = ("pcre2_match",)
    start = time.monotonic()
    answered = server.get(target, host=host)
    assert time.monotonic() - start < 1
    assert answered.status == status
    if status == 200:
        assert answered.content == b"other"
    until(lambda: "pcre2_match" in server.errors())
    assert len(re.findall("pcre2_match.*failed", server.errors())) == 1
    assert server.get("/map/?a=aaa", host="a.test").content == b"same"


def test_what_rewrite_made_stays_below_the_root(lab):
    server = lab.server("""
        server {
            listen 127.0.0.1:%%PORT%%;
            root %%DIR%%/html;
            location /captured { rewrite ^/captured(.*)$ /$1 break; }
            location /argument { rewrite ^ /$arg_file break; }
            location /tried { rewrite ^ /$arg_file; break; try_files $uri =404; }
            location /alias/ { alias %%DIR%%/html/; try_files /$arg_file =404; }
        }
    """, start=False)
    tree(server.directory, {"html/a.txt": "inside", "secret.txt": "SECRET"})
    server.start()
    if UNDER_TEST == "nginx":
        pytest.skip("nginx sends what lies above")
    for target in ("/captured../secret.txt", "/argument?file=../secret.txt",
                   "/tried?file=../secret.txt", "/argument?file=a/../../secret.txt"):
        answered = server.get(target)
        assert answered.status == 404
        assert b"SECRET" not in answered.content
    assert server.get("/argument?file=a.txt").content == b"inside"
