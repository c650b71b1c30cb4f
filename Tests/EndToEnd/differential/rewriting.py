# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The rewrite phase: each flag in each context, conditions and what their blocks set, error pages
# that lead on, and the shapes that people copy from each other.

from harness.backend import answer
from harness.compare import Ask, Example

FILES = {"index.html": "home", "a.txt": "a", "b.txt": "b", "dir/x.txt": "x", "dir/index.html": "d",
         "maintenance.html": "later", "404.html": "page of 404", "x y.txt": "blank",
         "moved.html": "moved", "to/x": "file to x"}


def reply(read, connection):
    status = read.target.partition("status=")[2][:3] or "200"
    return answer("" if read.method == "HEAD" else "peer %s" % read.method,
                  status=status + " Word", fields=[("X-Target", read.target)])


FLAGS = Example("rewrite", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        default_type text/plain;
        rewrite ^/s/plain/(.*)$ /to/$1;
        rewrite ^/s/last/(.*)$ /to/$1 last;
        rewrite ^/s/break/(.*)$ /to/$1 break;
        rewrite ^/s/redirect/(.*)$ /to/$1 redirect;
        rewrite ^/s/permanent/(.*)$ /to/$1 permanent;
        rewrite ^/s/address/(.*)$ https://b.test/$1;
        rewrite ^/s/scheme/(.*)$ $scheme://b.test/$1;
        rewrite ^/s/args/(.*)$ /to/$1?a=$1&b=$arg_c;
        rewrite ^/s/drop/(.*)$ /to/$1?;
        rewrite ^/s/dropargs/(.*)$ /to/$1?a=b?;
        rewrite ^/s/two/(.*)$ /s/three/$1;
        rewrite ^/s/three/(.*)$ /to/$1?three;
        rewrite ^/s/case/([a-z]+)/(?<rest>.*)$ /to/$rest/$1;
        location / { return 200 "root $uri?$args $request_uri"; }
        location /to/ { return 200 "to $uri?$args $request_uri $is_args"; }
        location /l/plain/ { rewrite ^/l/plain/(.*)$ /to/$1; }
        location /l/last/ { rewrite ^/l/last/(.*)$ /to/$1 last; return 200 lost; }
        location /l/break/ { rewrite ^/l/break/(.*)$ /$1 break; return 200 lost; }
        location /l/redirect/ { rewrite ^/l/redirect/(.*)$ /to/$1 redirect; }
        location /l/permanent/ { rewrite ^/l/permanent/(.*)$ /to/$1 permanent; }
        location /l/address/ { rewrite ^/l/address/(.*)$ http://b.test/$1 last; }
        location /l/addressbreak/ { rewrite ^/l/addressbreak/(.*)$ http://b.test/$1? break; }
        location /l/args/ { rewrite ^/l/args/(.*)$ /to/$1?a=$1&b=$arg_c last; }
        location /l/drop/ { rewrite ^/l/drop/(.*)$ /to/$1? last; }
        location /l/redirectargs/ { rewrite ^/l/redirectargs/(.*)$ /to/$1?a=$1 redirect; }
        location /l/redirectdrop/ { rewrite ^/l/redirectdrop/(.*)$ /to/$1?a=$1? permanent; }
        location /l/twice/ {
            rewrite ^/l/twice/(.*)$ /l/again/$1;
            rewrite ^/l/again/(.*)$ /to/$1?again last;
        }
        location /l/breakout/ { rewrite ^/l/breakout/(.*)$ /$1; break; rewrite ^ /to/never; }
        location /l/none/ { rewrite ^/nothing$ /to/none last; return 200 "no match $1"; }
        location /l/set/ {
            rewrite ^/l/set/(.*)$ /set/$1;
            set $x "$1";
            rewrite ^/set/(.*)$ /to/$x last;
        }
        location /l/uncaptured/ { rewrite ^/l/uncaptured/(a)?(b)? /to/[$1][$2][$3] last; }
        location /l/loop/ { rewrite ^/l/loop/(.*)$ /l/loop/$1x last; }
        location /l/empty/ { rewrite ^ $arg_none last; }
        location /l/hidden/ { rewrite ^ /hidden last; }
        location /hidden { internal; return 200 "hidden $uri"; }
        location /l/fixed/ { rewrite ^ /fixed?x=y redirect; }
        location /l/fixedargs/ { rewrite ^ /to/fixed?x=y last; }
        location /l/return/ { rewrite ^ /to/x; return 200 "at $uri"; }
        location ~ ^/l/regex/(.*)\\.old$ { rewrite ^ /to/$1 last; }
        location ~ ^/l/regexbreak/(.*)$ { rewrite ^/l/regexbreak/(.*)$ /$1 break; }
        location = /l/exact { rewrite ^ /a.txt break; }
        location /l/port/ { rewrite ^ $scheme://$host:81/x permanent; }
        location /l/try/ { rewrite ^/l/try/(.*)$ /$1 break; try_files $uri =410; }
    }
""", [prefix + name for prefix in (
    "/s/plain/", "/s/last/", "/s/break/", "/s/redirect/", "/s/permanent/", "/s/address/",
    "/s/scheme/", "/s/args/", "/s/drop/", "/s/dropargs/", "/s/two/", "/l/plain/", "/l/last/",
    "/l/redirect/", "/l/permanent/", "/l/address/", "/l/addressbreak/", "/l/args/", "/l/drop/",
    "/l/redirectargs/", "/l/redirectdrop/", "/l/twice/", "/l/set/")
    for name in ("x", "x?c=d", "", "a%20b", "a%20b?c=%20", "a%2Fb", "a%3Fb", "a%3fb?q", "a+b",
                 "a%25b", "%C3%A4", "a%26b", "a%2Bb?x", "a;b", "a%23b", "a%22b")]
    + ["/s/case/abc/x?q", "/s/case/ABC/x", "/l/break/a.txt", "/l/break/none", "/l/break/dir/",
       "/l/break/dir", "/l/break/x%20y.txt", "/l/breakout/a.txt", "/l/none/x", "/l/uncaptured/a",
       "/l/uncaptured/b", "/l/uncaptured/", "/l/loop/x", "/l/empty/x", "/l/hidden/x", "/hidden",
       "/l/fixed/", "/l/fixed/?a=b", "/l/fixedargs/?a=b", "/l/return/x", "/l/regex/x.old",
       "/l/regex/a%20b.old?q", "/l/regexbreak/a.txt", "/l/exact", "/l/exact?x", "/l/port/x",
       "/l/try/a.txt", "/l/try/none",
       Ask("/l/last/x", "POST", content=b"abc"), Ask("/l/redirect/x", "POST", content=b"abc"),
       Ask("/l/permanent/x", "HEAD"), Ask("/s/plain/x", "HEAD"),
       Ask("/l/permanent/x", host="c.test:8080"), Ask("/l/scheme", version="1.0")], FILES)

PASSED = Example("rewrite and proxy_pass", """
    upstream peer { server %%BACKEND%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /api/ { rewrite ^/api/(.*)$ /$1 break; proxy_pass http://%%BACKEND%%; }
        location /apiuri/ { rewrite ^/apiuri/(.*)$ /$1 break; proxy_pass http://%%BACKEND%%/u/; }
        location /drop/ { rewrite ^/drop/(.*)$ /$1? break; proxy_pass http://peer; }
        location /args/ { rewrite ^/args/(.*)$ /x?p=$1 break; proxy_pass http://peer; }
        location /last/ { rewrite ^/last/(.*)$ /api/$1 last; }
        location /back/ { rewrite ^/back/(.*)$ /back/x/$1; break; proxy_pass http://peer/u/; }
        location /setargs/ { set $args a=b; proxy_pass http://peer; }
        location /addargs/ { set $args "$args&a=b"; proxy_pass http://peer/u/; }
        location /noargs/ { set $args ""; proxy_pass http://peer; }
        location /requri/ { set $args a=b; proxy_pass http://peer$request_uri; }
        location /if/ {
            proxy_pass http://peer/default/;
            if ($arg_other) { proxy_pass http://%%BACKEND%%; }
            if ($arg_same) { add_header X-Same 1; }
        }
        location /ifonly/ { if ($arg_pass) { proxy_pass http://peer; } }
        location /ifreturn/ {
            if ($request_method = POST) { return 405; }
            proxy_pass http://peer;
        }
        location /lost/ {
            if ($arg_a) { proxy_pass http://peer; }
            if ($arg_b) { set $x 1; }
        }
        location ~ ^/re/(?<part>[^/]+)/(.*)$ {
            if ($part = a) { proxy_pass http://peer; }
            rewrite ^ /re-$part/$2 break;
            proxy_pass http://peer;
        }
        location /limit/ {
            limit_except GET { proxy_pass http://%%BACKEND%%; }
            proxy_pass http://peer/limited/;
        }
        location /limitmore/ {
            limit_except GET POST { deny all; }
            rewrite ^ /limited last;
        }
        location /limited { return 200 "limited $request_method"; }
        location /limitnone/ { proxy_pass http://peer/none/; limit_except PUT { } }
        location / { try_files $uri @peer; }
        location @peer { rewrite ^/old/(.*)$ /new/$1 break; proxy_pass http://peer; }
        location /pages/ {
            proxy_pass http://peer;
            proxy_intercept_errors on;
            error_page 404 /404.html;
            error_page 500 502 503 504 = @later;
            error_page 302 /moved.html;
            error_page 403 =200 /404.html;
            error_page 401 =302 /login?next=$request_uri;
        }
        location /plain/ { proxy_pass http://peer; error_page 404 /404.html; }
        location @later { return 503 "later $uri $status"; }
    }
""", [prefix + name for prefix in (
    "/api/", "/apiuri/", "/drop/", "/args/", "/last/", "/back/", "/setargs/", "/addargs/",
    "/noargs/", "/requri/", "/old/")
    for name in ("x", "x?c=d", "", "a%20b?c=%20d", "a%2Fb", "a%3Fb", "a%25b", "a+b")
    if not (prefix == "/requri/" and "%" in name)]
    + ["/if/x", "/if/x?other=1", "/if/x?same=1", "/if/x?other=1&same=1", "/if/a%20b?same=1",
       "/ifonly/x?pass=1", "/ifonly/x", "/ifreturn/x", Ask("/ifreturn/x", "POST", content=b"x"),
       "/lost/x?a=1", "/lost/x?b=1", "/lost/x?a=1&b=1", "/re/a/b", "/re/b/c?d",
       "/re/b/c%20d", "/limit/x", Ask("/limit/x", "HEAD"), Ask("/limit/x", "POST", content=b"y"),
       Ask("/limit/x", "DELETE"), "/limitmore/x", Ask("/limitmore/x", "HEAD"),
       Ask("/limitmore/x", "POST", content=b"y"), Ask("/limitmore/x", "PUT", content=b"y"),
       Ask("/limitmore/x", "MINE"), "/limitnone/x", Ask("/limitnone/x", "PUT", content=b"y"),
       "/a.txt", "/old/x?y"]
    + [prefix + "x?status=%d" % status for prefix in ("/pages/", "/plain/")
       for status in (200, 302, 400, 401, 403, 404, 500, 502, 503, 504)]
    + [Ask("/pages/x?status=404", "HEAD"), Ask("/pages/x?status=404", "POST", content=b"abc")],
    FILES, script=reply, alerts=["no upstream configuration"])

BLOCKS = Example("if", """
    map $arg_m $mapped { default ""; ~^a(.)$ $1; zero 0; }
    server {
        listen 127.0.0.1:%%PORT%%;
        server_name www.r.test r.test;
        root %%DIR%%/html;
        default_type text/plain;
        if ($host = www.r.test) { return 301 https://r.test$request_uri; }
        if ($http_user_agent ~* "(bot|crawl{1,2})") { return 403; }
        if ($args ~ ^old=(\\d+)) { set $old $1; rewrite ^/old$ /new/$old? permanent; }
        if ($arg_broken) { break; }
        set $after 1;
        if (-f %%DIR%%/html/on$arg_maintenance) { return 503; }
        location / { return 200 "root $uri $after"; }
        location /ops {
            set $r "";
            if ($arg_a) { set $r "${r}1"; }
            if ( $arg_a ) { set $r "${r}2"; }
            if ($arg_a = x) { set $r "${r}3"; }
            if ($arg_a != x) { set $r "${r}4"; }
            if ($arg_a ~ x) { set $r "${r}5"; }
            if ($arg_a ~* x) { set $r "${r}6"; }
            if ($arg_a !~ x) { set $r "${r}7"; }
            if ($arg_a !~* x) { set $r "${r}8"; }
            if ($arg_a = "") { set $r "${r}9"; }
            if ($arg_a = "x y") { set $r "${r}A"; }
            if ($arg_a = $arg_b) { set $r "${r}B"; }
            if ($arg_a ~ ^(.)(.)$) { set $r "${r}C$1$2"; }
            if ($nothing) { set $r "${r}D"; }
            if ($mapped) { set $r "${r}E$mapped"; }
            if ($arg_a ~ "[)(]") { set $r "${r}F"; }
            if ($request_method !~ ^(GET|HEAD)$) { set $r "${r}G"; }
            set $nothing 1;
            return 200 $r;
        }
        location /is/ {
            set $r "";
            set $f %%DIR%%/html$arg_f;
            if (-f $f) { set $r "${r}f"; }
            if (!-f $f) { set $r "${r}F"; }
            if (-d $f) { set $r "${r}d"; }
            if (!-d $f) { set $r "${r}D"; }
            if (-e $f) { set $r "${r}e"; }
            if (!-e $f) { set $r "${r}E"; }
            if (-x $f) { set $r "${r}x"; }
            if (!-x $f) { set $r "${r}X"; }
            if (-f $request_filename) { set $r "${r}R"; }
            return 200 $r;
        }
        location /front/ {
            if (!-e $request_filename) { rewrite ^ /index.html last; }
            root %%DIR%%/html;
        }
        location = /index.html { root %%DIR%%/html; }
        location /cors {
            add_header X-Outer 1;
            if ($request_method = OPTIONS) {
                add_header Access-Control-Allow-Origin *;
                add_header Access-Control-Allow-Methods "GET, POST";
                add_header Access-Control-Max-Age 1728000;
                return 204;
            }
            return 200 "data";
        }
        location /corsfile/ {
            alias %%DIR%%/html/;
            if ($request_method = GET) { add_header X-Get 1; }
            add_header X-Outer 1;
        }
        location /evil1 {
            add_header X-First 1;
            if ($arg_a) { add_header X-Second 2; }
            add_header X-Third 3;
            return 204;
        }
        location /evil2 {
            set $true 1;
            if ($true) { add_header X-First 1; }
            if ($true) { add_header X-Second 2; }
            return 204;
        }
        location /dir/ {
            try_files /a.txt =404;
            set $true $arg_a;
            if ($true) { }
        }
        location /evil4 {
            set $true 1;
            if ($true) { set $other 2; }
            alias %%DIR%%/html/a.txt;
        }
        location ~* ^/evil5/(.*)$ {
            if ($arg_a ~ (.)) { set $x $1; }
            set $y $1;
            return 200 "[$x][$y]";
        }
        location /settings/ {
            alias %%DIR%%/html/;
            if ($arg_root) { root %%DIR%%/html/dir; }
            if ($arg_expires) { expires 1h; }
            if ($arg_page) { error_page 404 =200 /404.html; }
            if ($arg_named) { error_page 404 = @named; }
            if ($arg_gzip) { gzip on; gzip_none on; }
            if ($arg_charset) { charset utf-8; }
            if ($arg_index) { rewrite ^ /dir/ last; }
        }
        location @named { return 200 "named $uri"; }
        location /rewrite/ {
            if ($arg_a) { rewrite ^/rewrite/(.*)$ /to/$1; }
            if ($arg_b) { rewrite ^ /b redirect; }
            if ($arg_c) { break; }
            return 200 "at $uri";
        }
        location /to/ { return 200 "to $uri"; }
        location /nested/ {
            if ($arg_a) { return 200 "outer"; }
            location /nested/in { return 200 "inner"; }
        }
        location /internal { internal; return 200 internal; }
        location /page { error_page 418 = @named; if ($arg_a) { return 418; } return 200 page; }
        location /cookie { if ($http_cookie ~ "id=([^;]+)(?:;|$)") { return 200 "id $1"; }
                           return 200 none; }
        location /limit { if ($http_x_slow) { set $limit_rate 100k; } return 200 "$limit_rate"; }
        location /empty { if ($arg_a) { } return 200 "empty"; }
        location /code { if ($arg_a) { return 444; } if ($arg_b) { return http://b.test/; }
                         if ($arg_c) { return 200; } if ($arg_d) { return 400 "no"; }
                         return 404; }
    }
""".replace("gzip_none on; ", ""), [
    "/ops" + query for query in (
        "", "?a=", "?a=0", "?a=00", "?a=1", "?a=x", "?a=X", "?a=ax", "?a=ab&b=ab", "?a=(", "?m=ab",
        "?m=zero", "?a=%20", "?b=x", "?a=x&a=y")]
    + ["/is/?f=" + name for name in ("/a.txt", "/none", "/dir", "/dir/", "/a.txt/x", "")]
    + [Ask("/a", host="www.r.test"), Ask("/a?b=c", host="www.r.test"), Ask("/a", host="r.test"),
       Ask("/a", fields={"User-Agent": "Googlebot"}), Ask("/a", fields={"User-Agent": "Crawll"}),
       "/old?old=12", "/old?old=x", "/old", "/x?broken=1", "/x",
       "/front/none", "/front/../index.html", "/cors", Ask("/cors", "OPTIONS"),
       Ask("/cors", "HEAD"), Ask("/cors", "POST", content=b"x"), "/corsfile/a.txt",
       Ask("/corsfile/a.txt", "HEAD"), "/evil1", "/evil1?a=1", "/evil2", "/dir/none",
       "/dir/none?a=1", "/dir/x.txt?a=1", "/dir/?a=1", "/evil4", "/evil4/x", "/evil5/abc",
       "/evil5/abc?a=z", "/rewrite/x", "/rewrite/x?a=1", "/rewrite/x?b=1", "/rewrite/x?a=1&b=1",
       "/rewrite/x?c=1", "/rewrite/x?a=1&c=1", "/nested/x?a=1", "/nested/in?a=1", "/internal",
       "/page", "/page?a=1", Ask("/cookie", fields={"Cookie": "a=b; id=12; c=d"}), "/cookie",
       "/limit", Ask("/limit", fields={"X-Slow": "1"}), "/empty", "/empty?a=1", "/code",
       "/code?a=1", "/code?b=1", "/code?c=1", "/code?d=1",
       Ask("/ops", "POST", content=b"x"), Ask("/ops", "DELETE")]
    + ["/settings/%s?%s" % (name, query) for name in ("a.txt", "none", "index.html", "")
       for query in ("", "expires=1", "page=1", "named=1", "charset=1", "gzip=1", "index=1",
                     "page=1&expires=1", "named=1&page=1")]
    + ["/settings/x.txt?root=1"], FILES)

PAGES = Example("error_page and its redirects", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        default_type text/plain;
        location / { error_page 404 @fallback; }
        location @fallback { rewrite ^/f/(.*)$ /$1 last; return 200 "fallback $uri"; }
        location /codes/ { error_page 400 403 404 =200 /show; return 403; }
        location /several/ { error_page 403 /404.html; error_page 404 = /show; return 404; }
        location /text/ { error_page 403 /show; return 403 "text"; }
        location /redirect/ { error_page 302 /moved.html; return 302 /there; }
        location /redirect200/ { error_page 301 =200 /moved.html; return 301 /there; }
        location /redirectnamed/ { error_page 301 302 = @named; return 301 /there; }
        location /redirectaway/ { error_page 302 http://b.test/; return 302 /there; }
        location /redirectreturn/ { error_page 302 /go; return 302 /there; }
        location /rewriteredirect/ { error_page 302 /moved.html; rewrite ^ /there redirect; }
        location /slash { error_page 301 /moved.html; }
        location = /go { return 301 /elsewhere; }
        location @named { return 200 "named $uri $request_method"; }
        location /var/ { error_page 404 $arg_to; return 404; }
        location /varargs/ { error_page 404 /show?u=$uri&a=$args; return 404; }
        location /away/ { error_page 404 =303 /show; return 404; }
        location /awayurl/ { error_page 404 =307 https://b.test$request_uri; return 404; }
        location /awayodd/ { error_page 404 =200 https://b.test/; return 404; }
        location /method/ { error_page 405 /show; return 405; }
        location /methodnamed/ { error_page 405 @named; return 405; }
        location /chain/ {
            recursive_error_pages on;
            error_page 404 = /chain2/x;
            return 404;
        }
        location /chain2/ { error_page 403 = @named; return 403; }
        location /norecursion/ { error_page 404 = /chain3/x; return 404; }
        location /chain3/ { error_page 403 = @named; return 403; }
        location /recursive/ {
            recursive_error_pages on;
            error_page 404 = /recursive2/x;
            return 404;
        }
        location /recursive2/ {
            recursive_error_pages on;
            error_page 403 = @named;
            return 403;
        }
        location /loop/ { recursive_error_pages on; error_page 404 /loop/x; return 404; }
        location /own/ { error_page 404 = /own404; return 404; }
        location /own404 { return 410; }
        location /own200/ { error_page 404 /own200page; return 404; }
        location /own200page { return 200 "own"; }
        location /own302/ { error_page 404 /own302page; return 404; }
        location /own302page { return 302 /x; }
        location /ownrewrite/ { error_page 404 /ownrewritepage; return 404; }
        location /ownrewritepage { rewrite ^ /x redirect; }
        location /ownlast/ { error_page 404 /ownlastpage; return 404; }
        location /ownlastpage { rewrite ^ /show?last last; }
        location = /show { return 200 "show $uri $args $request_method $request_uri"; }
        location /missing/ { error_page 404 /nothing-at-all; return 404; }
        location /nonamed/ { error_page 404 @nobody; return 404; }
        location /internal/ { internal; return 200 "internal $uri"; }
        location /tointernal/ { error_page 404 =200 /internal/x; return 404; }
        location /444/ { error_page 404 /444page; return 404; }
        location /444page { return 444; }
        location /special/ { error_page 497 =301 https://$host$request_uri; return 497; }
        location /413/ { client_max_body_size 1; error_page 413 /show; return 200 "small"; }
        location /try/ { try_files /none =418; error_page 418 = @named; }
        location /trylast/ { try_files /none /f/a.txt; }
        location /auto { autoindex on; error_page 404 /show; }
    }
""", ["/a.txt", "/none", "/f/a.txt", "/f/none", "/codes/x", "/several/x", "/text/x",
      "/redirect/x", "/redirect200/x", "/redirectnamed/x", "/redirectaway/x", "/redirectreturn/x",
      "/rewriteredirect/x", "/dir", "/var/x?to=/show", "/var/x?to=@named", "/var/x?to=/show?a=b",
      "/var/x?to=http://b.test/", "/varargs/x?y=z", "/away/x", "/awayurl/x?y", "/awayodd/x",
      "/method/x", "/methodnamed/x", "/chain/x", "/norecursion/x", "/recursive/x", "/loop/x",
      "/own/x", "/own200/x", "/own302/x", "/ownrewrite/x", "/ownlast/x?q", "/missing/x",
      "/nonamed/x", "/internal/x", "/tointernal/x", "/444/x", "/special/x", "/try/x",
      "/trylast/x", "/auto/x", "/413/x"]
    + [Ask(target, method) for method in ("HEAD", "DELETE") for target in (
        "/method/x", "/methodnamed/x", "/codes/x", "/redirect/x", "/f/a.txt", "/own200/x")]
    + [Ask(target, "POST", content=b"abc") for target in (
        "/method/x", "/methodnamed/x", "/codes/x", "/own200/x", "/413/x", "/f/a.txt")], FILES)

VALUES = Example("set", """
    server {
        listen 127.0.0.1:%%PORT%%;
        default_type text/plain;
        set $early "early $uri";
        location / { return 200 "[$early][$late][$args]"; }
        location /late { set $late "late"; return 200 "[$early][$late]"; }
        location /args { set $args a=1&b=2; return 200 "[$args][$arg_a][$query_string]"; }
        location /noargs { set $args ""; return 200 "[$args][$is_args][$arg_a]"; }
        location /capture/ {
            rewrite ^/capture/(.*)$ /$1;
            set $one $1;
            set $both "<$1>";
            return 200 "[$one][$both][$uri]";
        }
        location ~ ^/regex/(.*)$ { set $one $1; return 200 "[$one][$1][$uri]"; }
        location ~ ^/regexargs/(?<name>.*)$ { set $args x=$name&y=$1; return 200 "[$args]"; }
        location ~ ^/regexif/(.*)$ {
            if ($1x) { set $x 1; }
            return 200 "[$x]";
        }
        location /again { set $a 1; set $a "${a}2"; set $a "$a$a"; return 200 $a; }
        location /self { set $s "${s}x"; return 200 $s; }
        location /rate { set $limit_rate 1m; return 200 "$limit_rate"; }
        location /case { set $CamelCase 1; return 200 "$camelcase ${camelCase}y"; }
        location /field { set $http_x_own "own"; return 200 "[$http_x_own]"; }
        location /nofield { return 200 "[$http_x_own][$arg_own]"; }
        location /arg { set $arg_own "own"; return 200 "[$arg_own]"; }
    }
""".replace("""        location ~ ^/regexif/(.*)$ {
            if ($1x) { set $x 1; }
            return 200 "[$x]";
        }
""", ""), [
    "/", "/late", "/args", "/args?c=d", "/noargs?c=d", "/again", "/self", "/rate", "/case",
    "/field", Ask("/field", fields={"X-Own": "sent"}), "/nofield?own=1",
    Ask("/nofield", fields={"X-Own": "sent"}), "/arg?own=sent"]
    + [prefix + name for prefix in ("/capture/", "/regex/", "/regexargs/")
       for name in ("x", "a%20b", "a%26b", "a+b", "a%25b", "a%3Fb?c", "%C3%A4", "x%0Ay")], {})

EXAMPLES = [FLAGS, PASSED, BLOCKS, PAGES, VALUES]
