#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Configurations of random directives, by a grammar: valid ones, and ones with a fault. Each is
# given to `nginx -t` and to `beranda -t`. Ours must never trap; what nginx accepts it must accept,
# or name as unsupported; what it refuses it must refuse with a place and a reason.
"""Random configurations, given to nginx and to Beranda."""
import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HTTP, SERVER, LOCATION, IF, SERVER_IF, EXCEPT = "http", "server", "location", "if", "sif", "except"
ALL = (HTTP, SERVER, LOCATION)
WITH_IF = (*ALL, IF)

VARIABLES = """args arg_x body_bytes_sent bytes_sent connection connection_requests content_length
    content_type cookie_x document_root document_uri host hostname http_x_y https is_args limit_rate
    msec nginx_version pid pipe proxy_add_x_forwarded_for proxy_host proxy_port query_string
    realpath_root remote_addr remote_port remote_user request request_body request_completion
    request_filename request_id request_length request_method request_time request_uri scheme
    sent_http_x server_addr server_name server_port server_protocol status time_iso8601 time_local
    upstream_addr upstream_http_x upstream_status uri binary_remote_addr mapped geographic split
    limit_req_status invalid_referer secure_link realip_remote_addr""".split()


class Grammar:
    """Makes text; every choice comes from one generator, so that a seed makes the same again."""

    def __init__(self, seed, directory):
        self.random, self.directory = random.Random(seed), directory
        self.serial = 0

    # Values

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def flag(self):
        return self.pick("on", "off")

    def size(self):
        return self.pick("0", "1k", "8k", "16K", "128", "1m", "10M", "4096")

    def some_size(self):
        return self.pick("1k", "4k", "8k", "16k", "64K")

    def time(self):
        return self.pick("0", "1", "5s", "30", "1m", "1m30s", "500ms", "1h", "1d", "2w")

    def seconds(self):
        return self.pick("0", "1", "5s", "1m", "1h", "1d", "1m30s")

    def count(self):
        return self.pick("1", "2", "5", "100", "1000")

    def variable(self):
        name = self.pick(*VARIABLES)
        return "$" + name if self.chance(0.8) else "${%s}" % name

    def text(self):
        parts = [self.pick(self.variable(), self.pick("/x", "=", "-", "\u00e9", ":1", ".a"))
                 for _ in range(self.random.randint(1, 4))]
        text = "".join(parts)
        return '"%s"' % text if self.chance(0.5) or text.startswith("{") else text

    def path(self):
        return "/" + "/".join(self.pick("a", "b", "img", "api", "x.y", "deep")
                              for _ in range(self.random.randint(0, 3)))

    def file(self):
        return "%s/%s" % (self.directory, self.pick("html", "html/index.html", "none", "logs"))

    def regex(self):
        return self.pick(
            r"\.js$", r"^/a/(.*)$", r"^/(?<part>[a-z]+)/(\d+)", r"(x|y)*z", r"/\.(?!well-known)",
            r"'\w{2,3}$'", r"^", r"[^/]+", r"(?i)UPPER", '"^/q\\.{1}"')

    def address(self):
        return self.pick("127.0.0.1", "10.0.0.0/8", "192.168.1.1", "::1", "2001:db8::/32", "all",
                         "unix:")

    def peer(self):
        return self.pick("127.0.0.1:8081", "127.0.0.1", "[::1]:8081", "unix:%s/s" % self.directory)

    def code(self):
        return self.pick("200", "204", "301", "302", "400", "403", "404", "410", "418", "444",
                         "500", "503")

    def error(self):
        return self.pick("400", "401", "403", "404", "405", "413", "500", "502", "503", "504")

    def types(self):
        return " ".join(self.random.sample(
            ["text/plain", "text/css", "application/json", "image/svg+xml", "text/xml"], 2))

    # Blocks

    def block(self, head, context, depth, indent, extra=(), nests=False):
        """A block with a few directives that may stand in it."""
        lines, used = list(extra), set()
        for _ in range(self.random.randint(0, 6)):
            self.add(lines, used, context)
        if context == SERVER:
            for _ in range(self.random.randint(0, 4)):
                lines += self.location(depth, indent + 1)
        if nests and self.chance(0.2):
            lines += self.location(depth + 1, indent + 1)
        if context in (SERVER, LOCATION) and self.chance(0.3):
            inner = IF if context == LOCATION else SERVER_IF
            lines += self.block("if (%s)" % self.condition(), inner, depth + 1, indent + 1)
        pad = "    " * indent
        return [pad + head + " {", *(line if line.startswith(" ") else pad + "    " + line
                                     for line in lines), pad + "}"]

    def condition(self):
        left = "$" + self.pick(*VARIABLES)
        return self.pick(
            left, "%s = %s" % (left, self.pick("x", "''", '"a b"')), "%s != 1" % left,
            "%s ~ %s" % (left, self.pick("^a", "'(x) y'", r"\.js$")), "%s !~* b$" % left,
            "-f %s" % self.pick("$request_filename", "/etc/passwd"), "!-d $document_root",
            "-e $request_filename", "!-x /bin/sh")

    def location(self, depth, indent):
        self.serial += 1
        number = self.serial
        head = self.pick("location /p%d" % number, "location = /e%d" % number,
                         "location ^~ /c%d/" % number, "location ~ ^/r%d/(.*)$" % number,
                         r"location ~* \.ext%d$" % number, "location @n%d" % number)
        if depth > 0:
            head = r"location ~ /nested%d" % number
        # Nothing may be within an exact or a named location.
        nests = depth < 2 and not re.match("location [=@]", head)
        return self.block(head, LOCATION, depth, indent, nests=nests)

    def add(self, lines, used, context):
        names = [name for name, (contexts, _, _) in DIRECTIVES.items() if context in contexts]
        name = self.pick(*names)
        _, repeats, make = DIRECTIVES[name]
        kind = {"root": "root", "alias": "root"}.get(name, name)
        if kind in used and not repeats:
            return
        used.add(kind)
        arguments = make(self)
        if arguments is not None:
            lines.append(("%s %s" % (name, arguments)).rstrip() + ";")

    def configuration(self):
        lines, used = [], set()
        for _ in range(self.random.randint(0, 6)):
            self.add(lines, used, HTTP)
        for number in range(self.random.randint(1, 3)):
            listen = "listen unix:%s/s%d.sock;" % (self.directory, number)
            lines += self.block("server", SERVER, 0, 1, [listen])
        return PREAMBLE.replace("DIR", str(self.directory)) + "\n".join(lines) + "\n}\n"

    def spoiled(self, text):
        """The text with one fault, as a person would make it."""
        lines = text.split("\n")
        number = self.random.randrange(len(lines))
        line = lines[number]
        fault = self.pick("semicolon", "brace", "letter", "drop", "double", "junk", "argument")
        if fault == "semicolon":
            line = line.replace(";", "", 1)
        elif fault == "brace":
            line = line.replace(self.pick("{", "}"), "", 1)
        elif fault == "letter" and line.strip():
            at = self.random.randrange(len(line))
            line = line[:at] + self.pick("", "x", "$", "'", "\\", "{", "\x01") + line[at + 1:]
        elif fault == "drop":
            line = ""
        elif fault == "double":
            line = line + "\n" + line
        elif fault == "junk":
            line = bytes(self.random.randrange(256) for _ in range(20)).decode("latin-1")
        elif fault == "argument":
            line = line.replace(";", " extra;", 1)
        return "\n".join([*lines[:number], line, *lines[number + 1:]])


PREAMBLE = """daemon off;
pid DIR/nginx.pid;
error_log DIR/error.log;
events { }
http {
access_log DIR/access.log;
limit_req_zone $binary_remote_addr zone=requests:1m rate=10r/s;
limit_conn_zone $server_name zone=connections:1m;
log_format form escape=json '$remote_addr "$request" $status $mapped';
map $uri $mapped { default 0; /a 1; ~^/b(.*)$ $1; *.example.com 2; hostnames; }
geo $geographic { default 0; 10.0.0.0/8 ten; 2001:db8::/32 doc; }
split_clients $remote_addr $split { 10% a; * b; }
upstream group { server 127.0.0.1:8081 weight=2; server 127.0.0.1:8082 backup; keepalive 4; }
"""


def one(*choices):
    return lambda g: g.pick(*choices)


F, S, T, C = Grammar.flag, Grammar.size, Grammar.time, Grammar.count
TEXT, SEC = Grammar.text, Grammar.seconds


# By name: where it may stand, whether more than once, and its arguments.
DIRECTIVES = {
    "absolute_redirect": (ALL, False, F),
    "access_log": (WITH_IF, True, lambda g: g.pick(
        "off", "%s/a.log" % g.directory, "%s/a.log form" % g.directory,
        "%s/b.log combined buffer=%s flush=5s" % (g.directory, "32k"),
        "%s/$server_name.log form" % g.directory, "%s/c.log form if=$mapped" % g.directory)),
    "add_after_body": (ALL, False, Grammar.path),
    "add_before_body": (ALL, False, Grammar.path),
    "add_header": (WITH_IF, True, lambda g: "%s %s%s" % (
        g.pick("X-A", "Cache-Control", "ETag", "Last-Modified", "Link"), TEXT(g),
        g.pick("", " always"))),
    "add_trailer": (WITH_IF, True, lambda g: "X-T %s" % TEXT(g)),
    "addition_types": (ALL, False, Grammar.types),
    "alias": ((LOCATION,), False, Grammar.file),
    "allow": ((*ALL, EXCEPT), True, Grammar.address),
    "auth_basic": ((*ALL, EXCEPT), False, lambda g: g.pick("off", '"a b"', TEXT(g))),
    "auth_basic_user_file": ((*ALL, EXCEPT), False, Grammar.file),
    "auth_delay": (ALL, False, T),
    "auth_request": (ALL, False, lambda g: g.pick("off", g.path())),
    "auth_request_set": (ALL, True, lambda g: "$auth_%s $upstream_status" % g.pick("a", "b")),
    "autoindex": (ALL, False, F),
    "autoindex_exact_size": (ALL, False, F),
    "autoindex_format": (ALL, False, one("html", "xml", "json", "jsonp")),
    "autoindex_localtime": (ALL, False, F),
    "break": ((SERVER, LOCATION, IF, SERVER_IF), True, lambda g: ""),
    "charset": (WITH_IF, False, lambda g: g.pick("off", "utf-8", "koi8-r", "$mapped")),
    "charset_types": (ALL, False, Grammar.types),
    "chunked_transfer_encoding": (ALL, False, F),
    "client_body_buffer_size": (ALL, False, Grammar.some_size),
    "client_body_in_file_only": (ALL, False, one("on", "off", "clean")),
    "client_body_in_single_buffer": (ALL, False, F),
    "client_body_timeout": (ALL, False, T),
    "client_header_buffer_size": ((HTTP, SERVER), False, Grammar.some_size),
    "client_header_timeout": ((HTTP, SERVER), False, T),
    "client_max_body_size": (ALL, False, S),
    "connection_pool_size": ((HTTP, SERVER), False, one("256", "512")),
    "default_type": (ALL, False, one("text/plain", "application/octet-stream", "''")),
    "deny": ((*ALL, EXCEPT), True, Grammar.address),
    "directio": (ALL, False, one("off", "4m")),
    "disable_symlinks": (ALL, False, one("off", "on", "if_not_owner", "on from=$document_root")),
    "error_log": (ALL, True, lambda g: "%s/e.log %s" % (
        g.directory, g.pick("", "debug", "info", "notice", "warn", "error", "crit", "alert"))),
    "error_page": (WITH_IF, True, lambda g: "%s %s%s" % (
        " ".join({g.error(), g.error()}), g.pick("", "= ", "=200 ", "=404 "),
        g.pick(g.path(), "@n1", "https://example.org/x", "/e?c=$status", "/50x.html"))),
    "etag": (ALL, False, F),
    "expires": (WITH_IF, False, lambda g: g.pick(
        "off", "max", "epoch", "1d", "-1", "modified 1h", "@15h30m", "$mapped")),
    "gzip": (WITH_IF, False, F),
    "gzip_buffers": (ALL, False, one("16 8k", "4 4k")),
    "gzip_comp_level": (ALL, False, one("1", "6", "9")),
    "gzip_disable": (ALL, False, one("msie6", '"MSIE [1-6]\\."')),
    "gzip_http_version": (ALL, False, one("1.0", "1.1")),
    "gzip_min_length": (ALL, False, C),
    "gzip_proxied": (ALL, False, one("off", "any", "expired no-cache no-store", "auth private")),
    "gzip_static": (ALL, False, one("on", "off", "always")),
    "gzip_types": (ALL, False, lambda g: g.pick("*", g.types())),
    "gzip_vary": (ALL, False, F),
    "if_modified_since": (ALL, False, one("off", "exact", "before")),
    "ignore_invalid_headers": ((HTTP, SERVER), False, F),
    "index": (ALL, False, lambda g: g.pick("index.html", "a.html $uri.html /last.html", "x")),
    "internal": ((LOCATION,), False, lambda g: ""),
    "keepalive_disable": (ALL, False, one("none", "msie6", "safari", "msie6 safari")),
    "keepalive_requests": (ALL, False, C),
    "keepalive_time": (ALL, False, T),
    "keepalive_timeout": (ALL, False, lambda g: g.pick(T(g), "75s 60s")),
    "large_client_header_buffers": ((HTTP, SERVER), False, one("4 8k", "2 1k")),
    "limit_conn": (ALL, False, lambda g: "connections " + C(g)),
    "limit_conn_dry_run": (ALL, False, F),
    "limit_conn_log_level": (ALL, False, one("info", "notice", "warn", "error")),
    "limit_conn_status": (ALL, False, one("429", "503")),
    "limit_rate": (WITH_IF, False, lambda g: g.pick(S(g), "$mapped")),
    "limit_rate_after": (WITH_IF, False, S),
    "limit_req": (ALL, False, lambda g: "zone=requests" + g.pick(
        "", " burst=5", " burst=5 nodelay", " burst=10 delay=5")),
    "limit_req_dry_run": (ALL, False, F),
    "limit_req_log_level": (ALL, False, one("info", "notice", "warn", "error")),
    "limit_req_status": (ALL, False, one("429", "503")),
    "lingering_close": (ALL, False, one("on", "off", "always")),
    "lingering_time": (ALL, False, T),
    "lingering_timeout": (ALL, False, T),
    "log_not_found": (ALL, False, F),
    "log_subrequest": (ALL, False, F),
    "max_ranges": (ALL, False, C),
    "merge_slashes": ((HTTP, SERVER), False, F),
    "mirror": (ALL, True, Grammar.path),
    "mirror_request_body": (ALL, False, F),
    "msie_padding": (ALL, False, F),
    "msie_refresh": (ALL, False, F),
    "open_file_cache": (ALL, False, one("off", "max=1000 inactive=20s")),
    "open_file_cache_errors": (ALL, False, F),
    "open_file_cache_min_uses": (ALL, False, C),
    "open_file_cache_valid": (ALL, False, SEC),
    "open_log_file_cache": (ALL, False, one("off", "max=100 inactive=20s valid=1m min_uses=2")),
    "output_buffers": (ALL, False, one("1 32k", "2 32k")),
    "port_in_redirect": (ALL, False, F),
    "postpone_output": (ALL, False, one("0", "1460")),
    "proxy_buffering": (ALL, False, F),
    "proxy_connect_timeout": (ALL, False, T),
    "proxy_hide_header": (ALL, True, one("X-Powered-By", "Server", "X-Y")),
    "proxy_http_version": (ALL, False, one("1.0", "1.1")),
    "proxy_intercept_errors": (ALL, False, F),
    "proxy_next_upstream": (ALL, False, one("error timeout", "off", "http_502 non_idempotent")),
    "proxy_next_upstream_timeout": (ALL, False, T),
    "proxy_next_upstream_tries": (ALL, False, C),
    "proxy_pass": ((LOCATION, IF, EXCEPT), False, lambda g: "http://" + g.pick(
        g.peer(), "group", "$host", "127.0.0.1:8081$uri", "group$uri$is_args$args")),
    "proxy_pass_header": (ALL, True, one("Server", "Date", "X-Accel-Buffering")),
    "proxy_pass_request_body": (ALL, False, F),
    "proxy_pass_request_headers": (ALL, False, F),
    "proxy_read_timeout": (ALL, False, T),
    "proxy_redirect": (ALL, True, one("off", "http://a/ /b/", "~^http://x/(.*)$ /y/$1")),
    "proxy_request_buffering": (ALL, False, F),
    "proxy_send_timeout": (ALL, False, T),
    "proxy_set_header": (ALL, True, lambda g: "%s %s" % (
        g.pick("Host", "X-Real-IP", "Connection", "X-A"), g.pick('""', TEXT(g)))),
    "read_ahead": (ALL, False, S),
    "real_ip_header": (ALL, False, one("X-Forwarded-For", "X-Real-IP", "proxy_protocol", "X-A")),
    "real_ip_recursive": (ALL, False, F),
    "recursive_error_pages": (ALL, False, F),
    "referer_hash_max_size": ((SERVER, LOCATION), False, C),
    "reset_timedout_connection": (ALL, False, F),
    "return": ((SERVER, LOCATION, IF, SERVER_IF), True, lambda g: g.pick(
        g.code(), "%s %s" % (g.code(), TEXT(g)), "301 https://example.org$request_uri",
        "https://example.org/", "404 ''")),
    "rewrite": ((SERVER, LOCATION, IF, SERVER_IF), True, lambda g: "%s %s %s" % (
        g.regex(), g.pick("/x", "/y/$1", "https://a/$1", "/z?b=$1", "$uri?", "/w$args?"),
        g.pick("", "last", "break", "redirect", "permanent"))),
    "rewrite_log": (WITH_IF, False, F),
    "root": (WITH_IF, False, lambda g: g.pick(g.file(), "html", "%s/$host" % g.directory)),
    "satisfy": (ALL, False, one("all", "any")),
    "secure_link": (ALL, False, lambda g: g.pick("$arg_a,$arg_b", "$cookie_x")),
    "secure_link_md5": (ALL, False, TEXT),
    "send_lowat": (ALL, False, S),
    "send_timeout": (ALL, False, T),
    "sendfile": (WITH_IF, False, F),
    "sendfile_max_chunk": (ALL, False, S),
    "server_name": ((SERVER,), True, lambda g: g.pick(
        "a.example", "*.b.example c.*", ".d.example", "_", '""', "~^(?<sub>.+)\\.e$", "localhost")),
    "server_name_in_redirect": (ALL, False, F),
    "server_tokens": (ALL, False, F),
    "set": ((SERVER, LOCATION, IF, SERVER_IF), True, lambda g: "$%s %s" % (
        g.pick("own_a", "own_b", "args", "limit_rate"), TEXT(g))),
    "set_real_ip_from": (ALL, True, one("10.0.0.0/8", "127.0.0.1", "2001:db8::/32", "unix:")),
    "source_charset": (WITH_IF, False, one("utf-8", "off")),
    "ssi": (WITH_IF, False, F),
    "ssi_types": (ALL, False, Grammar.types),
    "sub_filter": (ALL, True, lambda g: "%s %s" % (TEXT(g), TEXT(g))),
    "sub_filter_last_modified": (ALL, False, F),
    "sub_filter_once": (ALL, False, F),
    "sub_filter_types": (ALL, False, lambda g: g.pick("*", g.types())),
    "tcp_nodelay": (ALL, False, F),
    "tcp_nopush": (ALL, False, F),
    "try_files": ((SERVER, LOCATION), False, lambda g: "%s %s" % (
        g.pick("$uri", "$uri $uri/", "/a.html $uri.html"),
        g.pick("=404", "/index.html", "@n1", "/x?$args"))),
    "types_hash_max_size": (ALL, False, C),
    "underscores_in_headers": ((HTTP, SERVER), False, F),
    "uninitialized_variable_warn": (WITH_IF, False, F),
    "valid_referers": ((SERVER, LOCATION), True, one(
        "none blocked *.example.com", "server_names ~\\.org", "a.example b.*")),
}


# Testing

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")


def test(binary, directory):
    return subprocess.run(
        [binary, "-t", "-p", "%s/" % directory, "-c", "nginx.conf", "-e", "%s/e" % directory],
        capture_output=True, timeout=60, stdin=subprocess.DEVNULL)


# What nginx reads over: we say what is wrong (docs/differences.md, "Configuration").
STRICTER = "invalid number of the split_clients parameters"


class Judge:
    """Gives configurations to both, and keeps what is not as it should be."""

    def __init__(self, binary, directory):
        self.binary, self.directory = binary, pathlib.Path(directory)
        (self.directory / "html").mkdir(exist_ok=True)
        (self.directory / "logs").mkdir(exist_ok=True)
        (self.directory / "html" / "index.html").write_text("")
        self.counts = collections.Counter()

    def judge(self, text):
        """What is wrong with our verdict, or None."""
        path = self.directory / "nginx.conf"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        ours, theirs = test(self.binary, self.directory), test(NGINX, self.directory)
        said = (ours.stdout + ours.stderr).decode("utf-8", "replace")
        if ours.returncode not in (0, 1):
            return "exit status %d\n%s" % (ours.returncode, said)
        accepted = theirs.returncode == 0
        self.counts["nginx %s, ours %s" % (
            "accepts" if accepted else "refuses",
            "accepts" if ours.returncode == 0 else "refuses")] += 1
        errors = re.findall(r"^(?:beranda: )?.*?error: (.*)$", said, re.M)
        if ours.returncode == 1:
            if not re.search(r"nginx\.conf:\d+:\d+", said):
                return "refused without a place\n" + said
            if accepted:
                unnamed = [line for line in errors
                           if not re.search("not supported|refused|" + STRICTER, line)]
                if unnamed or not errors:
                    return "nginx accepts it\n" + said
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beranda", default=str(ROOT / "bin" / "beranda"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", default="", help="a folder for what was found")
    options = parser.parse_args()
    if NGINX is None:
        sys.exit("nginx is needed: apt-get install nginx")
    if options.keep:
        pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + options.seconds
    seed, found = options.first, 0
    with tempfile.TemporaryDirectory() as directory:
        judge = Judge(options.beranda, directory)
        while time.monotonic() < end:
            fault = configuration_fault(judge, seed)
            if fault:
                found += 1
                print("seed %d: %s" % (seed, fault))
                if options.keep:
                    shutil.copy(judge.directory / "nginx.conf",
                                pathlib.Path(options.keep) / ("%d.conf" % seed))
            seed += 1
    print("%d configurations: %s; %d faults" % (
        seed - options.first, dict(judge.counts), found))
    sys.exit(1 if found else 0)


def configuration_fault(judge, seed):
    """Makes the configuration of a seed, every fourth with a fault, and has it judged."""
    grammar = Grammar(seed, judge.directory)
    text = grammar.configuration()
    if seed % 4 == 3:
        text = grammar.spoiled(text)
    return judge.judge(text)


if __name__ == "__main__":
    main()
