# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# A built frontend as a bundler leaves it: an index page, assets with hashes in their names, source
# maps, fonts, pictures, translations, folders with pages of their own, some siblings that were
# compressed beforehand, and the odd names that people give to files. The same in every run.

import base64
import functools
import gzip
import os
import pathlib
import random

# Two different releases of one file may have the same second.
FIRST_TIME = 1_700_000_000
EPOCH = "public/epoch.txt"
OLD_SIBLING = "public/stale.css"

WORDS = ("render state effect props router query cache theme button dialog table chart form field "
         "value input label error retry abort fetch token user account session locale date").split()

ODD_NAMES = [
    "with space.txt", " leading.txt", "trailing .txt", "\u00fcml\u00e4ut.txt", "\u65e5\u672c.txt",
    "e\u0301.txt", "100%.txt", "%41.txt", "%2e%2e", "a+b.txt", "q?.txt", "hash#.txt",
    "semi;colon.txt", "quo\"te.txt", "quo'te.txt", "amp&.html", "<b>.html", "back\\slash.txt",
    "colon:name.txt", "[x].txt", "{y}.txt", "~tilde~", "dots...txt", "..double", "...",
    "UPPER.HTML", "noext", "two.dots.css", "archive.tar.gz", "at@sign.js", "comma,.txt",
    "equals=.txt", "$dollar", "pipe|.txt", "star*.txt", "caret^.txt", "x" * 200 + ".txt",
    "new\nline.txt", "tab\t.txt", "del\x7f.txt", b"latin\xe9.txt", b"bad\xff\xfe.txt",
]


def script(source, size):
    """Minified code, about as compressible as real code is."""
    pieces, length = [], 0
    while length < size:
        one, two, three = source.choices(WORDS, k=3)
        piece = "const %s=%s=>{if(%s.%s&&!%d)return %s(%d,\"%s %s\")};" % (
            one[0], two[0], two[0], three, source.randrange(1 << 20), two, source.randrange(99),
            one, three)
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)[:size].encode()


def style(source, size):
    pieces, length = [], 0
    while length < size:
        piece = "._%s_%x{margin:%dpx;color:#%06x;display:%s}" % (
            source.choice(WORDS), source.randrange(1 << 24), source.randrange(40),
            source.randrange(1 << 24), source.choice(["flex", "grid", "none", "block"]))
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)[:size].encode()


def hashed(source, stem, extension):
    mark = base64.urlsafe_b64encode(source.randbytes(6)).decode()
    return "assets/%s-%s.%s" % (stem, mark, extension)


def page(title, links=()):
    tags = "".join('<script type="module" src="/%s"></script>' % name if name.endswith("js")
                   else '<link rel="stylesheet" href="/%s">' % name for name in links)
    return ('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>%s</title>%s</head>'
            '<body><div id="root"></div></body></html>\n' % (title, tags)).encode()


def assets(source):
    files = {}
    for number, stem in enumerate(["index", "vendor", "react-dom", *WORDS[:21]]):
        name = hashed(source, stem, "js")
        size = [300, 1_900, 7_000, 24_000, 90_000][number % 5]
        files[name] = script(source, 180_000 if stem == "vendor" else size)
        if number % 3 == 0:
            files[name + ".map"] = script(source, 2_000)
        if number % 4 == 1:
            files[name + ".gz"] = gzip.compress(files[name], 9, mtime=0)
    for number, stem in enumerate(["index", *WORDS[:9]]):
        name = hashed(source, stem, "css")
        files[name] = style(source, [150, 900, 12_000, 40_000][number % 4])
        if number % 4 == 2:
            files[name + ".gz"] = gzip.compress(files[name], 9, mtime=0)
            files[name + ".br"] = b"\x0b\x00\x80not really\x03"
    for extension, size in [("woff2", 18_000), ("woff", 9_000), ("ttf", 5_000), ("png", 3_000),
                            ("jpg", 14_000), ("webp", 2_500), ("avif", 1_200), ("ico", 700),
                            ("wasm", 33_000), ("mp4", 60_000), ("pdf", 8_000)]:
        for stem in ("logo", "main"):
            files[hashed(source, stem, extension)] = source.randbytes(size)
    for stem in WORDS[:6]:
        files[hashed(source, stem, "svg")] = (
            '<svg xmlns="http://www.w3.org/2000/svg"><title>%s</title></svg>' % stem).encode() * 12
    return files


@functools.lru_cache(maxsize=1)
def frontend():
    """{relative path: content}; a path may be bytes where it is not UTF-8."""
    source = random.Random("a built frontend")
    files = assets(source)
    linked = [name for name in files if name.startswith("assets/index")
              and name.endswith(("js", "css"))]
    files.update({
        "index.html": page("Home", linked), "404.html": page("Not there"),
        "robots.txt": b"User-agent: *\nDisallow:\n", "favicon.ico": source.randbytes(1150),
        "manifest.webmanifest": b'{"name": "frontend"}', "sw.js": script(source, 4_000),
        "asset-manifest.json": b'{"files": {}}', "feed.xml": b"<feed>" + b"<a/>" * 100 + b"</feed>",
        ".vite/manifest.json": b"{}", ".well-known/security.txt": b"Contact: mailto:a@b\n",
        ".env": b"KEY=1\n", "empty.txt": b"", "empty.css": b"", "one.css": b"a",
        "large.bin": source.randbytes(1 << 16) * 40, "version.json": b'{"version":"1.2.3"}',
        "docs/index.html": page("Docs"), "docs/start/index.html": page("Start"),
        "docs/start/a.png": source.randbytes(400), "docs/api.html": page("API"),
        "docs.html": page("Docs, as a file"), "private/data.json": b"[1]",
        "deep/" + "d/" * 30 + "f.txt": b"deep", "empty/": b"", "nested/empty/": b"",
        OLD_SIBLING: style(source, 3_000), EPOCH: b"no time is known",
    })
    files[OLD_SIBLING + ".gz"] = gzip.compress(b"an older style sheet" * 20, 9, mtime=0)
    for language in ("en", "id", "de"):
        files["locales/%s/common.json" % language] = (
            '{"%s": "%s"}' % (language, language * 300)).encode()
    for name in ODD_NAMES:
        files[(b"odd/" if isinstance(name, bytes) else "odd/") + name] = b"odd " + os.fsencode(name)
    return files


def seconds(name, number):
    """When a file was changed: mostly at one time, as a build leaves it, and some otherwise."""
    if name == EPOCH:
        return 0
    if name == OLD_SIBLING + ".gz":
        return FIRST_TIME - 60
    return FIRST_TIME + (number if number % 7 == 0 else 0)


def write_frontend(root):
    """Writes the files below root, with their times; returns root."""
    root = pathlib.Path(root)
    for number, (name, content) in enumerate(frontend().items()):
        path = root / os.fsdecode(name)
        if path.name and os.fsdecode(name).endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        original = name[:-3] if isinstance(name, str) and name.endswith((".gz", ".br")) else None
        if original in frontend() and original != OLD_SIBLING:
            number = list(frontend()).index(original)
        when = seconds(name, number)
        os.utime(path, (when, when))
    return root
