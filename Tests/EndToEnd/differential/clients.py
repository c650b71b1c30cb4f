# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Who the client is: what proxies in front of us tell, in fields and in the PROXY protocol.

from harness.compare import Ask, Example
from harness.wire import request

REALIP = Example("realip", """
    set_real_ip_from 127.0.0.0/8;
    set_real_ip_from 10.0.0.0/8;
    add_header X-IP "$remote_addr|$realip_remote_addr" always;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / { return 200; }
        location /xff { real_ip_header X-Forwarded-For; try_files /a.txt =404; }
        location /deep {
            real_ip_header X-Forwarded-For;
            real_ip_recursive on;
            try_files /a.txt =404;
            location /deep/own { real_ip_header X-Own; try_files /a.txt =404; }
        }
        location /own { real_ip_header X-Own; try_files /a.txt =404; }
        location /others { set_real_ip_from 192.0.2.0/24; real_ip_header X-Own; return 404; }
        location /deny { real_ip_header X-Own; deny 192.0.2.0/24; try_files /a.txt =404; }
        location /peer {
            real_ip_header X-Own;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_pass http://%%BACKEND%%;
        }
    }
""", ["/", "/xff"]
    + [Ask(path, fields={name: value})
       for path, name in (("/", "X-Real-IP"), ("/xff", "X-Forwarded-For"),
                          ("/deep", "X-Forwarded-For"), ("/own", "X-Own"), ("/deep/own", "X-Own"),
                          ("/others", "X-Own"), ("/deny", "X-Own"), ("/peer", "X-Own"))
       for value in ("192.0.2.1", "192.0.2.1, 10.0.0.1", "192.0.2.1, 10.0.0.1, 10.0.0.2",
                     "10.0.0.3", "unknown", "192.0.2.1:8080", "[2001:db8::1]:80", "2001:db8::1",
                     "unix:", "192.0.2.7, bad, 10.0.0.1")],
    files={"a.txt": "a"})

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def binary(command, family, body):
    return SIGNATURE + bytes([command, family, len(body) >> 8, len(body) & 255]) + body


FOUR = bytes([192, 0, 2, 1, 192, 0, 2, 2, 0, 123, 22, 46])
SIX = bytes.fromhex(
    "20010db8000000000000000000000001" "20010db8000000000000000000000002" "007b162e")
HEADERS = {
    "v1": b"PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\n",
    "v1 six": b"PROXY TCP6 2001:db8::1 2001:db8::2 123 5678\r\n",
    "v1 unknown": b"PROXY UNKNOWN\r\n", "v1 unknown with words": b"PROXY UNKNOWN a b\r\n",
    "v2": binary(0x21, 0x11, FOUR), "v2 six": binary(0x21, 0x21, SIX),
    "v2 local": binary(0x20, 0, b""), "v2 unix": binary(0x21, 0x31, bytes(216)),
    "v2 datagram": binary(0x21, 0x12, FOUR), "v2 with more": binary(0x21, 0x11, FOUR + b"\1\0\2h2"),
    "none": b"", "v1 broken": b"PROXY TCP4 192.0.2.1\r\n", "v1 bad": b"PROXY TCP5 a b 1 2\r\n",
    "v2 of version 3": binary(0x31, 0x11, FOUR), "v2 cut": binary(0x21, 0x11, FOUR[:5]),
    "bare": b"\r\n",
}
PROXY = Example("PROXY protocol", """
    server {
        listen 127.0.0.1:%%PORT%% proxy_protocol;
        root %%DIR%%/html;
        set_real_ip_from 127.0.0.1;
        add_header X-PP "$proxy_protocol_addr|$proxy_protocol_port" always;
        add_header X-PPS "$proxy_protocol_server_addr|$proxy_protocol_server_port" always;
        add_header X-IP "$realip_remote_addr" always;
        location / { }
        location /real {
            real_ip_header proxy_protocol;
            add_header X-Real "$remote_addr" always;
        }
    }
""", [Ask(name="%s %s" % (target, name), raw=header + request(target))
      for name, header in HEADERS.items() for target in ("/a.txt", "/real")],
    files={"a.txt": "a"})

EXAMPLES = [REALIP, PROXY]
