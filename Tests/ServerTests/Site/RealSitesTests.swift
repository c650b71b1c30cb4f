// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whole configurations in the shapes that real sites have.

import Configuration
import Memory
import Testing

@testable import Server

@Suite struct RealSitesTests {
    /// As a container's conf.d has it: a bare server that balances an API.
    static let bareServer = """
        map $http_upgrade $connection_upgrade {
            default upgrade;
            ''      close;
        }
        upstream backend {
            server api-1:3000 weight=3 max_fails=3 fail_timeout=30s;
            server api-2:3000 backup;
            keepalive 32;
        }
        server {
            listen 80 default_server;
            listen [::]:80 default_server;
            server_name example.com www.example.com;
            root /usr/share/nginx/html;
            index index.html index.htm;
            client_max_body_size 20M;
            server_tokens off;
            gzip on; gzip_vary on; gzip_proxied any; gzip_comp_level 6; gzip_min_length 1024;
            gzip_types text/plain text/css application/json application/javascript image/svg+xml;
            add_header X-Frame-Options "SAMEORIGIN" always;
            add_header Content-Security-Policy "default-src 'self'; img-src *" always;

            location / {
                try_files $uri $uri/ /index.html;
            }
            location ~* \\.(?:css|js|woff2?|png|svg)$ {
                access_log off;
                try_files $uri =404;
            }
            location ~ /\\.(?!well-known) { return 404; }
            location = /healthz { access_log off; default_type text/plain; return 200 "ok\\n"; }
            location /api/ {
                proxy_pass http://backend/;
                proxy_http_version 1.1;
                proxy_set_header Host $host;
                proxy_set_header X-Real-IP $remote_addr;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $connection_upgrade;
                proxy_cache_bypass $http_upgrade;
                proxy_read_timeout 86400s;
                proxy_buffering off;
            }
            location /static/ { alias /srv/static/; }
            error_page 500 502 503 504 /50x.html;
            location = /50x.html { root /usr/share/nginx/html; internal; }
        }
        server {
            listen 80; server_name old.example.com;
            return 301 $scheme://example.com$request_uri;
        }
        """

    /// As a distribution has it: everything in one main file.
    static let mainFile = """
        user www-data;
        worker_processes auto;
        pid /run/nginx.pid;
        error_log /var/log/nginx/error.log warn;
        include /etc/nginx/modules-enabled/*.conf;
        events { worker_connections 768; multi_accept on; use epoll; }
        http {
            sendfile on; tcp_nopush on; tcp_nodelay on; types_hash_max_size 2048;
            server_names_hash_bucket_size 64; keepalive_timeout 65;
            include /etc/nginx/mime.types;
            default_type application/octet-stream;
            log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                            '$status $body_bytes_sent "$http_referer" '
                            '"$http_user_agent" "$http_x_forwarded_for" $upstream_response_time';
            access_log /var/log/nginx/access.log main;
            include /etc/nginx/conf.d/*.conf;
            server {
                listen ${PORT:-8080}; server_name _;
                location / { proxy_pass http://app:3000; }
            }
        }
        """

    @Test(arguments: [(bareServer, 2, 2), (mainFile, 1, 1)])
    func `they load without a complaint`(
        _ text: String, _ hostCount: Int, _ socketCount: Int
    ) throws {
        let loaded = load(text, files: ["/etc/nginx/mime.types": "types { text/html html; }"])
        let site = try loaded.sound()
        #expect(loaded.findings.isEmpty)
        #expect(site.hosts.count == hostCount)
        #expect(site.sockets.count == socketCount)
    }

    /// Words that stand where others should.
    private static let strangers = [
        "", "{", "}", ";", "\"", "$", "${", "~", "=", "@", "0", "-1", "9223372036854775807", "1y",
        "99999999999999999999", "$1", "$x", "unix:", "[::]", "/", "*.", "location", "server", "map",
    ]

    @Test(arguments: [bareServer, mainFile])
    func `whatever happens to them, they load or are told to be wrong`(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        var seed: UInt64 = 1
        func number(below limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(limit))
        }
        for _ in 0..<400 {
            var changed = words
            for _ in 0...number(below: 3) {
                let place = number(below: changed.count)
                switch number(below: 3) {
                case 0: changed.remove(at: place)
                case 1: changed[place] = changed[number(below: changed.count)]
                default: changed[place] = Self.strangers[number(below: Self.strangers.count)]
                }
            }
            let loaded = load(changed.joined(separator: " "))
            #expect((loaded.site == nil) == loaded.diagnostics.hasErrors)
        }
    }
}
