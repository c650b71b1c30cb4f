# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Who may ask: addresses, passwords, referers, and links that carry a secret.

import base64

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



def basic(user, password):
    """The field that says who one is."""
    pair = base64.b64encode(("%s:%s" % (user, password)).encode()).decode()
    return {"Authorization": "Basic " + pair}


HASHES = """
# comment: nobody
plain:{PLAIN}secret
crypt:saHW9GdxihkGQ
md5:$1$salt$ez2vlPGdaLYkJam5pWs/Y1
apr1:$apr1$salt$VEpBc9VHGUKwI9.yg13Iu0
sha256:$5$salt$kpa26zwgX83BPSR8d7w93OIXbFt/d3UOTZaAu5vsTM6
sha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
broken:$apr1$
nothing:
colon:{PLAIN}secret:and more
"""

PASSWORD = Example("auth_basic", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location / {
            auth_basic "closed site";
            auth_basic_user_file %%DIR%%/htpasswd;
            try_files /a.txt =404;
            location /off { auth_basic off; try_files /a.txt =404; }
            location /other { auth_basic other; try_files /a.txt =404; }
            location /missing { auth_basic_user_file %%DIR%%/missing; }
            location /folder { auth_basic_user_file %%DIR%%/html; }
            location /realm { auth_basic "for $arg_who"; try_files /a.txt =404; }
            location /maybe { auth_basic $arg_who; try_files /a.txt =404; }
        }
        location /nofile { auth_basic x; try_files /a.txt =404; }
        location /file { auth_basic_user_file %%DIR%%/htpasswd; try_files /a.txt =404; }
        location /page {
            auth_basic x;
            auth_basic_user_file %%DIR%%/htpasswd;
            error_page 401 /open.html;
            error_page 403 /403.html;
        }
        location /page200 {
            auth_basic x;
            auth_basic_user_file %%DIR%%/htpasswd;
            error_page 401 =200 /open.html;
        }
        location /again {
            auth_basic x;
            auth_basic_user_file %%DIR%%/htpasswd;
            error_page 401 /again.html;
        }
        location /away {
            auth_basic x;
            auth_basic_user_file %%DIR%%/htpasswd;
            error_page 401 =302 https://example.org/login;
        }
        location = /open.html { }
        location /proxied {
            auth_basic x;
            auth_basic_user_file %%DIR%%/htpasswd;
            proxy_set_header X-User $remote_user;
            proxy_pass http://%%BACKEND%%;
        }
        location /user { return 200 "$remote_user"; }
    }
""", [Ask(target, name="%s as %s:%s" % (target, user, password), fields=basic(user, password))
      for user, password in [
          ("plain", "secret"), ("crypt", "secret"), ("md5", "secret"), ("apr1", "secret"),
          ("sha256", "secret"), ("sha", "secret"), ("colon", "secret"), ("plain", "wrong"),
          ("apr1", "wrong"), ("crypt", "wrong"), ("sha", "wrong"), ("broken", ""),
          ("nothing", ""), ("nobody", "x"), ("", ""), ("# comment", " nobody"), ("plain", "")]
      for target in ("/", "/other")]
    + [Ask(target, fields=fields)
       for target in ["/off", "/missing", "/folder", "/realm?who=you", "/maybe?who=off",
                      "/maybe?who=me", "/nofile", "/file", "/page", "/page200", "/again", "/away",
                      "/proxied", "/user"]
       for fields in [{}, basic("plain", "secret"), basic("plain", "wrong"),
                      basic("apr1", "secret")]]
    + [Ask("/", fields={"Authorization": value})
       for value in ["", "Basic", "Basic ", "basic cGxhaW46c2VjcmV0", "Basic   cGxhaW46c2VjcmV0",
                     "Basic cGxhaW46c2VjcmV0=garbage", "Basic cGxhaW4=", "Basic !", "Digest x",
                     "Bearer cGxhaW46c2VjcmV0"]]
    + [Ask("/", "HEAD"), Ask("/", "POST", content=b"x" * 70000),
       Ask("/", "POST", content=b"x", fields=basic("apr1", "secret"))],
    files=FILES, extra={"htpasswd": HASHES})

SATISFY = Example("satisfy", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        auth_basic "closed site";
        auth_basic_user_file %%DIR%%/htpasswd;
        location /all/allow { allow all; satisfy all; try_files /a.txt =404; }
        location /all/deny { deny all; satisfy all; try_files /a.txt =404; }
        location /any/allow { allow all; satisfy any; try_files /a.txt =404; }
        location /any/deny { deny all; satisfy any; try_files /a.txt =404; }
        location /any/none { allow ::1; satisfy any; try_files /a.txt =404; }
        location /any/off { auth_basic off; deny all; satisfy any; try_files /a.txt =404; }
        location /any/alone { satisfy any; try_files /a.txt =404; }
        location /any/missing {
            auth_basic_user_file %%DIR%%/missing;
            satisfy any;
            deny all;
            try_files /a.txt =404;
        }
        location /any/allowed_missing {
            auth_basic_user_file %%DIR%%/missing;
            satisfy any;
            allow all;
            try_files /a.txt =404;
        }
        location /any/folder {
            auth_basic_user_file %%DIR%%/html;
            satisfy any;
            deny all;
            try_files /a.txt =404;
        }
    }
""", [Ask(target, fields=fields) for target in [
    "/all/allow", "/all/deny", "/any/allow", "/any/deny", "/any/none", "/any/off", "/any/alone",
    "/any/missing", "/any/allowed_missing", "/any/folder"]
    for fields in [{}, basic("plain", "secret"), basic("plain", "wrong"),
                   basic("apr1", "secret"), basic("apr1", "wrong")]],
    files=FILES, extra={"htpasswd": HASHES})

EXAMPLES = [ADDRESSES, SERVER, PASSWORD, SATISFY]
