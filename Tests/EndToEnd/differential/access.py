# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Who may ask: addresses, passwords, referers, and links that carry a secret.

from harness.compare import Ask, Example

FILES = {"index.html": "home", "a.txt": "a", "403.html": "page of 403", "open.html": "open",
         "in/a.txt": "in", "in/deep/a.txt": "deep"}

ADDRESSES = Example("allow and deny", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /open { try_files /a.txt =404; }
        location /deny { deny all; try_files /a.txt =404; }
        location /allow { allow 127.0.0.0/8; deny all; try_files /a.txt =404; }
        location /not_first { deny 127.0.0.2; allow 127.0.0.1; deny all; try_files /a.txt =404; }
        location /v6 { allow ::1; try_files /a.txt =404; }
        location /v6only { deny ::/0; try_files /a.txt =404; }
        location /unix { deny unix:; try_files /a.txt =404; }
        location /page { deny all; error_page 403 /403.html; }
        location /named { deny all; error_page 403 = @named; }
        location /code { deny all; error_page 403 =404 /nothing; }
        location /return { deny all; return 200 "before access"; }
        location /proxied { deny all; proxy_pass http://%%BACKEND%%; }
        location /in/ { deny all; location /in/deep/ { allow all; } location /in/none/ { } }
        location @named { return 200 "named"; }
        location = /closed { error_page 403 /closed.html; deny all; }
        location = /closed.html { deny all; }
    }
""", ["/open", "/deny", "/deny/x", "/allow", "/not_first", "/v6", "/v6only", "/unix", "/page",
      "/named", "/code", "/return", "/proxied", "/in/", "/in/a.txt", "/in/deep/a.txt",
      "/in/none/a.txt", "/closed", "/", Ask("/deny", "HEAD"),
      Ask("/deny", "POST", content=b"x" * 100)],
    files=FILES)

SERVER = Example("deny in a server", """
    deny all;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        error_page 403 /403.html;
        location / { }
        location = /403.html { allow all; }
        location = /open.html { allow all; }
        location = /a.txt { satisfy any; }
    }
""", ["/", "/open.html", "/a.txt", "/403.html"], files=FILES)

EXAMPLES = [ADDRESSES, SERVER]
