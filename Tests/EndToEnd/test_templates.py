# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Configurations as containers have them: filled in from the environment, with peers that are not
# there yet, and with includes of files that other programs write.

import os
import pathlib
import subprocess

import pytest

from harness.server import beranda_binary

pytestmark = pytest.mark.ours

SITES = sorted((pathlib.Path(__file__).parent / "sites").glob("*.conf"))
NAMES = {
    "DOMAIN": "example.org", "API_URL": "http://api.internal:8080",
    "NGINX_SERVER_NAME": "example.com", "NGINX_PORT": "8081", "BUCKET_NAME": "bucket",
    "FILE_SIZE_LIMIT": "8m", "SERVER_HOST": "server", "WEBSERVER_HOST": "web",
    "RESOLVER": "127.0.0.11", "USERS_UPSTREAM_URL": "users:9000",
}
TEMPLATE = """
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
upstream users { server ${USERS_UPSTREAM_URL}; }
server {
    listen 127.0.0.1:${NGINX_PORT};
    server_name ${NGINX_SERVER_NAME} ${DOMAIN} www.${DOMAIN};
    client_max_body_size ${FILE_SIZE_LIMIT};
    resolver ${RESOLVER} valid=30s;
    set $bucket "${BUCKET_NAME}";
    location / { proxy_pass http://${WEBSERVER_HOST}:3000; proxy_set_header Host ${host}; }
    location /api/ {
        proxy_pass ${API_URL}/;
        proxy_set_header Connection ${connection_upgrade};
        proxy_set_header X-Bucket "${bucket}-${request_id}";
    }
    location /late/ { proxy_pass http://${SERVER_HOST}:5000$request_uri; }
    location /users/ { proxy_pass http://users; }
}
"""


def run(*arguments, folder="/", **environment):
    return subprocess.run(
        [beranda_binary(), *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        timeout=60, env={**os.environ, **environment})


def written(folder, text):
    path = folder / "site.conf"
    path.write_text(text)
    return path


def test_a_template_is_filled_in(tmp_path):
    path = written(tmp_path, TEMPLATE)
    checked = run("check", path, **NAMES)
    assert checked.returncode == 0 and "can be used" in checked.stdout, checked.stdout
    explained = run("explain", "-c", path, "http://www.example.org:8081/api/x", **NAMES)
    assert "Host: api.internal:8080" in explained.stdout, explained
    assert "X-Bucket: bucket-" in explained.stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_set_is_told_with_its_place(tmp_path, name):
    path = written(tmp_path, TEMPLATE)
    checked = run("check", path, **{key: NAMES[key] for key in NAMES if key != name})
    assert checked.returncode == 1
    line = 1 + TEMPLATE[:TEMPLATE.index("${%s}" % name)].count("\n")
    assert "environment variable %s is not set" % name in checked.stdout
    assert "%s:%d:" % (path, line) in checked.stdout
    assert "${%s:-default}" % name in checked.stdout


def test_an_own_variable_wins_whatever_the_environment_says(lab):
    server = lab.server("""
        map $arg_a $level { default low; 1 high; }
        server {
            listen 127.0.0.1:%%PORT%%;
            set $own mine;
            location / { return 200 "${own} ${level} ${arg_a} ${request_method}"; }
        }
    """)
    assert server.get("/?a=1").text == "mine high 1 GET"


# A container whose neighbours are not up yet.
ABSENT = """
    upstream pool { server nowhere.invalid:3000; }
    upstream half { server nowhere.invalid:3000; server %%BACKEND%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%/html;
        location /plain/ { proxy_pass http://backend.invalid:8080/; }
        location /pool/ { proxy_pass http://pool; }
        location /half/ { proxy_pass http://half; }
        location /dead/ { proxy_pass http://127.0.0.1:%%PORT1%%; }
        location / { return 200 "here"; }
    }
"""


def test_a_peer_whose_name_is_unknown_holds_nothing_up(lab):
    server = lab.server(ABSENT, backend=lab.backend().address)
    server.allowed_alerts = ("[emerg]", "[alert]", "[crit]")
    assert server.get("/").text == "here"
    for target in ("/plain/", "/pool/", "/dead/"):
        assert server.get(target).status == 502, target
        assert server.get("/").status == 200
    assert server.get("/half/").status == 200
    assert "invalid" in server.errors()


def test_what_certbot_would_have_written_may_be_missing(tmp_path):
    path = written(tmp_path, """
        server {
            listen 127.0.0.1:8099;
            include /etc/letsencrypt-none/letsencrypt/options-ssl-nginx.conf;
            return 404;
        }
    """)
    checked = run("check", path)
    assert checked.returncode == 0, checked.stdout
    assert "warning: cannot read /etc/letsencrypt-none" in checked.stdout
    assert run("-t", "-c", path).returncode == 0


@pytest.mark.parametrize("site", SITES, ids=[site.stem for site in SITES])
def test_a_site_is_accepted_without_anything_around_it(tmp_path, site):
    text = site.read_text()
    for number, name in enumerate(("PORT", "PORT1", "PORT2", "PORT3")):
        text = text.replace("%%%%%s%%%%" % name, str(8090 + number))
    for name in ("BACKEND", "BACKEND1", "BACKEND2", "BACKEND3"):
        text = text.replace("%%%%%s%%%%" % name, "127.0.0.1:9000")
    text = text.replace("%%DIR%%", str(tmp_path))
    (tmp_path / "html").mkdir()
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "htpasswd").write_text("a:{PLAIN}b\n")
    checked = run("check", written(tmp_path, text), **NAMES)
    assert checked.returncode == 0 and "error: " not in checked.stdout, checked.stdout
