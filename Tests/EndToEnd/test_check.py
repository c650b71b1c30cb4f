# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# What is said of configurations, good, bad and absurd: with -t, with -T and with "check".

import json
import os
import subprocess
import time

import pytest

from harness.server import beranda_binary

pytestmark = pytest.mark.ours

SOUND = "server { listen 127.0.0.1:8099; location / { return 200 ok; } }\n"


def run(*arguments, folder="/", timeout=60, **environment):
    return subprocess.run(
        [beranda_binary(), *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        errors="replace", timeout=timeout, env=dict(os.environ, **environment))


def check(tmp_path, text, *arguments, **rest):
    path = tmp_path / "site.conf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("check", path, *arguments, **rest)


def test_everything_wrong_is_told_at_once(tmp_path):
    checked = check(tmp_path, "server {\n  listen:80;\n  gzip_typs *;\n  root a b;\n}\n")
    assert checked.returncode == 1
    assert "error: unknown directive \"listen:80\"" in checked.stdout
    assert "site.conf:2:3\n" in checked.stdout
    assert "^^^^^^^^^ expected a space: `listen 80`" in checked.stdout
    assert "did you mean `gzip_types`?" in checked.stdout
    assert "invalid number of arguments in \"root\" directive" in checked.stdout
    assert "3 errors" in checked.stdout and "cannot be used" in checked.stdout


def test_what_hurts_is_told_with_the_better_line(tmp_path):
    checked = check(tmp_path, "server { listen 80; error_page 404 /index.html; }")
    assert checked.returncode == 0
    assert "warning: the pages of the app are sent with status 404" in checked.stdout
    assert "= help: try_files $uri $uri/ /index.html;" in checked.stdout
    assert "can be used" in checked.stdout


@pytest.mark.parametrize("text,label", [
    ("location / { proxy_pass localhost:3000; }", "expected `http://localhost:3000`"),
    ("location / { proxy_pass ftp://a; }", "expected an address with http://"),
    ("if ($host = a) { return 301 /a; } else { return 301 /b; }", "write another `if`"),
])
def test_the_usual_slips_are_told_what_to_write(tmp_path, text, label):
    checked = check(tmp_path, "server { listen 80; %s }" % text)
    assert checked.returncode == 1 and label in checked.stdout, checked.stdout


def test_a_sound_configuration_is_said_to_be_one(tmp_path):
    checked = check(tmp_path, SOUND)
    assert checked.returncode == 0 and "nothing is wrong with it" in checked.stdout
    quiet = check(tmp_path, SOUND, "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_the_usual_file_is_checked_unless_one_is_named(tmp_path):
    missing = run("check", folder=tmp_path)
    assert missing.returncode == 1 and "-c FILE" in missing.stderr
    (tmp_path / "site.conf").write_text(SOUND)
    assert run("check", folder=tmp_path).returncode == 0


def test_programs_get_an_array(tmp_path):
    checked = check(tmp_path, "server { listen 80;\n  gzip_typs *; }\n", "--json")
    assert checked.returncode == 1
    assert json.loads(checked.stdout) == [{
        "file": str(tmp_path / "site.conf"), "line": 2, "column": 3, "length": 9,
        "severity": "error", "message": "unknown directive \"gzip_typs\"",
        "label": "did you mean `gzip_types`?", "help": None}]
    assert json.loads(check(tmp_path, SOUND, "--json").stdout) == []


def test_without_a_colour_terminal_there_are_no_escapes(tmp_path):
    assert "\x1b" not in check(tmp_path, "listen \x1b[31m;").stdout


def test_the_lines_of_nginx_follow_what_t_finds(tmp_path):
    path = tmp_path / "nginx.conf"
    path.write_text(SOUND)
    good = run("-t", "-c", path)
    assert good.returncode == 0
    assert good.stderr.splitlines()[-2:] == [
        "beranda: the configuration file %s syntax is ok" % path,
        "beranda: configuration file %s test is successful" % path]
    quiet = run("-t", "-q", "-c", path)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    path.write_text("bad;")
    bad = run("-t", "-q", "-c", path)
    assert bad.returncode == 1
    assert bad.stderr.splitlines()[-1] == (
        "beranda: configuration file %s test failed" % path)


def test_T_prints_every_file_once_under_its_name(tmp_path):
    (tmp_path / "one.conf").write_text("# one\n")
    path = tmp_path / "nginx.conf"
    path.write_text("include one.conf; include one.conf;\n" + SOUND)
    dumped = run("-T", "-c", path)
    assert dumped.returncode == 0
    assert dumped.stdout == (
        "# configuration file %s:\n%s\n# configuration file %s/one.conf:\n# one\n\n"
        % (path, path.read_text(), tmp_path))


# What nobody writes on purpose. Each is answered soon, with a diagnostic, and without a trap.
ABSURD = {
    "unknown variable": "server { return 200 $nothing; }",
    "wrong context": "location / { }",
    "wrong arity": "server { listen; }",
    "duplicate": "server { listen 80; root a; root b; }",
    "conflicting listen": "server { listen 80 default_server; } server { listen 80 "
                          "default_server; }",
    "include of itself": "include site.conf;",
    "ten thousand braces": "a {" * 10000,
    "ten thousand braces of locations": "server {" + "location / {" * 10000,
    "ten thousand closing braces": "}" * 10000,
    "a line of a mebibyte": "server { root " + "a" * (1 << 20) + "; }",
    "a mebibyte of words": "server { index " + "a " * (1 << 19) + "; rot x; }",
    "an endless quote": "server { root \"" + "a\n" * 100000,
    "binary junk": bytes(range(256)) * 100,
    "bytes that are no UTF-8": b"server { \xff\xfe\xfd x; }",
    "a NUL": b"server { listen 80; root /a\0b; }",
    "only quotes": "\"" * 100001,
    "only backslashes": "\\" * 100001,
    "only dollars": "$" * 100001 + ";",
    "openings of variables": "${" * 50000 + ";",
    "openings of the environment": "server { root " + "${A:-" * 10000 + "; }",
    "an expensive pattern": "server { location ~ " + "(" * 20000 + " { } }",
    "a hundred thousand mistakes": "x;\n" * 100000,
}


@pytest.mark.parametrize("text", ABSURD.values(), ids=ABSURD.keys())
def test_absurd_input_gets_a_diagnostic(tmp_path, text):
    start = time.monotonic()
    checked = check(tmp_path, text)
    assert time.monotonic() - start < 15
    assert checked.returncode == 1, checked
    assert "error: " in checked.stdout and "cannot be used" in checked.stdout
    assert len(checked.stdout) < 100000
    for_programs = check(tmp_path, text, "--json")
    assert for_programs.returncode == 1
    assert any(found["severity"] == "error" for found in json.loads(for_programs.stdout))


@pytest.mark.parametrize("text", [
    SOUND.replace("\n", "\r\n"), "\ufeff" + SOUND, SOUND.replace(" ", "\r\n"), "", "# nothing"])
def test_marks_and_line_ends_of_editors_do_not_matter(tmp_path, text):
    assert check(tmp_path, text).returncode == 0


def test_files_that_are_none_are_refused(tmp_path):
    for path, message in ((tmp_path, "Is a directory"), (tmp_path / "no", "No such file")):
        checked = run("check", path)
        assert checked.returncode == 1 and message in checked.stdout, checked
    huge = tmp_path / "huge.conf"
    with open(huge, "wb") as file:
        file.truncate(100 << 20)
    checked = run("check", huge)
    assert checked.returncode == 1 and "too large" in checked.stdout, checked
    for path, message in ((tmp_path, "Is a directory"), (huge, "too large"),
                          ("/dev/zero", "too large")):
        checked = check(tmp_path, "include %s;" % path)
        assert checked.returncode == 1 and message in checked.stdout, checked
        assert "site.conf:1:9" in checked.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_include_that_may_not_be_read_is_told(tmp_path):
    (tmp_path / "secret.conf").write_text("")
    (tmp_path / "secret.conf").chmod(0)
    checked = check(tmp_path, "include secret.conf;")
    assert checked.returncode == 1 and "Permission denied" in checked.stdout


def test_includes_in_a_circle_end(tmp_path):
    (tmp_path / "a.conf").write_text("include b.conf;")
    (tmp_path / "b.conf").write_text("include a.conf;")
    checked = check(tmp_path, "include a.conf;")
    assert checked.returncode == 1 and "includes itself" in checked.stdout


def test_a_running_server_keeps_its_configuration(lab):
    server = lab.server("server { listen 127.0.0.1:%%PORT%%; location / { return 200 old; } }")
    server.allowed_alerts = ("the new configuration is refused",)
    path = server.directory / "nginx.conf"
    for text in ("server {", b"\0" * 1000, "a {" * 10000, "server { root $nothing; }"):
        before = len(server.errors())
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        server.reload(wait=False)
        deadline = time.monotonic() + 20
        while "[emerg]" not in server.errors()[before:]:
            assert time.monotonic() < deadline, server.errors()[before:]
            time.sleep(0.02)
        assert server.get("/").text == "old"
