# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Paths: redirects of folders, doubled slashes, names of any bytes, links, and what is no file or
# may not be read.

import os
import socket
import stat

from harness.compare import Ask, Example

FILES = {
    "index.html": "home", "a.txt": "0123456789", "dir/index.html": "dir", "dir/b.txt": "b",
    "dir sp/c.txt": "c", "empty/": "", "+plus+.txt": "plus", "per%cent.txt": "percent",
    "\u00fc.txt": "umlaut", "q?m.txt": "question", "a#b.txt": "hash", "semi;colon.txt": "semi",
    "quote\".txt": "quote", "back\\slash.txt": "back", "star*.txt": "star", "amp&.txt": "amp",
    "new\nline.txt": "newline", "new\nline dir/": "", "..dots.txt": "dots", "dots..": "dots",
    "...": "three", "tilde~": "tilde", " lead.txt": "lead", "colon:.txt": "colon",
    "%41.txt": "escaped", "x=y&z/d.txt": "equals", "caf\u00e9/e.txt": "cafe",
}

HEADER = "default_type text/plain;"

REDIRECTS = Example("redirects of folders", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name first.example other.example;
        root %%DIR%%/html;
        location /off/ { alias %%DIR%%/html/; absolute_redirect off; }
        location /name/ { alias %%DIR%%/html/; server_name_in_redirect on; }
        location /port/ { alias %%DIR%%/html/; port_in_redirect off; }
        location /both/ { alias %%DIR%%/html/; port_in_redirect off; server_name_in_redirect on; }
        location /return { return 301 /to; }
        location /relative { return 302 to?x; }
        location /far { return 307 http://elsewhere.example/x; }
        location /pass/ { proxy_pass http://%%BACKEND%%; }
        location "/pass sp/" { proxy_pass http://%%BACKEND%%; }
    }
""", [
    *[prefix + target for prefix in ("", "/off", "/name", "/port", "/both")
      for target in ("/dir", "/dir?x=y&z", "/dir%20sp", "/dir%20sp?a=%20b", "/dir?")],
    "/caf%C3%A9", "/caf%e9", "/x%3Dy%26z", "/new%0Aline%20dir", "/dir%2f", "/dir%2F/", "/return",
    "/return?x=y", "/relative", "/far", "/pass", "/pass?x", "/pass%20sp", "/pass%20sp?x=%20",
    Ask("/dir", host="other.example"), Ask("/dir", host="OTHER.example:99"),
    Ask("/dir", host="a.b"), Ask("/dir", host="[::1]"), Ask("/dir", host=".", version="1.0"),
    Ask("/dir", host=None, version="1.0"), Ask("/name/dir", host="a.b"),
    Ask("http://target.example/dir", host="a.b"), Ask("/dir", "HEAD"), Ask("/dir", "POST"),
    Ask("/dir", "PUT"), Ask("/return", "POST"),
])

SLASHES = Example("doubled slashes", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /uri { add_header X-Uri "[$uri]"; return 204; }
        location /dir/ { add_header X-Uri "[$uri]"; }
    }
""", [
    "//", "///", "//a.txt", "/dir//b.txt", "/dir///b.txt", "//dir", "/dir//", "/dir/%2fb.txt",
    "/%2fa.txt", "/uri//x", "/uri/%2F/x", "/uri//../x", "/uri///../x", "/uri/./x", "/uri/x/.",
    "/uri/x/..", "/uri/x/../..", "/uri/x/%2e%2e/y", "//uri//x//",
])

UNMERGED = Example("doubled slashes that stay", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        merge_slashes off;
        location /uri { add_header X-Uri "[$uri]"; return 204; }
        location /dir/ { add_header X-Uri "[$uri]"; }
        location //uri { add_header X-Uri "two [$uri]"; return 204; }
    }
""", [
    "//a.txt", "/dir//b.txt", "/dir///b.txt", "/dir//", "/dir/%2fb.txt", "/uri//x", "/uri/%2F/x",
    "/uri//../x", "/uri///../x", "/uri/./x", "//uri/x", "//uri//../../x", "/uri//",
])

NAMES = Example("names of any bytes", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /alias/ { alias %%DIR%%/html/; }
        location /try/ { alias %%DIR%%/html/; try_files $uri =410; }
        location /tried/ { try_files /dir/$arg_f /$arg_f =410; }
        location ~ ^/re/(.*)$ { alias %%DIR%%/html/$1; }
    }
""", [prefix + name for prefix in ("", "/alias", "/try", "/re") for name in (
    "/+plus+.txt", "/%2Bplus%2B.txt", "/%20plus%20.txt", "/per%25cent.txt", "/per%cent.txt",
    "/%C3%BC.txt", "/%c3%bc.txt", "/%FC.txt", "/q%3Fm.txt", "/q?m.txt", "/a%23b.txt",
    "/semi;colon.txt", "/semi%3Bcolon.txt", "/quote%22.txt", "/back%5Cslash.txt",
    "/back\\slash.txt", "/star*.txt", "/amp&.txt", "/new%0Aline.txt", "/..dots.txt", "/dots..",
    "/...", "/tilde~", "/%7Etilde", "/%20lead.txt", "/colon:.txt", "/%2541.txt", "/%41.txt",
    "/x=y&z/d.txt", "/caf%C3%A9/e.txt", "/dir%2Fb.txt", "/dir%2fb.txt", "/a.txt%00",
    "/a.txt%00.html", "/%FF%FE", "/a.txt%FF", "/a.txt%2f", "/a.txt%0d%0aX:y", "/none%0d%0aX:y",
)] + ["/tried/x?f=b.txt", "/tried/x?f=a%2etxt", "/tried/x?f=../a.txt", "/tried/x?f=per%25cent.txt",
      "/tried/x?f=+plus+.txt", "/tried/x?f=", "/tried/x?f=dir"])


def unusual(root):
    """What is no file, what may not be read, and what leads elsewhere."""
    os.mkfifo(root / "fifo")
    with socket.socket(socket.AF_UNIX) as bound:
        directory = os.getcwd()
        os.chdir(root)
        bound.bind("socket")
        os.chdir(directory)
    (root / "unreadable.txt").write_text("secret")
    for name in ("closed", "unlisted"):
        (root / name).mkdir()
        (root / name / "f.txt").write_text("f")
        os.utime(root / name / "f.txt", (1_700_000_000, 1_700_000_000))
    os.utime(root / "unreadable.txt", (1_700_000_000, 1_700_000_000))
    (root / "unreadable.txt").chmod(0)
    (root / "closed").chmod(0)
    (root / "unlisted").chmod(stat.S_IXUSR | stat.S_IXOTH)
    links(root)


def links(root):
    for name, target in {
        "link.txt": "a.txt", "folder": "dir", "up": "..", "loop": "loop", "nowhere": "nothing",
        "absolute.txt": str(root / "a.txt"), "chain.txt": "folder/../link.txt",
        "dir/back.txt": "../a.txt", "foreign.txt": "/etc/passwd", "system": "/etc",
    }.items():
        (root / name).symlink_to(target)


UNUSUAL = Example("what is no file", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /bare { alias %%DIR%%/html/a.txt; }
        location /list/ { alias %%DIR%%/html/; autoindex on; }
        location /try/ { alias %%DIR%%/html/; try_files $uri a.txt =410; }
        location /tries/ { alias %%DIR%%/html/; try_files $uri/ =410; }
        location /index/ { alias %%DIR%%/html/; index none unreadable.txt a.txt; }
        location /loop/ { alias %%DIR%%/html/; index none loop a.txt; }
        location /proc/ { alias /proc/sys/kernel/; }
    }
""", [
    *[Ask(prefix + name, differs=differs, status=403 if differs else None)
      for prefix in ("", "/list", "/try") for name, differs in (
          ("/fifo", "What is no file"), ("/socket", "What is no file"),
          ("/unreadable.txt", None), ("/closed/f.txt", None), ("/closed", None),
          ("/unlisted/f.txt", None), ("/nowhere", None),
          ("/none/", None), ("/none", None), ("/a.txt/", None), ("/a.txt/b", None),
          ("/" + "x" * 255, None), ("/" + "x" * 256, None), ("/" + "x/" * 1000, None))],
    "/loop", "/list/loop", "/closed/", "/unlisted/", "/list/closed/", "/list/unlisted/", "/index/",
    "/unlisted", "/try/unlisted", "/tries/closed", "/tries/unlisted",
    "/loop/", "/proc/ostype", "/bare", "/bare/", "/barex", "/try/loop", "/fifo/", "/socket/",
    Ask("/fifo", "POST", differs="What is no file", status=403), Ask("/unreadable.txt", "HEAD"),
    Ask("/closed/", "POST"),
], prepare=unusual)

LINKS = Example("symbolic links", HEADER + """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /on/ { alias %%DIR%%/html/; disable_symlinks on; }
        location /own/ { alias %%DIR%%/html/; disable_symlinks if_not_owner; }
        location /from/ { alias %%DIR%%/html/; disable_symlinks on from=$document_root; }
        location /part/ { alias %%DIR%%/html/folder/; disable_symlinks on from=%%DIR%%/html/fol; }
        location /folder/ { alias %%DIR%%/html/folder/; disable_symlinks on from=$document_root; }
        location ~ ^/whole/(.*)$ { alias %%DIR%%/html/$1;
                                   disable_symlinks on from=$document_root; }
        location /index/ { alias %%DIR%%/html/; disable_symlinks on; index none link.txt a.txt; }
        location /try/ { alias %%DIR%%/html/; disable_symlinks on; try_files $uri $uri.txt =410; }
        location /dirs/ { alias %%DIR%%/html/; disable_symlinks on; try_files $uri/ =410; }
    }
""", [prefix + target
      for prefix in ("", "/on", "/own", "/from", "/part", "/folder", "/whole", "/try", "/dirs")
      for target in ("/a.txt", "/link.txt", "/folder/b.txt", "/folder", "/folder/", "/up",
                     "/nowhere", "/absolute.txt", "/chain.txt", "/dir/back.txt", "/back.txt",
                     "/system/passwd", "/none", "/dir", "/link", "/b.txt", "/foreign.txt/")
      ] + ["/index/", "/own/foreign.txt", "/from/foreign.txt", "/on/loop"],
    prepare=links)

EXAMPLES = [REDIRECTS, SLASHES, UNMERGED, NAMES, UNUSUAL, LINKS]
for example in EXAMPLES:
    example.files = FILES
