# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What variables say, and what blocks make of them: map, geo, split_clients.

from harness.backend import answer
from harness.compare import Ask, Example

NAMES = ("args query_string is_args uri document_uri request_uri request_method request scheme "
         "https server_name server_port server_addr remote_addr host http_host http_user_agent "
         "http_x_own cookie_a cookie_b arg_a arg_B arg_ content_length content_type remote_user "
         "request_filename document_root realpath_root limit_rate request_completion "
         "server_protocol pipe status hostname connection_requests request_length "
         "proxy_protocol_addr proxy_protocol_port body_bytes_sent upstream_addr upstream_status "
         "upstream_http_x upstream_cookie_x sent_http_content_type sent_http_x request_body "
         "proxy_host proxy_port").split()

PLAIN = Example("variables", """
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name first.example second.example;
        root %%DIR%%/html;
        location / {
""" + "".join("            add_header X-%s \"<$%s>\";\n" % (name.replace("_", "-"), name)
              for name in NAMES) + """
            try_files /a.txt =404;
        }
    }
""", ["/", "/a%20b/../c?x=1&a=%41&B=2", "/?", "/?a=&a=2&b=3", "/?A=1", "/?xa=1&a", "//x//y",
      Ask("/", version="1.0", host=None), Ask("/", host="SECOND.example:8080"),
      Ask("/", "HEAD"), Ask("/", "POST", content=b"abc", fields={"Content-Type": "text/x"}),
      Ask("/", fields={"Cookie": "a=1; b = 2 ;c", "X-Own": "own", "User-Agent": "me"}),
      Ask("/", fields={"Cookie": "ab=1;A=\"q\";b="}),
      Ask("/", fields={"Authorization": "Basic dXNlcjpzZWNyZXQ="}),
      Ask("/", fields={"Authorization": "Basic dXNlcg=="}),
      Ask("/", fields={"Authorization": "Bearer x"}), Ask("http://other.example/p?q=1")],
    files={"a.txt": "a"})

REPLIES = {
    "/cookies": answer("x", fields=[("Set-Cookie", "a=1; Path=/"), ("X-One", "one")]),
    "/cookie": answer("x", fields={"Set-Cookie": "B = two ; Secure"}),
    "/none": answer("x", fields={"Set-Cookie": "ab=1"}),
    "/503": answer("x", "503 Service Unavailable"),
}


def reply(read, connection):
    return REPLIES.get("/" + read.target.rsplit("/", 1)[1], answer("unknown"))


UPSTREAM = Example("variables of peers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        add_header X-A "<$upstream_cookie_a>" always;
        add_header X-B "<$upstream_cookie_b>" always;
        add_header X-Peer "<$upstream_http_x_one>" always;
        add_header X-Status "<$upstream_status>" always;
        add_header X-Addr "<$upstream_addr>" always;
        add_header X-Sent "<$sent_http_x_one><$sent_http_content_type>" always;
        location / { proxy_pass http://%%BACKEND%%/; }
        location /twice/ {
            proxy_pass http://%%BACKEND%%/;
            proxy_intercept_errors on;
            error_page 503 = /again/cookies;
        }
        location /again/ { proxy_pass http://%%BACKEND%%/; }
    }
""", ["/cookies", "/cookie", "/none", "/twice/503", "/twice/cookie"], script=reply)

MAPS = Example("map", """
    map $arg_k $plain { default other; a one; A2 two; "" empty; "with blank" blank; 10 ten; }
    map $arg_k$arg_l $joined { default none; ab both; }
    map $http_host $named {
        hostnames; default none; .wide.example wide; *.left.example left; right.* right;
        exact.wide.example exact; ~^re\\d+\\.example$ regex;
    }
    map $arg_k $pattern {
        default "[$arg_l]"; ~^(?<letter>[a-z])(\\d)$ "$2$letter"; ~*^CASE "caseless";
        ~^num(\\d+)x "n$1"; \\~tilde tilde; \\default named;
    }
    map $http_host $late { *.wide.example wide; default none; hostnames; .left.example left; }
    map $plain $chained { one 1; default "<$plain>"; }
    map $arg_k $empty { a ""; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / {
            return 200 "$plain|$joined|$named|$late|$pattern|$chained|$empty";
        }
        location /again { set $plain set; return 200 "$plain|$chained"; }
    }
""", ["/?k=a", "/?k=A", "/?k=a2", "/", "/?k=with%20blank", "/?k=10", "/?k=a&l=b", "/?k=x&l=y",
      "/?k=b7", "/?k=caseX", "/?k=num42x", "/?k=~tilde", "/?k=default", "/again?k=a"]
    + [Ask("/", host=host) for host in (
        "wide.example", "a.wide.example", "a.b.wide.example", "exact.wide.example",
        "left.example", "a.left.example", "right.org", "right.a.b", "right", "re12.example",
        "rex.example", "EXACT.WIDE.EXAMPLE", "exact.wide.example.", "a.left.example.")])

ADDRESSES = ["127.0.0.1", "10.0.0.1", "10.1.2.3", "10.1.2.4", "192.0.2.255", "192.0.3.0",
             "255.255.255.255", "0.0.0.0", "::1", "2001:db8::1", "2001:db9::1", "::ffff:10.1.2.3",
             "nothing", "", "10.0.0.1:80", "300.0.0.1", "10.0.255.255", "10.1.0.0", "10.1.0.255"]

GEO = Example("geo", """
    geo $client { default none; 127.0.0.0/8 loopback; 127.0.0.1 one; ::1 six; }
    geo $arg_ip $network {
        10.0.0.0/8 wide; 10.1.2.3 one; 10.1.0.0/16 narrow; 192.0.2.0/24 doc; 2001:db8::/32 six;
        delete 10.1.0.0/16; 255.255.255.255 last; 0.0.0.0/0 "all v4";
    }
    geo $arg_ip $range {
        ranges; default none; 10.0.0.0-10.1.0.255 wide; 10.0.0.1-10.0.0.1 one;
        10.1.0.0-10.1.0.0 two; 192.0.2.0-192.0.2.255 doc; delete 192.0.2.0-192.0.2.255;

    }
    geo $behind { proxy 127.0.0.0/8; default none; 127.0.0.0/8 loopback; 10.0.0.0/8 ten; }
    geo $deep {
        proxy_recursive; proxy 127.0.0.0/8; proxy 10.0.0.0/8; default none;
        127.0.0.0/8 loopback; 10.0.0.0/8 ten; 192.0.2.0/24 doc;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        return 200 "$client|$network|$range|$behind|$deep";
    }
""", ["/?ip=" + ip for ip in ADDRESSES]
    + [Ask("/", fields={"X-Forwarded-For": value}) for value in (
        "10.0.0.1", "192.0.2.1", "192.0.2.1, 10.0.0.1", "192.0.2.1,10.0.0.1 ,", "x", "10.0.0.1:7",
        "192.0.2.9, x, 10.0.0.1", "127.0.0.5, 10.0.0.1", "::1", "")])

SPLIT = Example("split_clients", """
    split_clients "${arg_c}salt" $part { 0.5% tiny; 20% a; 33.33% b; * rest; }
    split_clients $arg_c $short { 50% half; }
    server {
        listen 127.0.0.1:%%PORT%%;
        return 200 "$part|$short";
    }
""", ["/"] + ["/?c=" + "x" * (n % 7) + str(n) for n in range(60)])

EXAMPLES = [PLAIN, UPSTREAM, MAPS, GEO, SPLIT]
