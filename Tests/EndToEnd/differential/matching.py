# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Which server and which location answers, and what the language computes on the way.

from harness.compare import Ask, Example

LOCATIONS = Example("locations", """
    server {
        listen 127.0.0.1:%%PORT%%;
        default_type text/plain;
        location = / { return 200 "exact root"; }
        location / { return 200 "root $uri"; }
        location /a { return 200 "/a $uri"; }
        location /a/ { return 200 "/a/ $uri"; }
        location = /a/exact { return 200 "= /a/exact"; }
        location ^~ /a/stop/ { return 200 "^~ $uri"; }
        location ~ \\.php$ { return 200 "php $uri"; }
        location ~* \\.(gif|jpe?g)$ { return 200 "picture $1 $uri"; }
        location ~ ^/(?<name>\\w+)/user/(\\d+)$ { return 200 "user $name $2"; }
        location ~ /\\.(?!well-known) { return 403; }
        location /Upper { return 200 "Upper"; }
        location /with%20space { return 200 "never"; }
        location "/with space" { return 200 "space"; }
        location /deep/ {
            return 200 "/deep/ $uri";
            location /deep/er/ {
                return 200 "/deep/er/ $uri";
                location ~ \\.txt$ { return 200 "text $uri"; }
                location = /deep/er/exact { return 200 "= $uri"; }
            }
            location ~ ^/deep/re(.*) { return 200 "re $1"; }
        }
        location ^~ /stop/ { location ~ \\.php$ { return 200 "inner php"; } return 200 "stop"; }
        location /internal/ { internal; return 200 "inside"; }
        location /go/ { try_files /nothing /internal/x; }
    }
""", ["/", "/?x", "/b", "/a", "/ab", "/a/", "/a/b", "/a/exact", "/a/exact/", "/a/stop/x.php",
      "/x.php", "/x.php/", "/a/x.PHP", "/x.gif",
      Ask("/x.JPEG", status=200, differs="Configuration"), "/a/x.jpg?y", "/joe/user/42",
      "/joe/user/x", "/.git/config", "/.well-known/x", "/upper", "/Upper", "/with%20space",
      "/deep/", "/deep/x", "/deep/er/", "/deep/er/x.txt", "/deep/er/exact", "/deep/re123",
      "/deep/x.php", "/deep/er/x.php", "/stop/x", "/stop/x.php", "/internal/x", "/go/x",
      "/a%2fb", "/%61/b", "//a//b", "/a/../b", "/a/./exact", "/x.ph%70", "/internal",
      Ask("/internal/x", "POST"), Ask("/a", "POST", content=b"x"), Ask("/x.gif", "HEAD")])

SLASHES = Example("merged slashes", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name on;
        location / { return 200 "$uri $request_uri"; }
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name off;
        merge_slashes off;
        location / { return 200 "$uri $request_uri"; }
        location //x { return 200 "double $uri"; }
    }
""", [Ask(target, host=host) for host in ("on", "off")
      for target in ("//a//b", "/a///b/", "//x", "/a/..//b", "/a//../b", "/%2f/a")])

SERVERS = Example("servers", """
    server { listen 127.0.0.1:%%PORT%%; server_name example.org www.example.org;
             return 200 "exact $server_name $host"; }
    server { listen 127.0.0.1:%%PORT%% default_server; server_name _; return 200 "default $host"; }
    server { listen 127.0.0.1:%%PORT%%; server_name *.example.org; return 200 "*. $server_name"; }
    server { listen 127.0.0.1:%%PORT%%; server_name *.deep.example.org; return 200 "deep"; }
    server { listen 127.0.0.1:%%PORT%%; server_name mail.*; return 200 "mail.*"; }
    server { listen 127.0.0.1:%%PORT%%; server_name .dot.test; return 200 "dot $host"; }
    server { listen 127.0.0.1:%%PORT%%; server_name ~^(?<sub>.+)\\.re\\.test$;
             return 200 "re $sub $server_name"; }
    server { listen 127.0.0.1:%%PORT%%; server_name "~^id(\\d{2,3})\\.test$";
             return 200 "id $1"; }
    server { listen 127.0.0.1:%%PORT%%; server_name ~\\.test$; return 200 "any test"; }
    server { listen 127.0.0.1:%%PORT%%; server_name ""; return 200 "empty"; }
    server { listen 127.0.0.1:%%PORT%%; server_name UPPER.example.com; return 200 "upper"; }
""", [Ask("/", host=host) for host in [
    "example.org", "www.example.org", "EXAMPLE.ORG", "example.org.", "example.org:1234",
    "a.example.org", "a.b.example.org", "x.deep.example.org", "deep.example.org", "mail.com",
    "mail.co.uk", "mail.example.org", "dot.test", "www.dot.test", "adot.test", "joe.re.test",
    "id42.test", "id4.test", "other.test", "other", "upper.example.com", "127.0.0.1", "[::1]",
    ".example.org", "a.mail.com", "mail."]]
    + [Ask("/", host=None, version="1.0"), Ask("/", host="")])

MAPS = Example("map and set", """
    map $arg_a $plain { default none; one 1; two "2 2"; "three four" 34; \\default escaped; }
    map $arg_a $regex {
        default "no";
        one exact;
        ~^t(?<rest>.*)$ "t-$rest";
        ~*^UP(.*) "up-$1";
        "~ sp" space;
    }
    map $host $hosts { hostnames; default other; example.org apex; .example.com dot;
                        *.example.org star; mail.* mail; }
    map "$arg_a:$arg_b" $both { default d; "x:y" xy; ~^:(.+)$ only-$1; ":" neither; }
    map $plain $chained { default "<$plain>"; 1 first; }
    map $arg_c $bare { c yes; }
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name x.test example.org *.example.org example.com *.example.com mail.*;
        set $s "server";
        set $t "$s-$arg_a";
        location / { return 200 "$plain|$regex|$both|$chained|$bare|$connection_upgrade"; }
        location /hosts { return 200 "$hosts"; }
        location /set { set $u "${s}x$arg_b"; set $s changed; return 200 "$s $t $u"; }
        location /unset { return 200 "[$u]"; }
    }
""", ["/", "/?a=one", "/?a=two", "/?a=three%20four", "/?a=ONE", "/?a=tee", "/?a=uppER", "/?a=x&b=y",
      "/?b=z", "/?a=default", "/?c=c", "/?a=%20sp", "/?a=a%20sp", "/set?a=1&b=2", "/set", "/unset",
      Ask("/", fields={"Upgrade": "websocket"})]
    + [Ask("/hosts", host=host) for host in ["example.org", "a.example.org", "example.com",
                                             "b.c.example.com", "mail.x.y", "x.test"]])

NAMES = """host http_host uri request_uri args query_string is_args arg_x arg_y request_method
    scheme server_port server_name server_protocol document_uri document_root request_filename
    realpath_root remote_addr http_user_agent http_x_long_name cookie_a cookie_b content_length
    content_type https request http_cookie http_referer remote_user server_addr request_completion
    http_nothing connection_requests proxy_add_x_forwarded_for http_connection""".split()

VARIABLES = Example("variables", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name names.test second.test;
        root %%DIR%%/html;
        location / { return 200 "NAMES"; }
        location /braces { return 200 "${uri}x${arg_x}y $arg_x$arg_y"; }
        location /length { return 200 "$request_length"; }
    }
""".replace("NAMES", "\\n".join("%s=[$%s]" % (name, name) for name in NAMES)), [
    "/", "/a/b?x=1&y=2", "/a%20b/?x=%20", "/?x", "/?x=", "/?", "/?y=1&x=2&x=3", "/?X=1",
    "/a//b/../c",
    "/braces?x=q&y=r", Ask("/a", host="NAMES.test:99"), Ask("/a", host="other"),
    Ask("/", fields={"User-Agent": "agent/1", "X-Long-Name": "v", "Cookie": "a=1; b=2",
                     "Referer": "http://r/", "Content-Type": "a/b", "X-Forwarded-For": "9.9.9.9"}),
    Ask("/", fields={"Cookie": "a = 1;b=;c"}), Ask("/", fields={"Cookie": "aa=1; A=2"}),
    Ask("/", fields=[("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "2.2.2.2")],
        name="forwarded twice"),
    Ask("/", fields=[("X-Long-Name", "1"), ("X-Long-Name", "2")], name="a field twice",
        status=200, differs="Repeated fields in variables"),
    Ask("/", fields=[("Cookie", "a=1"), ("Cookie", "b=2")], name="cookies twice"),
    Ask("/", "POST", content=b"hello", fields={"Content-Type": "text/x"}), Ask("/", "PUT"),
    Ask("/", version="1.0"), Ask("/", version="1.0", host=None), Ask("http://abs.test/p?x=1"),
    Ask("/length"), Ask("/", fields={"Authorization": "Basic am9lOnB3"}),
], {"index.html": "x"})

EXAMPLES = [LOCATIONS, SLASHES, SERVERS, MAPS, VARIABLES]
