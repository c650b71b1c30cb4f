# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Who may ask: addresses, passwords, referers, and links that carry a secret.

import base64
import hashlib

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


def digest(text):
    """What a link carries."""
    return base64.urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")


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

LIMITED = Example("access in limit_except", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /deny { limit_except GET { deny all; } try_files /a.txt =404; }
        location /allow {
            deny all;
            limit_except GET { allow all; }
            try_files /a.txt =404;
        }
        location /password {
            limit_except GET {
                auth_basic "closed site";
                auth_basic_user_file %%DIR%%/htpasswd;
            }
            proxy_pass http://%%BACKEND%%;
        }
    }
""", [Ask(target, method, fields=fields) for target in ["/deny", "/allow", "/password"]
      for method in ["GET", "HEAD", "POST", "DELETE"]
      for fields in [{}, basic("plain", "secret"), basic("apr1", "wrong")]],
    files=FILES, extra={"htpasswd": HASHES})

REFERER = Example("valid_referers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name www.site.test *.pages.test ~^re[0-9]+\\.test$;
        location /none { valid_referers none www.good.test; return 200 "[$invalid_referer]"; }
        location /blocked {
            valid_referers none blocked www.good.test;
            return 200 "[$invalid_referer]";
        }
        location /names { valid_referers server_names; return 200 "[$invalid_referer]"; }
        location /wild {
            valid_referers *.good.test bad.* .dot.test www.path.test/in/;
            return 200 "[$invalid_referer]";
        }
        location /regex { valid_referers ~good\\.te ~/in/; return 200 "[$invalid_referer]"; }
        location /off { return 200 "[$invalid_referer]"; }
        location /if {
            valid_referers none www.good.test;
            if ($invalid_referer) { return 403; }
            return 200 ok;
        }
        location /set {
            valid_referers www.good.test;
            if ($arg_any) { set $invalid_referer ""; }
            return 200 "[$invalid_referer]";
        }
        location /outer {
            valid_referers www.outer.test ~outer;
            location /outer/same { return 200 "[$invalid_referer]"; }
            location /outer/other { valid_referers www.good.test; return 200 "[$invalid_referer]"; }
        }
    }
""", [Ask(target, fields={"Referer": referer} if referer is not None else {})
      for target in ["/none", "/blocked", "/names", "/wild", "/regex", "/off", "/if", "/set",
                     "/set?any=1", "/outer/same", "/outer/other"]
      for referer in [
          None, "", "x", "www.good.test", "http://", "http://x", "http://x.y", "http://xx.yy",
          "http://www.good.test", "HTTPS://WWW.GOOD.TEST/A", "http://www.good.test:8080/",
          "ftp://www.good.test/", "http://www.good.test.evil/", "http://good.test/",
          "http://www.site.test/", "http://a.pages.test", "http://pages.test/", "http://re12.test/",
          "http://bad.example/", "http://bad.example.org/x", "http://a.dot.test",
          "http://dot.test/",
          "http://www.path.test/in/x", "http://www.path.test/out", "http://www.path.test",
          "http://www.outer.test/", "http://evil.test/www.good.test", "http://@www.good.test/",
          "http://" + "a" * 256, "http://" + "a" * 257, "http://" + "a" * 257 + "/in/"]])

SECRET = Example("secure_link", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /new {
            secure_link $arg_md5,$arg_expires;
            secure_link_md5 "secret$uri$arg_expires";
            return 200 "[$secure_link][$secure_link_expires]";
        }
        location /plain {
            secure_link $arg_md5;
            secure_link_md5 "secret$uri";
            return 200 "[$secure_link][$secure_link_expires]";
        }
        location /old/ { secure_link_secret secret; return 200 "[$secure_link]"; }
        location /half { secure_link $arg_md5; return 200 "[$secure_link]"; }
        location /in/ {
            secure_link $arg_md5;
            secure_link_md5 "secret$uri";
            add_header X-Link "[$secure_link]";
            if ($secure_link = "") { return 403; }
        }
        location / { return 200 "[$secure_link][$secure_link_expires]"; }
    }
""", ["%s?md5=%s%s" % (path, digest(md5), expires) for path, md5, expires in [
    ("/new", "secret/new4102444800", "&expires=4102444800"), ("/new", "secret/new1", "&expires=1"),
    ("/new", "secret/new0", "&expires=0"), ("/new", "secret/new-1", "&expires=-1"),
    ("/new", "secret/new", ""), ("/new", "secret/newx", "&expires=x"),
    ("/new", "wrong", "&expires=4102444800"), ("/plain", "secret/plain", ""),
    ("/plain", "secret/plain", "=="), ("/plain", "secret/plain", "==="),
    ("/plain", "secret/plain", "A"), ("/plain", "secret/plainx", ""), ("/plain", "wrong", ""),
    ("/half", "", ""), ("/in/", "secret/in/", ""), ("/in/a.txt", "secret/in/a.txt", ""),
    ("/in/a.txt", "wrong", "")]]
    + ["/plain?md5=" + link for link in ["", "x", "%21", "A" * 22, "A" * 24, "A" * 25]]
    + ["/old/%s/%s" % (hashlib.md5((signed + "secret").encode()).hexdigest(), sent)
       for signed, sent in [("a.txt", "a.txt"), ("a/b?c=d", "a/b?c=d"), ("a.txt", "b.txt"),
                            ("", ""), ("a%20b", "a%20b"), ("a//b", "a//b")]]
    + ["/old/x/a.txt", "/old/" + "z" * 32 + "/a", "/old/", "/old", "/none",
       "/old/" + hashlib.md5(b"asecret").hexdigest().upper() + "/a"],
    files={"in/index.html": "index", "in/a.txt": "a"})

EXAMPLES = [ADDRESSES, SERVER, PASSWORD, SATISFY, LIMITED, REFERER, SECRET]
