# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A responder that says whether an authority still vouches for certificates (OCSP). It must not know
# who asks.

import base64
import http.server
import tempfile
import threading
import urllib.parse

from .authority import openssl


class Responder:
    """Answers for an authority; certificates that `judge` was not told of are unknown to it.

    `script` may give an answer of its own: bytes that are sent as they are; None leaves it be."""

    def __init__(self, authority, script=None, days=1):
        self.authority, self.script, self.days = authority, script, days
        self.asked, self.verdicts, self.lock = [], {}, threading.Lock()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                owner.answer(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server.server_port

    def judge(self, pair, verdict="V"):
        """Says V (valid) or R (revoked) of a certificate from now on."""
        serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial").decode()
        self.verdicts[serial.strip().split("=")[1]] = verdict

    def statement(self, question):
        with tempfile.NamedTemporaryFile() as asked, tempfile.NamedTemporaryFile("w") as index, \
                tempfile.NamedTemporaryFile() as response:
            asked.write(question)
            asked.flush()
            for serial, verdict in self.verdicts.items():
                index.write("%s\t491231000000Z\t%s\t%s\tunknown\t/CN=%s\n" % (
                    verdict, "260101000000Z" if verdict == "R" else "", serial, serial))
            index.flush()
            openssl("ocsp", "-index", index.name, "-CA", self.authority.certificate,
                    "-rsigner", self.authority.certificate, "-rkey",
                    self.authority.folder / "ca.key", "-ndays", self.days, "-reqin", asked.name,
                    "-respout", response.name)
            return response.read()

    def answer(self, request):
        with self.lock:
            self.asked.append(request.path)
        said = self.script(request) if self.script else None
        if said is None:
            question = base64.b64decode(urllib.parse.unquote(request.path.rsplit("/", 1)[1]))
            said = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + self.statement(question)
        request.wfile.write(said)
        request.close_connection = True
