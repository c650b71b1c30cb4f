# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What may be asked for and how often, where time plays no part: a rate of one request a minute
# with another key for each question. Small handlers too.

from harness.compare import Ask, Example

RATES = Example("limit_req", """
    limit_req_zone $arg_k zone=slow:1m rate=1r/m;
    limit_req_zone $arg_l zone=other:1m rate=2r/m;
    limit_req_zone $arg_k$arg_l zone=both:1m rate=1r/m;
    limit_req_zone $binary_remote_addr zone=client:1m rate=1r/m;
    limit_req_status 429;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        add_header X-Limit $limit_req_status always;
        error_page 599 /a.txt;
        location / { }
        location /one { limit_req zone=slow; return 404; }
        location /file { limit_req zone=slow; alias %%DIR%%/html/a.txt; }
        location /burst { limit_req zone=slow burst=2 nodelay; alias %%DIR%%/html/a.txt; }
        location /delay { limit_req zone=slow burst=3 delay=3; alias %%DIR%%/html/a.txt; }
        location /two { limit_req zone=slow; limit_req zone=other burst=1 nodelay;
                        alias %%DIR%%/html/a.txt; }
        location /swap { limit_req zone=other burst=1 nodelay; limit_req zone=slow;
                         alias %%DIR%%/html/a.txt; }
        location /dry { limit_req zone=slow; limit_req_dry_run on; alias %%DIR%%/html/a.txt; }
        location /503 { limit_req zone=slow; limit_req_status 503; alias %%DIR%%/html/a.txt; }
        location /page { limit_req zone=slow; limit_req_status 599; alias %%DIR%%/html/a.txt; }
        location /444 { limit_req zone=slow; limit_req_status 444; alias %%DIR%%/html/a.txt; }
        location /in { limit_req zone=both; alias %%DIR%%/html/a.txt;
                       location /in/side { alias %%DIR%%/html/b.txt; }
                       location /in/other { limit_req zone=slow burst=1 nodelay;
                                            alias %%DIR%%/html/b.txt; } }
        location /index/ { limit_req zone=slow; alias %%DIR%%/html/; index a.txt; }
        location /client { limit_req zone=client; alias %%DIR%%/html/a.txt; }
    }
""", [Ask(target % number, name="%s, %s time" % (target % number, time))
      for number, target in enumerate([
          "/one?k=%d", "/file?k=%d", "/burst?k=%d", "/delay?k=%d", "/two?k=%d&l=0",
          "/two?l=a%d", "/swap?k=%d&l=b", "/swap?l=%d", "/dry?k=%d", "/503?k=%d", "/page?k=%d",
          "/444?k=%d", "/in/x?k=%d", "/in/side?k=%d", "/in/other?k=%d", "/index/?k=%d",
          "/client?%d", "/file?k=", "/file?x=%d", "/?%d", "/file?k=" + "%d" + "x" * 700])
      for time in ("first", "second", "third", "fourth")
      if "%" in target] + [Ask("/file?k="), Ask("/file?k="), Ask("/file?k=h", "HEAD"),
                           Ask("/file?k=h", "HEAD", name="HEAD again")],
    files={"a.txt": "a", "b.txt": "b"})

CONNECTIONS = Example("limit_conn", """
    limit_conn_zone $arg_k zone=one:1m;
    limit_conn_zone $binary_remote_addr zone=two:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        add_header X-Limit $limit_conn_status always;
        location /one { limit_conn one 1; limit_conn two 1; alias %%DIR%%/html/a.txt; }
        location /dry { limit_conn one 1; limit_conn_dry_run on; alias %%DIR%%/html/a.txt; }
        location /back { limit_conn one 1; limit_conn_status 404; error_page 404 /one; }
    }
""", ["/one?k=1", "/one?k=1", "/one", "/one?k=" + "x" * 300, "/dry?k=1", "/dry", "/back?k=1",
      "/none?k=1"], files={"a.txt": "a"})

SMALL = Example("small handlers", """
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location = /pixel { empty_gif; }
        location = /pixel/fields { empty_gif; expires 1d; add_header X-A b; etag on; }
        location /any/ { random_index on; index b.txt; alias %%DIR%%/html/one/; }
        location /none/ { random_index on; index b.txt; alias %%DIR%%/html/empty/; }
        location /off/ { random_index off; index b.txt; alias %%DIR%%/html/one/; }
        location /missing/ { random_index on; alias %%DIR%%/html/missing/; }
        location /two/ { random_index on; alias %%DIR%%/html/one/deep/; }
    }
""", [Ask("/pixel", method) for method in ("GET", "HEAD", "POST", "PUT", "DELETE")]
    + [Ask("/pixel", fields={"If-Modified-Since": "Mon, 28 Sep 1970 06:00:00 GMT"}),
       Ask("/pixel", fields={"If-Modified-Since": "Mon, 28 Sep 1970 06:00:01 GMT"}),
       Ask("/pixel", fields={"If-Unmodified-Since": "Mon, 28 Sep 1970 05:00:00 GMT"}),
       Ask("/pixel", fields={"Range": "bytes=0-3"}), Ask("/pixel", "POST", content=b"x"),
       Ask("/pixel/fields"), "/any/", "/any/?q=1", "/any/.hidden", "/any", "/off/", "/none/",
       "/missing/", "/two/", Ask("/any/", "HEAD"), Ask("/any/", "POST"), Ask("/any/", "PUT")],
    files={"one/only.txt": "only", "one/.hidden": "hidden", "one/deep/.x": "x",
           "empty/.x": "", "empty/b.txt/x": "x"})

EXAMPLES = [RATES, CONNECTIONS, SMALL]
