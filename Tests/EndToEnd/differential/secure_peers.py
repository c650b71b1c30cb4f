# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# TLS with peers: each server has the rules of nginx for a peer of its own kind.

from harness.compare import Ask, Example
from harness.peer_certificates import Authority


def certificates(folder):
    """Makes the files that the configuration names."""
    folder.mkdir(exist_ok=True)
    authority = Authority(folder)
    for name in ("peer.test", "other.test"):
        pair = authority.issue(name, file=name)
        (folder / (name + ".pem")).write_text(pair.certificate.read_text())
        (folder / (name + ".key.pem")).write_text(pair.key.read_text())
    (folder / "authority.pem").write_text(authority.certificate.read_text())


TOLD = "$ssl_protocol $ssl_server_name|$ssl_session_reused|$ssl_client_verify|$ssl_client_s_dn"

SECURE_PEERS = Example("TLS with peers", """
    proxy_ssl_trusted_certificate html/authority.pem;
    proxy_ssl_session_reuse off;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate html/peer.test.pem;
    ssl_certificate_key html/peer.test.key.pem;
    upstream peer.test { server 127.0.0.1:%%PORT1%%; }
    upstream both { server 127.0.0.1:%%PORT2%%; server 127.0.0.1:%%PORT1%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        error_page 502 504 /failed;
        location = /failed { return 599 "failed $upstream_status"; }
        location /plain { proxy_pass https://127.0.0.1:%%PORT1%%; }
        location /name { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_server_name on;
                         proxy_ssl_name peer.test; }
        location /name/own { proxy_pass https://peer.test; proxy_ssl_server_name on; }
        location /name/address { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_server_name on; }
        location /name/port { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_server_name on;
                              proxy_ssl_name $arg_name; }
        location /verify { proxy_pass https://peer.test; proxy_ssl_verify on; }
        location /verify/name { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_verify on;
                                proxy_ssl_name $arg_name; }
        location /verify/other { proxy_pass https://peer.test; proxy_ssl_verify on;
                                 proxy_ssl_name other.test; }
        location /verify/nobody { proxy_pass https://peer.test; proxy_ssl_verify on;
                                  proxy_ssl_trusted_certificate html/other.test.pem; }
        location /verify/next { proxy_pass https://both; proxy_ssl_verify on;
                                proxy_ssl_name peer.test; proxy_next_upstream error; }
        location /verify/stay { proxy_pass https://both; proxy_ssl_verify on;
                                proxy_ssl_name peer.test; proxy_next_upstream off; }
        location /shown { proxy_pass https://127.0.0.1:%%PORT3%%; }
        location /shown/good { proxy_pass https://127.0.0.1:%%PORT3%%;
            proxy_ssl_certificate html/other.test.pem;
            proxy_ssl_certificate_key html/other.test.key.pem; }
        location /old { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_protocols TLSv1.2; }
        location /old/never { proxy_pass https://127.0.0.1:%%PORT4%%;
                              proxy_ssl_protocols TLSv1.2; }
        location /cipher { proxy_pass https://127.0.0.1:%%PORT1%%; proxy_ssl_protocols TLSv1.2;
                           proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256; }
        location /http { proxy_pass https://127.0.0.1:%%PORT%%; }
        location /tls { proxy_pass http://127.0.0.1:%%PORT1%%; }
    }
    server { listen 127.0.0.1:%%PORT1%% ssl; return 200 "one TOLD"; }
    server { listen 127.0.0.1:%%PORT2%% ssl; ssl_certificate html/other.test.pem;
             ssl_certificate_key html/other.test.key.pem; return 200 "two TOLD"; }
    server { listen 127.0.0.1:%%PORT3%% ssl; ssl_verify_client on;
             ssl_client_certificate html/authority.pem; return 200 "three TOLD"; }
    server { listen 127.0.0.1:%%PORT4%% ssl; ssl_protocols TLSv1.3; return 200 "four TOLD"; }
""".replace("TOLD", TOLD), [
    "/plain", "/name", "/name/own", "/name/address", "/name/port?name=peer.test:443",
    "/name/port?name=[::1]:443", "/name/port", "/verify", "/verify/name?name=peer.test",
    "/verify/name?name=peer.test:8443", "/verify/name?name=PEER.TEST",
    "/verify/name?name=a.peer.test", "/verify/name?name=127.0.0.1", "/verify/name",
    "/verify/other", "/verify/nobody", "/verify/next", "/verify/stay", "/shown", "/shown/good",
    "/old", "/old/never", "/cipher", "/http", "/tls",
    Ask("/verify/other", "POST", content=b"content"), Ask("/name", "POST", content=b"content")],
    prepare=certificates)

EXAMPLES = [SECURE_PEERS]
