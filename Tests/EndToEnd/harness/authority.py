# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A certificate authority of a test's own, and clients that trust nobody else. It must not know what
# the certificates are for.

import pathlib
import ssl
import subprocess

EXTENSIONS = """[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = %s
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout


def _new_key(path, kind):
    if kind == "rsa":
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
    else:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


class Certificate:
    """Where a certificate and its key are."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key


class Authority:
    """Keys and certificates in a folder; `certificate` is the authority's own."""

    def __init__(self, folder, name="Authority of a test"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, self._key = self.folder / "ca.pem", self.folder / "ca.key"
        _new_key(self._key, "ec")
        openssl("req", "-x509", "-new", "-key", self._key, "-subj", "/CN=" + name, "-days", 30,
                "-out", self.certificate, "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, *names, kind="ec", days=20, file=None, responder=None):
        """A certificate for host names and addresses, the first of them its subject."""
        base = self.folder / (file or names[0].replace("*", "any") + "." + kind)
        made = Certificate(base.with_name(base.name + ".pem"), base.with_name(base.name + ".key"))
        _new_key(made.key, kind)
        kinds = ["%s:%s" % ("IP" if name.replace(".", "").isdigit() else "DNS", name)
                 for name in names]
        extensions = base.with_name(base.name + ".ext")
        text = EXTENSIONS % ",".join(kinds)
        if responder:
            text += "authorityInfoAccess = OCSP;URI:%s\n" % responder
        extensions.write_text(text)
        request = base.with_name(base.name + ".csr")
        openssl("req", "-new", "-key", made.key, "-subj", "/CN=" + names[0], "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key,
                "-CAcreateserial", "-days", days, "-extfile", extensions, "-extensions",
                "extensions", "-out", made.certificate)
        return made

    def client(self, *protocols, version=None, certificate=None):
        """How a client of TLS checks servers: by this authority, and with the name it asks for."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        if protocols:
            context.set_alpn_protocols(list(protocols))
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(certificate.certificate, certificate.key)
        return context
