# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What is measured, the files it is measured with, and the budget of each row.
import dataclasses
import os
import pathlib
import random
import shutil
import string
import subprocess
from typing import Dict, Optional

BROWSER = {"Accept-Encoding": "gzip, deflate, br"}


@dataclasses.dataclass
class Work:
    """A load; measured as µs of CPU per request."""
    name: str
    title: str
    path: str
    length: int
    budget: float                       # at most this times nginx in the same round
    fields: Dict[str, str] = dataclasses.field(default_factory=dict)
    connections: int = 64
    proxied: bool = False
    files: int = 0                      # of a folder; each request is for any of them
    servers: tuple = ()                 # that can do it; empty for all
    protocol: str = "http"              # or tls, h2 (over TLS), or handshakes: new, resumed
    streams: int = 32                   # of each connection, with h2


WORKS = [
    Work("small", "1 KB page, kept alive", "/small.html", 1024, 0.65),
    Work("css", "12 KB css, accepts gzip and br", "/style.css", 12 * 1024, 0.12, BROWSER),
    Work("js", "180 KB js, accepts gzip and br", "/app.js", 180 * 1024, 0.02, BROWSER,
         connections=16),
    Work("random", "2000 small files at random", "/files/", 0, 0.65, files=2000),
    Work("cold", "the same, nginx without open_file_cache", "/cold/", 0, 0.65, files=2000),
    Work("rules", "1 KB page behind 300 locations, 20 patterns, a log of 10 variables",
         "/small.html", 1024, 0.75, {"Host": "rules.example"}, servers=("beranda", "nginx")),
    Work("large", "20 MB file", "/large.bin", 20 << 20, 1.05, connections=8),
    Work("proxy1k", "proxied 1 KB, kept alive on both sides", "/api/1k", 1024, 0.88, proxied=True),
    Work("proxy100k", "proxied 100 KB", "/api/100k", 100 * 1024, 0.50, proxied=True),
    Work("tls", "1 KB page over TLS 1.3, kept alive", "/small.html", 1024, 0.85, protocol="tls"),
    Work("tlslarge", "20 MB over TLS 1.3", "/large.bin", 20 << 20, 1.0, connections=8,
         protocol="tls"),
    Work("handshake", "full handshake of TLS 1.3", "/api/1k", 1024, 1.0, protocol="new",
         proxied=True),
    Work("resumed", "resumed handshake of TLS 1.3", "/api/1k", 1024, 1.0, protocol="resumed",
         proxied=True),
    Work("h2", "1 KB page over HTTP/2, 32 streams", "/small.html", 1024, 0.35, connections=4,
         protocol="h2"),
    Work("h2js", "180 KB js over HTTP/2, accepts gzip and br", "/app.js", 180 * 1024, 0.05,
         BROWSER, connections=4, protocol="h2", streams=8),
    Work("h2proxy", "proxied 1 KB over HTTP/2, 32 streams", "/api/1k", 1024, 0.60, connections=2,
         protocol="h2", proxied=True),
]


@dataclasses.dataclass
class Size:
    """A quantity of the server itself, with an absolute budget."""
    name: str
    title: str
    unit: str
    budget: Optional[float]


SIZES = [
    Size("idle", "idle connection after a request", "KB", 0.5),
    Size("idletls", "idle TLS connection after a request", "KB", 20),
    Size("head", "connection stuck in its head", "KB", 5),
    Size("rest", "all processes at rest (PSS)", "MB", 8),
    Size("resttls", "the same with TLS and HTTP/2", "MB", None),
    Size("executable", "executable", "MB", 16),
    Size("start", "start to first answer", "ms", 50),
]


def rules():
    """The inside of a server with many locations and patterns, in nginx's language."""
    lines = [f"location /area{number}/ {{ root /nonexistent; expires {number}m; }}"
             for number in range(280)]
    lines += [rf"location ~* ^/(?:old|legacy){number}/.*\.(?:x{number}|y)$ {{ return 410; }}"
              for number in range(20)]
    return "\n".join(lines)


RULES_LOG = ("""'$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_time $host'""")

RULES_SERVER = """server {
        listen 127.0.0.1:@PORT@;
        server_name rules.example;
        root @ROOT@;
        access_log @DIR@/rules.log rules;
        %s
    }""" % rules()


def file_length(number):
    """Of the number-th of many small files: 200 to 3000 bytes."""
    return 200 + number * 7919 % 2801


def file_name(number):
    return f"{number:04d}.html"


def best_length(path):
    """The size of a file after `brotli -q 11`, where that program is installed."""
    program = shutil.which("brotli")
    return program and len(subprocess.run(
        [program, "-q", "11", "-c", str(path)], capture_output=True, check=True).stdout)


def text(length, seed, line):
    """Text that compresses about as well as built assets do; the same in every run."""
    source = random.Random(seed)
    syllables = "ab ce di fo gu ha le mi no pu ra st tri ver".split()
    names = ["".join(source.choices(syllables, k=source.randint(1, 4))) for _ in range(900)]
    pieces, count = [], 0
    while count < length:
        piece = line(source, names)
        pieces.append(piece)
        count += len(piece)
    return "".join(pieces)[:length].encode()


def css_line(source, names):
    """Minified rules, their classes with the hashes that bundlers give them."""
    one, two = source.choices(names, k=2)
    mark = "".join(source.choices(string.ascii_letters + string.digits, k=5))
    return (f".{one}-{two}_{mark}{{display:{source.choice(['flex', 'grid', 'block', 'none'])};"
            f"margin:{source.randint(0, 40)}px {source.randint(0, 40)}px;"
            f"color:#{source.randrange(1 << 24):06x};"
            f"transition:{source.choice(['opacity', 'transform', 'color'])} "
            f".{source.randint(1, 9)}s}}")


def js_line(source, names):
    """Minified code: short names, many constants, few repeated phrases."""
    one, two, three, four = source.choices(names[:250], k=4)
    short = source.choices("abcdefghijklmnopqrstuvwxyz", k=6)
    forms = [
        f"function {short[0]}({short[1]},{short[2]}){{return {short[1]}.{one}({short[2]},"
        f"{source.randint(0, 9999)})}}",
        f"var {short[0]}=\"{two} {three} {four}\",{short[3]}={source.randrange(1 << 20):#x};",
        f"if({short[0]}.{three}&&!{short[1]}[{source.randint(0, 255)}])throw Error(\"{one}\");",
        f"{short[2]}.{two}=function({short[4]}){{this.{four}={short[4]}||{short[5]}.{one}}};",
        f"{short[4]}=>({{{one}:{short[4]},{three}:{source.random():.3f},{four}:!{short[5]}}}),",
    ]
    return source.choice(forms)


def write_files(root):
    """Fills the document root."""
    root = pathlib.Path(root)
    root.mkdir(parents=True, exist_ok=True)
    page = "<!doctype html><title>Benchmark</title><p>" + "a page of one kilobyte. " * 50
    (root / "small.html").write_text(page[:1024])
    (root / "style.css").write_bytes(text(12 * 1024, 1, css_line))
    (root / "app.js").write_bytes(text(180 * 1024, 2, js_line))
    for work in WORKS:
        if work.files:
            write_small_files(root / work.path.strip("/"), work.files)
    with open(root / "large.bin", "wb") as file:
        block = os.urandom(1 << 20)
        for _ in range(20):
            file.write(block)


def write_small_files(folder, count):
    folder.mkdir()
    content = text(4000, 3, css_line)
    for number in range(count):
        (folder / file_name(number)).write_bytes(
            b"%08d" % number + content[:file_length(number) - 8])
