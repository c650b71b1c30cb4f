# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The demo as a visitor meets it: site.conf and public/ as they are in the repository, two Node
# processes behind the server, and headless Chromium in front of it.

import base64
import hashlib
import re
import subprocess
import time

import pytest

from harness import UNDER_TEST, NodeApi
from harness.browser import CHROMIUM, Browser
from harness.server import ROOT

PUBLIC = ROOT / "public"
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
HASHED = re.compile(r"^(.+)-([A-Za-z0-9]{8})(\.\w+)$")


def configuration(apis):
    """The repository's site.conf, with the ports and the folder of this test."""
    text = (ROOT / "site.conf").read_text()
    for old, new in (("127.0.0.1:3001", apis[0].address), ("127.0.0.1:3002", apis[1].address),
                     ("listen 3000;", "listen 127.0.0.1:%%PORT%%;"),
                     ("root public;", "root %s;" % PUBLIC)):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text if UNDER_TEST != "nginx" else for_nginx(text)


def for_nginx(text):
    """What site.conf says, in as many words as nginx needs for it."""
    text = text.replace("spa on;", "location / { try_files $uri /index.html; }\n"
                        "location /assets/ { try_files $uri =404; add_header Cache-Control"
                        " 'public, max-age=31536000, immutable'; }")
    text = text.replace("asset_caching auto;", "add_header Cache-Control no-cache;")
    text = text.replace("proxy_pass http://api;", """proxy_pass http://api;
        proxy_http_version 1.1;
        proxy_buffering off;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;""")
    return ("include /etc/nginx/mime.types;\n"
            "map $http_upgrade $connection_upgrade { default upgrade; '' ''; }\n" + text)


@pytest.fixture(scope="module")
def apis():
    with NodeApi() as first, NodeApi() as second:
        yield first, second


@pytest.fixture(scope="module")
def site(shared_lab, apis):
    made = shared_lab.server(configuration(apis))
    made.url = "http://127.0.0.1:%d" % made.port
    return made


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture
def page(browser):
    """A tab of a visitor who was never here; it must have had nothing to complain about."""
    made = browser.page()
    yield made
    made.close()
    assert made.errors == []


def asset(pattern):
    found = sorted(path.name for path in (PUBLIC / "assets").glob(pattern))
    assert len(found) == 1, found
    return "/assets/" + found[0]


def heading(text):
    return "document.querySelector('main h1')?.textContent === %r" % text


# The files


def test_every_asset_is_named_after_its_content():
    for path in sorted((PUBLIC / "assets").iterdir()):
        name = HASHED.match(path.name)
        assert name, "%s carries no hash" % path.name
        digest = base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()
        assert name[2] in re.sub("[^A-Za-z0-9]", "", digest), (
            "%s has changed: run node examples/rehash.mjs" % path.name)


def test_every_asset_that_is_mentioned_exists_and_none_is_left_over():
    present = {path.name for path in (PUBLIC / "assets").iterdir()}
    mentioned = set()
    for path in PUBLIC.rglob("*"):
        if path.is_file():
            mentioned |= set(re.findall(r"[a-z]+-[A-Za-z0-9]{8}\.(?:js|css|svg)", path.read_text()))
    assert mentioned == present


def test_the_whole_app_is_small_and_asks_nobody_else():
    files = [path for path in PUBLIC.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 120_000
    for path in files:
        others = set(re.findall(r"https?://[^\"'\s)]+", path.read_text()))
        assert others <= {"http://www.w3.org/2000/svg"}, path


# In the browser


def test_the_home_page_shows_what_the_api_says(site, page):
    page.open(site.url + "/")
    page.until("document.querySelectorAll('.tracks li').length === 12")
    assert page.evaluate("document.title") == "Porchlight"
    assert "Teras Malam" in page.text(".shelf")
    assert page.evaluate("document.querySelectorAll('.shelf a').length") == 4


@pytest.mark.parametrize("path, text, title", [
    ("/artist/1", "Teras Malam", "Teras Malam · Porchlight"),
    ("/artist/4", "Ayunan", "Ayunan · Porchlight"),
    ("/profile", "Your side of the porch", "Profile · Porchlight"),
])
def test_a_deep_link_opens_its_page(site, page, path, text, title):
    page.open(site.url + path, until=heading(text))
    assert page.evaluate("document.title") == title
    assert (site.url + path, 200, "text/html") in page.responses


def test_an_unknown_address_is_a_page_of_the_app(site, page):
    page.open(site.url + "/no/such/page", until=heading("Nobody home"))
    assert "404" in page.text("main")
    page.click("main a")
    page.until("location.pathname === '/' && document.querySelector('.tracks')")


def test_an_unknown_artist_is_the_apps_own_404(site, browser):
    page = browser.page()
    page.open(site.url + "/artist/99", until=heading("Nobody home"))
    assert "No artist" in page.text("main")
    # Chromium reports the API's 404, and nothing else.
    assert len(page.errors) == 1 and "/api/v1/artists/99" in page.errors[0]


def test_links_change_the_page_without_loading_another(site, page):
    page.open(site.url + "/", until="document.querySelector('.shelf a')")
    page.evaluate("window.isSame = true")
    page.click(".shelf li:nth-child(3) a")
    page.until(heading("Hujan Sore"))
    assert page.evaluate("location.pathname") == "/artist/3"
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.click("nav a[href='/profile']")
    page.until(heading("Your side of the porch"))
    page.evaluate("history.back()")
    page.until(heading("Hujan Sore"))
    assert page.evaluate("window.isSame") is True


def test_a_page_is_fetched_when_it_is_first_visited(site, page):
    page.open(site.url + "/", until="document.querySelector('.tracks')")
    chunk = site.url + asset("profile-*.js")
    assert chunk not in [url for url, _, _ in page.responses]
    page.click("nav a[href='/profile']")
    page.until(heading("Your side of the porch"))
    assert chunk in [url for url, _, _ in page.responses]


def test_a_track_plays_pauses_and_seeks(site, page):
    page.open(site.url + "/")
    page.click(".hero .button")
    page.until("document.querySelector('.bar-seek time').textContent !== '0:00'")
    assert page.text(".bar strong") == "Lamp on the Left"
    page.click(".bar-buttons .button")
    page.until("document.querySelector('.bar-buttons .button').ariaLabel === 'Play'")
    held = page.text(".bar-seek")
    time.sleep(1.2)
    assert page.text(".bar-seek") == held
    page.evaluate("""(() => {
        const seek = document.querySelector(".seek");
        seek.value = 60;
        seek.dispatchEvent(new Event("change"));
    })()""")
    assert page.text(".bar-seek time") == "1:00"
    page.click(".bar-buttons .control:last-child")
    page.until("document.querySelector('.bar strong').textContent === \"Nobody's Bicycle\"")


def test_space_plays_and_pauses(site, page):
    page.open(site.url + "/", until="document.querySelector('.tracks')")
    page.press(" ", "Space")
    page.until("document.querySelector('.bar-buttons .button').ariaLabel === 'Pause'")
    page.press(" ", "Space")
    page.until("document.querySelector('.bar-buttons .button').ariaLabel === 'Play'")


def test_a_kept_track_is_on_the_profile_page(site, page):
    page.open(site.url + "/")
    page.click(".tracks li:nth-child(5) .heart")
    page.click("nav a[href='/profile']")
    page.until("document.querySelector('.profile .tracks')")
    assert "Extension Cord" in page.text(".profile .tracks")


def test_the_footer_shows_how_the_requests_are_shared(site, page, apis):
    page.open(site.url + "/")
    page.until("document.querySelector('.tally').children.length === 1")
    page.click(".foot button")
    page.until("document.querySelector('.tally').children.length === 9")
    shown = page.evaluate("document.querySelector('.tally').ariaLabel")
    counts = {name: int(count) for name, count in re.findall(r"(api-\d+): (\d+)", shown)}
    assert set(counts) == {"api-%d" % api.port for api in apis}
    assert sum(counts.values()) == 9
    assert counts["api-%d" % apis[0].port] > counts["api-%d" % apis[1].port]


def test_listeners_are_counted_live(site, page):
    page.open(site.url + "/")
    page.until("document.querySelector('.live').dataset.state === 'open'")
    assert "listening" in page.text(".live")


def test_the_echo_answers_over_a_websocket(site, page):
    page.open(site.url + "/profile")
    page.until("document.querySelector('.status')?.dataset.state === 'open'")
    page.click(".room input")
    page.type("Is anybody home?")
    page.press("Enter")
    page.until("document.querySelector('.echoes .echo span')?.textContent === 'Is anybody home?'")


@pytest.mark.parametrize("path", ["/", "/artist/2", "/profile", "/nowhere"])
def test_nothing_is_wider_than_a_phone(site, browser, path):
    page = browser.page(390, 844, is_phone=True)
    page.open(site.url + path, until="document.querySelector('main h1')")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate("""[...document.querySelectorAll("button, .top a, .shelf a, .button")]
        .filter((each) => each.checkVisibility() && !each.classList.contains("link"))
        .map((each) => [each.className, each.getBoundingClientRect()])
        .filter(([, box]) => box.width < 40 || box.height < 40)
        .map(([name]) => name)""")
    assert small == [], "too small for a finger"


@pytest.mark.parametrize("path", ["/", "/artist/2", "/profile", "/nowhere"])
def test_everything_to_press_has_a_name(site, page, path):
    page.open(site.url + path, until="document.querySelector('main h1')")
    nameless = page.evaluate("""[...document.querySelectorAll("a, button, input")]
        .filter((each) => each.checkVisibility() && !(each.ariaLabel || each.textContent.trim()))
        .map((each) => each.outerHTML)""")
    assert nameless == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_without_the_api_the_page_says_so_and_recovers(shared_lab, browser):
    apis = NodeApi(), NodeApi()
    site = shared_lab.server(configuration(apis))
    page = browser.page()
    page.open("http://127.0.0.1:%d/" % site.port, until="document.querySelector('.trouble')")
    assert "The API answered 502" in page.text(".trouble")
    with apis[0], apis[1]:
        # Peers that failed are left alone for ten seconds.
        deadline = time.monotonic() + 25
        while not page.evaluate("document.querySelector('.tracks')"):
            assert time.monotonic() < deadline
            page.evaluate("document.querySelector('.trouble button')?.click()")
            time.sleep(0.3)


# On the wire


@pytest.mark.parametrize("target", [
    "/assets/app-00000000.js", "/assets/gone.css", "/favicon.ico", "/assets/none.svg"])
def test_a_missing_asset_is_404_and_not_the_page(site, target):
    if UNDER_TEST == "nginx" and not target.startswith("/assets/"):
        pytest.skip("try_files knows no assets")
    for accept in ("*/*", "text/css,*/*;q=0.1", PAGE["Accept"]):
        answer = site.get(target, fields={"Accept": accept})
        assert answer.status == 404
        assert b"<div id=\"app\">" not in answer.content


@pytest.mark.parametrize("target, cached", [
    ("/", "no-cache"), ("/index.html", "no-cache"), ("/profile", "no-cache"),
    ("/favicon.svg", "no-cache"), ("app-*.js", "public, max-age=31536000, immutable"),
    ("style-*.css", "public, max-age=31536000, immutable"),
])
def test_only_what_carries_a_hash_is_kept_for_a_year(site, target, cached):
    target = target if target.startswith("/") else asset(target)
    answer = site.get(target, fields=PAGE)
    assert answer.status == 200 and answer["Cache-Control"] == cached


@pytest.mark.parametrize("pattern, kind", [
    ("app-*.js", "javascript"), ("style-*.css", "text/css"), ("icons-*.svg", "image/svg+xml")])
def test_an_asset_travels_compressed_and_as_what_it_is(site, pattern, kind):
    answer = site.get(asset(pattern), fields={"Accept-Encoding": "gzip"})
    assert answer.status == 200 and kind in answer["Content-Type"]
    assert answer["Content-Encoding"] == "gzip"
    plain = site.get(asset(pattern))
    assert "Content-Encoding" not in plain
    assert plain.content == (PUBLIC / asset(pattern)[1:]).read_bytes()


# The configurations


@pytest.mark.ours
@pytest.mark.parametrize("name", [
    "site.conf", "examples/managed.conf", "examples/minimal.conf", "examples/vite-dev.conf"])
def test_the_example_configurations_are_understood(lab, name):
    server = lab.server(start=False)
    checked = subprocess.run(
        [server.binary, "-t", "-p", str(ROOT), "-c", str(ROOT / name)],
        capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_classic_nginx_configuration_is_understood(lab):
    text = (ROOT / "examples" / "nginx-classic.conf").read_text()
    server = lab.server(start=False)
    (server.directory / "mime.types").write_text("types { text/html html; text/css css; }\n")
    for old, new in (("/var/log/beranda", "%%DIR%%"), ("/run/beranda.pid", "%%DIR%%/nginx.pid"),
                     ("user www-data;", "")):
        assert old in text
        text = text.replace(old, new)
    server.configure(whole=text)
    checked = subprocess.run(server.arguments("-t"), cwd=server.directory, capture_output=True,
                             text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
