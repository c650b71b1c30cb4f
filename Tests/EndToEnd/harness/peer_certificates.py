# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Certificates of peers, with all that can be the matter with them, by the openssl command.

import ssl
import subprocess


def run(*words, **rest):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, **rest)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Pair:
    """A certificate with its key, as files."""

    def __init__(self, certificate, key):
        self.certificate, self.key = certificate, key

    def server_context(self, *authorities, versions=None, **options):
        """What a peer speaks TLS with; it asks for certificates if authorities are named."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.certificate), str(self.key))
        if authorities:
            context.verify_mode = ssl.CERT_REQUIRED
            for authority in authorities:
                context.load_verify_locations(str(authority.certificate))
        if versions:
            context.minimum_version = context.maximum_version = versions
        for name, value in options.items():
            setattr(context, name, value)
        return context


class Authority(Pair):
    """Makes certificates, in a folder."""

    def __init__(self, folder, name="authority", signed_by=None):
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.number = 1
        self.revoked = []
        super().__init__(folder / ("%s.crt" % name), folder / ("%s.key" % name))
        extensions = ["-addext", "basicConstraints=critical,CA:TRUE",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        if signed_by is None:
            run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.certificate, "-days", 30,
                "-subj", "/CN=%s" % name, *extensions)
        else:
            signed_by.sign(self, "/CN=%s" % name, [
                "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"])

    def sign(self, pair, subject, extensions, days=30, key=()):
        request = pair.certificate.with_suffix(".csr")
        made = key or ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        run("req", "-new", "-newkey", *made, "-nodes", "-keyout", pair.key, "-out", request,
            "-subj", subject)
        words = pair.certificate.with_suffix(".ext")
        words.write_text("\n".join(extensions) + "\n")
        self.number += 1
        # "-1" is the only number of days by which one has expired already.
        run("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
            "-set_serial", self.number, "-out", pair.certificate, "-extfile", words,
            "-days", days)
        pair.serial = self.number

    def issue(self, name, days=30, names=None, file=None, key=(), usage=None):
        """A certificate for a name; `names` stand in it instead, and none with an empty list."""
        file = file or name.replace("*", "any")
        pair = Pair(self.folder / ("%s.crt" % file), self.folder / ("%s.key" % file))
        wanted = [name] if names is None else names
        extensions = ["basicConstraints=CA:FALSE"]
        if wanted:
            extensions.append("subjectAltName=" + ",".join(
                n if ":" in n else "DNS:" + n for n in wanted))
        if usage:
            extensions.append("extendedKeyUsage=" + usage)
        self.sign(pair, "/CN=%s" % name, extensions, days, key)
        return pair

    def self_signed(self, name):
        pair = Pair(self.folder / ("self-%s.crt" % name), self.folder / ("self-%s.key" % name))
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", pair.key, "-out", pair.certificate, "-days", 30, "-subj", "/CN=%s" % name,
            "-addext", "subjectAltName=DNS:" + name)
        return pair

    def revoke(self, *pairs, file="list.crl"):
        """A list with the certificates that are not to be believed any more."""
        index = self.folder / (file + ".index")
        index.write_text("".join(
            "R\t491231000000Z\t200101000000Z\t%02X\tunknown\t/CN=revoked\n" % pair.serial
            for pair in pairs))
        (self.folder / (file + ".conf")).write_text(
            "[ca]\ndefault_ca=x\n[x]\ndatabase=%s\ndefault_md=sha256\n" % index
            + "default_crl_days=30\n")
        path = self.folder / file
        run("ca", "-gencrl", "-config", self.folder / (file + ".conf"),
            "-cert", self.certificate, "-keyfile", self.key, "-out", path)
        return path
