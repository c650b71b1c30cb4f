# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Whole configurations, in the shapes and with the mistakes that people have: each of `sites/` is
# given to nginx and to the server under test, and both are asked the same hundred requests.

import base64
import pathlib

import pytest

from harness import UNDER_TEST, Nginx, Server
from harness.backend import answer
from harness.compare import Ask, Example, Side
from harness.server import NGINX, ROOT

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx to compare with")

SITES = sorted((pathlib.Path(__file__).parent / "sites").glob("*.conf"))

PAGE = "<html><head><title>%s</title></head><body>" + "text " * 200 + "__API_URL__</body></html>\n"
FILES = {
    "index.html": PAGE % "app", "404.html": "<p>not here", "50x.html": "<p>broken",
    "403.html": "<p>forbidden", "favicon.ico": bytes(range(64)), "robots.txt": "User-agent: *\n",
    "manifest.json": '{"name": "app"}', "about.html": "about", "before.html": "[before]",
    "after.html": "[after]", "data.xml": "<x/>", "file~": "backup", "noindex/c.txt": "c",
    "assets/index-B2xk9Z1q.js": "fetch('__API_URL__')\n" * 100,
    "assets/index-C7hd02Lm.css": "body { margin: 0 }\n" * 100, "assets/app.js.map": "{}",
    "assets/fonts/inter.woff2": b"wOF2" + bytes(300), "images/logo.svg": "<svg></svg>",
    "images/photo.jpg": b"\xff\xd8\xff" + bytes(1000), "docs/index.html": "docs",
    "docs/guide.html": "guide", "admin/index.html": PAGE % "admin", "admin/public/a.txt": "open",
    "pages/time.html": '<!--#set var="x" value="y" --><p><!--#echo var="x" --></p>',
    ".well-known/acme-challenge/token": "token.key", ".env": "SECRET=1", ".git/config": "[core]",
}
EXTRA = {
    "mime.types": """types {
        text/html html htm;  text/css css;  application/javascript js;  application/json json map;
        image/svg+xml svg;  image/jpeg jpg;  image/x-icon ico;  text/plain txt;  font/woff2 woff2;
    }""",
    "conf.d/extra.conf": "map $arg_x $extra { default none; 1 one; }\n",
    # The user is "user", the passwords are "secret" in three forms.
    "htpasswd": "plain:{PLAIN}secret\napr:$apr1$FsNVuUDd$fqVw6zHPAOY.ippu5JJm5/\n"
                "sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n",
}
ENVIRONMENT = {"DOMAIN": "example.org", "NGINX_SERVER_NAME": "example.com",
               "FILE_SIZE_LIMIT": "2k"}


def peer(read, connection):
    """An API with a little of everything; what it was asked is in its answer."""
    fields = [("X-Target", read.target), ("Content-Type", "application/json")]
    path = read.target.partition("?")[0]
    if path.endswith("/missing"):
        return answer('{"error": "missing"}', "404 Not Found", fields)
    if path.endswith("/broken"):
        return answer('{"error": "broken"}', "500 Internal Server Error", fields)
    if path.endswith("/moved"):
        host = read.get("Host")
        return answer("", "302 Found", [*fields, ("Location", "http://%s/api/there" % host)])
    if path.endswith("/chunks"):
        return answer("{}" * 400, fields=fields, framing="chunked")
    if path.endswith("/login"):
        return answer("{}", fields=[*fields, ("Set-Cookie", "id=1; Path=/; HttpOnly"),
                                    ("Set-Cookie", "b=2")])
    if path.endswith("/session"):
        if not read.get("Cookie"):
            return answer("", "401 Unauthorized", fields)
        return answer("", fields=[*fields, ("X-User", "ann")])
    return answer('{"ok": true}' * 40, fields=fields)


def basic(credentials):
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


def asked(target, **fields):
    return Ask(target, fields={name.replace("_", "-"): value for name, value in fields.items()})


BROWSER = {"Accept": "text/html,application/xhtml+xml", "Accept-Encoding": "gzip",
           "User-Agent": "Mozilla/5.0", "Accept-Language": "de"}
REQUESTS = [Ask(target) for target in (
    # Pages of the app, and links into it.
    "/", "/index.html", "/index.html?utm=1", "/about", "/about.html", "/users/42/edit", "/?q=a%20b",
    "/index.php", "/home", "/admin", "/admin/", "/admin/users", "/admin/public/a.txt", "/docs",
    "/docs/", "/docs/guide", "/docs/guide.html", "/docs/none", "/noindex", "/noindex/", "/pages/",
    "/pages/time.html", "/static/index-B2xk9Z1q.js", "/logo", "/files/docs/guide.html",
    "/files/../404.html", "/pictures/logo.svg", "/health", "/health.json", "/pixel", "/nothing",
    "/gone", "/to", "/created", "/teapot", "/down/", "/soon/",
    # Files.
    "/favicon.ico", "/robots.txt", "/manifest.json", "/data.xml", "/assets/index-B2xk9Z1q.js",
    "/assets/index-C7hd02Lm.css", "/assets/gone-A1b2C3d4.js", "/assets/app.js.map", "/assets",
    "/assets/", "/assets/fonts/inter.woff2", "/images/logo.svg", "/images/photo.jpg",
    "/images/none.svg", "/404.html", "/50x.html", "/file~",
    # What nobody should see.
    "/.env", "/.git/config", "/.well-known/acme-challenge/token", "/..%2f..%2fetc/passwd",
    "/%2e%2e/x", "//index.html", "/assets//app.js.map", "/a%00b", "/%zz",
    # The API.
    "/api", "/api/", "/api/users", "/api/users?page=2&x=%2F", "/api/a%20b/%C3%BC", "/api/missing",
    "/api/broken", "/api/moved", "/api/chunks", "/api/login", "/svc/mail/send?x=1", "/api2/moved",
    # Old addresses.
    "/old/guide.html", "/tmp/x?y=1", "/blog/12/first.html?a=b", "/drop/x?y=1", "/UPPER/app.js.map",
    "/loop/", "/ext/a%20b?c=d", "/?script=%3Cscript%3E", "/?ip=10.1.2.3", "/?ip=192.168.0.4",
    "/?client=ann", "/abs/", "/named/", "/auth", "/mirror", "/s/x?md5=a&expires=1",
)] + [
    Ask("/", "HEAD"), Ask("/assets/index-B2xk9Z1q.js", "HEAD"), Ask("/api/users", "HEAD"),
    Ask("/", "POST", content=b"a=1"), Ask("/api/users", "POST", content=b'{"name": "ann"}'),
    Ask("/api/users", "PUT", content=b"x" * 3000), Ask("/api/upload", "POST", content=b"y" * 9000),
    Ask("/api/users", "OPTIONS", fields={"Origin": "http://a.example"}), Ask("/", "OPTIONS"),
    Ask("/api/users/1", "DELETE"), Ask("/docs/", "DELETE"), Ask("/assets/app.js.map", "PATCH"),
    Ask("/", version="1.0", name="GET / in 1.0"),
    Ask("/", version="1.0", host=None, name="GET / without a host"),
    Ask("/docs", host="example.com"),
    Ask("/x", host="www.example.com"), Ask("/", host="a.example.com"),
    Ask("/", host="www.test.net"),
    Ask("/", host="other.example"), Ask("/", fields=BROWSER),
    Ask("/assets/index-B2xk9Z1q.js", fields=BROWSER), Ask("/api/users", fields=BROWSER),
    asked("/images/logo.svg", Referer="http://evil.example/"),
    asked("/images/logo.svg", Referer="http://www.example.com/page"),
    asked("/", User_Agent="curl/8.0"), asked("/", User_Agent="AhrefsBot"),
    asked("/assets/index-C7hd02Lm.css", Range="bytes=0-9"),
    asked("/assets/index-C7hd02Lm.css", If_Modified_Since="Tue, 14 Nov 2023 22:13:20 GMT"),
    asked("/", If_None_Match="*"),
    asked("/api/ws", Connection="Upgrade", Upgrade="websocket"),
    asked("/api/users", X_Forwarded_For="203.0.113.7, 10.0.0.1", X_Forwarded_Proto="https"),
    asked("/api/users", Forwarded="for=1.2.3.4"), asked("/api/users", Forwarded="for=\"_x;"),
    asked("/admin/", X_Forwarded_For="203.0.113.7"), asked("/admin/", Cookie="id=1"),
    asked("/", Cookie="beta=yes"), Ask("/admin/", fields=basic("plain:secret")),
    Ask("/admin/", fields=basic("sha:secret")), Ask("/admin/", fields=basic("apr:wrong")),
    Ask("/api/users", fields=basic("plain:secret")), asked("/api/users", X_Slow="1"),
]


def example(path, environment=None):
    # As from conf.d: the table of types is nginx's own affair.
    text = "include %%DIR%%/mime.types;\n" + path.read_text()
    for name, value in (environment or {}).items():
        text = text.replace("${%s}" % name, value)
    return Example(path.stem, text, REQUESTS, files=FILES, extra=EXTRA, script=peer)


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.stem)
def test_a_site_answers_as_under_nginx(lab, path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    theirs = Side(lab, Nginx, example(path, ENVIRONMENT))
    # Only ours reads the environment by itself.
    ours = Side(lab, Server, example(path, ENVIRONMENT if UNDER_TEST == "nginx" else None))
    differences = []
    for ask in REQUESTS:
        expected, answered = theirs.ask(ask), ours.ask(ask)
        if expected != answered and not is_meant(expected, answered):
            differences.append("%s\n   theirs %r\n   ours   %r" % (ask.name, expected, answered))
    assert not differences, "%d of %d\n%s" % (
        len(differences), len(REQUESTS), "\n".join(differences[:6]))


# What may differ, by the section of docs/differences.md that says so.
MEANT = ["What a peer is sent", "Entity tags", "Compression"]


def is_meant(expected, answered):
    """Whether nothing differs but what is documented."""
    return without_meant(expected) == without_meant(answered)


def without_meant(sides):
    answers, seen = sides
    return [without_coding(answered) for answered in answers], [
        {**read, "fields": [field for field in read["fields"] if field[0] != "upgrade"]}
        for read in seen]


def without_coding(answered):
    """An answer without what depends on when it was compressed."""
    if answered == "closed":
        return answered
    fields = dict(answered["fields"])
    left_out = {"Vary"} if answered["status"][0] == 304 else set()
    if "Content-Encoding" in fields:
        left_out = {"Content-Length", "Transfer-Encoding"}
        answered = {**answered, "framing": "any"}
    return {**answered, "fields": sorted(
        (name, value.removeprefix("W/") if name == "ETag" else value)
        for name, value in answered["fields"] if name not in left_out)}


def test_what_may_differ_is_documented():
    text = (ROOT / "docs" / "differences.md").read_text()
    for title in MEANT:
        assert "\n## %s\n" % title in text, title


def test_there_are_sites_and_requests_enough():
    assert len(SITES) >= 40 and len(REQUESTS) >= 100
    assert len({ask.name for ask in REQUESTS}) == len(REQUESTS)
