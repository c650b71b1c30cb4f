# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Configurations that nobody would write: random directives of the rewrite phase, with all that
# their order and their contexts can do to each other. A number is a configuration, for ever;
# BERANDA_GENERATED says how many are compared.

import os
import random

from harness.backend import answer
from harness.compare import Ask, Example

FILES = {"a.txt": "A", "b.txt": "B", "dir/x.txt": "X", "dir/index.html": "DI", "a/x.txt": "AX",
         "b/c": "BC", "index.html": "I", "c/a": "CA"}
NAMES = ["a", "b", "c", "dir", "x.txt"]
PATTERNS = ["^", "^/a(.*)$", "^/(a|b)/(.*)$", "^/([^/]+)/(.*)$", "x", "\\.txt$",
            "^/dir/?(?<rest>.*)$", "^/b/c$", "(a)(b)?", "^/(.*)\\.txt$"]
REPLACEMENTS = ["/a/$1", "/b/$2", "/$1", "/x.txt", "/c/$1?q=$1", "/dir/$2?x=y", "/a$1?",
                "/b/c?p=$arg_p?", "/$arg_p", "/a.txt", "http://h.test/$1", "$scheme://h.test$uri",
                "/$uri", "/c/$1/$2"]
CONDITIONS = ["$arg_p", "$arg_p = 1", "$arg_p != a", "$uri ~ ^/a(.*)", "$uri !~ x", "$arg_p ~* (A)",
              "-f $request_filename", "!-e $request_filename", "-d %%DIR%%/html/$arg_p",
              "$request_method = POST", "$v1", "$v1 = $v2", '$args ~ "p=(.*)"']
ANSWERS = ['200 "r $uri|$args|$v1|$v2|$v3|$1|$2"', "404", "403", "302 /x?$args",
           "301 http://h.test$request_uri", '405 "t $1"', "418", "500"]
PAGES = ["404 /a.txt", "404 = @n", "403 404 =200 /b/c", "418 @n", "302 /a.txt", "500 =301 /x",
         "405 /dir/", "404 /x?$args&u=$uri"]
FALLBACKS = ["$uri @n", "$uri $uri/ =404", "/a.txt =404", "$uri /b/c?$args", "$uri/ /index.html"]
LOCATIONS = ["/", "/a", "/b/", "/dir", "/c/", "~ ^/a/(.*)$", "~ \\.txt$", "= /b/c", "^~ /c/a",
             "/x.txt"]


def reply(read, connection):
    status = read.target.partition("status=")[2][:3]
    return answer("" if read.method == "HEAD" else "peer %s" % read.method,
                  status=(status if status.isdigit() else "200") + " Word",
                  fields=[("X-Target", read.target)])


class Generator:
    """Writes one configuration and its requests."""

    # What may stand only once in a block.
    SINGLE = {"return", "root", "proxy_pass", "try_files", "limit_except", "internal",
              "recursive_error_pages", "proxy_intercept_errors"}

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.pick, self.chance = self.random.choice, lambda share: self.random.random() < share

    def step(self, in_server):
        """A directive of the rewrite phase, or one that its blocks set."""
        makers = [self.rewrite] * 6 + [self.value] * 3 + [lambda: "break;"] + [
            lambda: "set $args %s;" % self.pick(["p=1", '""', "$args&p=2", "p=$1"]),
            lambda: 'set $v3 "$v3.";']
        if not in_server:
            makers += [lambda: "return %s;" % self.pick(ANSWERS)] * 3 + [
                lambda: "error_page %s;" % self.pick(PAGES)] * 2 + [
                lambda: 'add_header X-%s "$uri $v1";' % self.pick("AB")] * 2 + [
                lambda: "root %%%%DIR%%%%/html/%s;" % self.pick(["a", "dir", ""])]
        return self.pick(makers)()

    def rewrite(self):
        flag = self.pick(["", " last", " break", " redirect", " permanent"])
        return "rewrite %s %s%s;" % (self.pick(PATTERNS), self.pick(REPLACEMENTS), flag)

    def value(self):
        values = ["1", '""', "$1", "x$1y", "$uri", "$arg_p", "$v1$v2", "$args"]
        return "set $v%d %s;" % (self.random.randint(1, 3), self.pick(values))

    def block(self, in_server=False):
        lines = []
        for _ in range(self.random.randint(1, 5)):
            if not self.chance(0.3):
                lines.append(self.step(in_server))
                continue
            body = [self.step(in_server) for _ in range(self.random.randint(0, 3))]
            if not in_server and self.chance(0.2):
                body.append("proxy_pass http://%%BACKEND%%;")
            lines.append("if (%s) { %s }" % (self.pick(CONDITIONS), " ".join(self.sound(body))))
        return lines

    def sound(self, lines):
        """Without what would be a duplicate."""
        seen, kept = set(), []
        for line in lines:
            word = line.split()[0]
            keys = {word} & self.SINGLE
            if word == "error_page":
                keys = {code for code in line.split() if code.isdigit()}
            if not keys & seen:
                kept.append(line)
            seen |= keys
        return kept

    def location(self, name):
        lines = self.block()
        if self.chance(0.3):
            paths = [""] if name.startswith("~") else ["", "/u/", "/u"]
            lines.append("proxy_pass http://%%%%BACKEND%%%%%s;" % self.pick(paths))
        elif self.chance(0.3):
            lines.append("try_files %s;" % self.pick(FALLBACKS))
        for line, share in [
                ("recursive_error_pages on;", 0.15), ("proxy_intercept_errors on;", 0.15),
                ("internal;", 0.1), ("limit_except GET { deny all; }", 0.06),
                ("limit_except GET POST { proxy_pass http://%%BACKEND%%; }", 0.06)]:
            if self.chance(share):
                lines.append(line)
        self.random.shuffle(lines)
        return "location %s { %s }" % (name, "\n".join(self.sound(lines)))

    def configuration(self):
        lines = ["listen 127.0.0.1:%%PORT%%;", "root %%DIR%%/html;", "default_type text/plain;",
                 'set $v1 ""; set $v2 ""; set $v3 "";']
        if self.chance(0.5):
            lines += self.sound(self.block(in_server=True))
        names = self.random.sample(LOCATIONS, self.random.randint(2, 6))
        lines += [self.location(name) for name in names]
        lines.append("location @n { %s }" % "\n".join(self.sound(self.block())))
        return "server {\n%s\n}" % "\n".join(lines)

    def ask(self):
        target = "".join("/" + self.pick(NAMES) for _ in range(self.random.randint(1, 3)))
        if self.chance(0.2):
            target += "/"
        if self.chance(0.3):
            target = target.replace("a", "%61", 1) if self.chance(0.5) else target + "%20y"
        if self.chance(0.5):
            target += "?p=" + self.pick(["1", "a", "A", "dir", "x.txt", "%20", "", "a&q=2"])
        if self.chance(0.1):
            target += "&" if "?" in target else "?"
            target += "status=%d" % self.pick([404, 500, 403, 302])
        method = self.pick(["GET"] * 6 + ["HEAD", "POST", "PUT"])
        content = {"content": b"abc"} if method in ("POST", "PUT") else {}
        return Ask(target, method, **content)

    def example(self, name):
        return Example(name, self.configuration(), [self.ask() for _ in range(40)], FILES, reply,
                       alerts=["no upstream configuration"])


EXAMPLES = [Generator(number).example("generated %d" % number)
            for number in range(int(os.environ.get("BERANDA_GENERATED", 12)))]
