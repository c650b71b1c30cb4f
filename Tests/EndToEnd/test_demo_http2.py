# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The demo as a visitor meets it by HTTPS: headless Chromium speaks HTTP/2, its WebSocket included,
# with a certificate of the test's own authority.

import base64
import hashlib

import pytest

from harness import NodeApi, until
from harness.authority import Authority, openssl
from harness.browser import CHROMIUM, Browser
from harness.server import ROOT

pytestmark = pytest.mark.ours


def configuration(apis):
    """The repository's site.conf by HTTPS, with the ports and the folder of this test."""
    text = (ROOT / "site.conf").read_text()
    for old, new in (("127.0.0.1:3001", apis[0].address), ("127.0.0.1:3002", apis[1].address),
                     ("listen 3000;", """listen 127.0.0.1:%%PORT%% ssl;
                         http2 on;
                         ssl_certificate %%CERTIFICATES%%/localhost.ec.pem;
                         ssl_certificate_key %%CERTIFICATES%%/localhost.ec.key;"""),
                     ("root public;", "root %s;" % (ROOT / "public"))):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def page(lab, tmp_path):
    """A tab that knows the server's key, and must have had nothing to complain about."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    authority = Authority(lab.folder() / "certificates")
    certificate = authority.issue("localhost", "127.0.0.1")
    public = openssl("pkey", "-in", certificate.key, "-pubout", "-outform", "DER")
    pin = base64.b64encode(hashlib.sha256(public).digest()).decode()
    with NodeApi() as first, NodeApi() as second:
        site = lab.server(configuration((first, second)), certificates=authority.folder)
        browser = Browser(tmp_path / "profile", "--ignore-certificate-errors-spki-list=" + pin)
        try:
            made = browser.page()
            made.url = "https://127.0.0.1:%d" % site.port
            made.log = site
            yield made
            assert made.errors == []
        finally:
            browser.close()


def test_the_demo_is_served_by_http2(page):
    page.open(page.url + "/")
    page.until("document.querySelectorAll('main h1').length === 1")
    protocols = page.until("""[...performance.getEntriesByType('navigation'),
        ...performance.getEntriesByType('resource')].map(entry => entry.nextHopProtocol)""")
    assert len(protocols) > 3 and set(protocols) == {"h2"}, protocols
    assert "HTTP/2.0" in page.log.read("access.log")


def test_its_websocket_is_a_stream(page):
    """RFC 8441: Chromium asks for it with CONNECT, and opens no other connection for it."""
    page.open(page.url + "/profile")
    page.until("document.querySelector('.status')?.dataset.state === 'open'")
    page.click(".room input")
    page.type("Is anybody home?")
    page.press("Enter")
    page.until("document.querySelector('.echoes .echo span')?.textContent === 'Is anybody home?'")
    page.close()
    until(lambda: "/api/socket" in page.log.read("access.log"), 10, "the socket is not logged")
    line, = [line for line in page.log.read("access.log").splitlines() if "/api/socket" in line]
    assert "/api/socket HTTP/2.0" in line, line
