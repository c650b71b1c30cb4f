#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The rules of the house that a program can check: which module may import which, words that are
# banned and where, sizes, file headers, and links that resolve. `make check` runs it. It reads
# files and prints what is wrong with them; it must not know how to mend anything.

import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_LENGTH = 100
FUNCTION_LENGTH = 70
SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE = {".swift", ".c", ".h", ".py", ".sh", ".mjs"}

# What comes with the toolchain, and who may use it.
SYSTEM_MODULES = {
    "Glibc": {"OS"},
    "Synchronization": {"OS", "EventLoop", "FileCache", "Precompression", "Server",
                        "TLS"},
    "Testing": {"*Tests"},
}

WIRE = {"HTTP", "HTTP1", "Memory", "EventLoop"}
PURE = {"HTTP", "HTTP1", "Configuration"}

# (pattern, modules or None for all of Sources, what to do instead)
BANNED = [
    (r"\bimport Foundation\w*", None, "no Foundation: it costs 8 MB, and its text is not bytes"),
    (r"\bimport Dispatch\b", None, "no Dispatch: the event loop is ours"),
    (r"\basync\b|\bawait\b", None, "no Swift concurrency: waiting is a state of the exchange"),
    (r"\btry!", None, "handle the error"),
    (r"\bas!", None, "match the type"),
    (r"\bfatalError\b|\bpreconditionFailure\b", None, "a trap ends the process: return an error"),
    (r"\bString\(|\bCharacter\b", WIRE, "bytes, not String, from socket to socket"),
    (r"\bunsafe\b", PURE, "this module is pure: bytes in, values out"),
]


def blanked(text):
    """Swift text with comments and string contents as blanks; line ends stay where they are."""
    out, at, size = list(text), 0, len(text)

    def blank(start, end):
        for index in range(start, min(end, size)):
            if out[index] != "\n":
                out[index] = " "

    while at < size:
        if text.startswith("//", at):
            end = text.find("\n", at)
            end = size if end < 0 else end
            blank(at, end)
        elif text.startswith("/*", at):
            end = end_of_comment(text, at)
            blank(at, end)
        elif match := re.compile(r'(#*)("""|")').match(text, at):
            end = end_of_string(text, match.end(), match[1], match[2])
            blank(at, end)
        else:
            end = at + 1
        at = end
    return "".join(out)


def end_of_comment(text, at):
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if depth == 0:
                return at
        else:
            at += 1
    return len(text)


def end_of_string(text, at, pounds, quote):
    """The end of a string whose content begins at `at`; an interpolation belongs to it."""
    while at < len(text):
        if text.startswith("\\" + pounds + "(", at):
            at = end_of_interpolation(text, at + 2 + len(pounds))
        elif text.startswith("\\" + pounds, at):
            at += 2 + len(pounds)
        elif text.startswith(quote + pounds, at):
            return at + len(quote) + len(pounds)
        elif quote == '"' and text[at] == "\n":
            return at
        else:
            at += 1
    return len(text)


def end_of_interpolation(text, at):
    depth = 1
    while at < len(text) and depth:
        if match := re.compile(r'(#*)("""|")').match(text, at):
            at = end_of_string(text, match.end(), match[1], match[2])
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def target_graph(manifest):
    """{target: names that it may import} from the text of Package.swift."""
    graph = {}
    text = re.sub(r"//[^\n]*", "", manifest)
    for match in re.finditer(r'\b(?:module|coldModule|tests)\(\s*"(\w+)"', text):
        graph[match[1]] = listed(text, match.end())
    for match in re.finditer(r'\.executableTarget\(\s*name:\s*"(\w+)"', text):
        graph[match[1]] = listed(text, text.find("dependencies:", match.end()))
    return graph


def listed(text, at):
    """The strings of the first list before the call ends."""
    match = re.compile(r'[^\[\]()]*\[([^\]]*)\]').match(text, at)
    return set(re.findall(r'"(\w+)"', match[1])) if match else set()


def module_of(path):
    parts = path.parts
    return parts[1] if parts[0] in ("Sources", "Tests", "Fuzz") and len(parts) > 2 else None


def check_imports(path, code, graph):
    module = module_of(path)
    if module not in graph:
        return
    for match in re.finditer(
            r"^[ \t]*(?:@\w+(?:\([^)]*\))?[ \t]+)*(?:\w+[ \t]+)??import[ \t]+"
            r"(?:(?:struct|class|enum|func|var|let|protocol|typealias)[ \t]+)?(\w+)", code, re.M):
        name = match[1]
        users = SYSTEM_MODULES.get(name, set())
        allowed = name in graph[module] or module in users or (
            "*Tests" in users and module.endswith("Tests"))
        # The tests of a module may use what they need of the system.
        if module.endswith("Tests") and name in SYSTEM_MODULES:
            allowed = True
        if not allowed:
            yield line_at(code, match.start(1)), "%s may not import %s" % (module, name)


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


def check_banned(path, code):
    if path.parts[0] != "Sources":
        return
    module = module_of(path)
    for pattern, modules, instead in BANNED:
        if modules is not None and module not in modules:
            continue
        for match in re.finditer(pattern, code):
            yield line_at(code, match.start()), "`%s`: %s" % (match[0], instead)


def check_functions(code):
    """Functions of more than FUNCTION_LENGTH lines, from the opening brace to the closing one."""
    for match in re.finditer(r"\b(?:func\s+[^\s(<]+|init[?]?\s*[(<]|deinit\b)", code):
        opening = opening_brace(code, match.end())
        if opening is None:
            continue
        closing = closing_brace(code, opening)
        length = code.count("\n", opening, closing) + 1
        if length > FUNCTION_LENGTH:
            yield line_at(code, match.start()), "a function of %d lines (at most %d)" % (
                length, FUNCTION_LENGTH)


def opening_brace(code, at):
    """Where the body begins; None for a requirement of a protocol, or for a call."""
    depth = code[at - 1] in "(<"
    while at < len(code):
        sign = code[at]
        depth += (sign == "(") - (sign == ")")
        if depth <= 0 and sign == "{":
            return at
        if depth <= 0 and sign == "\n" and not re.match(r"\s*(->|throws|where|\{|rethrows)",
                                                       code[at:]):
            return None
        at += 1
    return None


def closing_brace(code, at):
    depth = 0
    while at < len(code):
        depth += (code[at] == "{") - (code[at] == "}")
        if depth == 0:
            return at
        at += 1
    return at


def check_python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LENGTH:
                yield node.lineno, "a function of %d lines (at most %d)" % (
                    length, FUNCTION_LENGTH)


def check_text(path, text):
    """Headers, line lengths, blanks at line ends, and what should have been done by now."""
    script = text.startswith("#!") or path.name == "Makefile"
    if path.suffix in CODE or script:
        if SPDX not in "\n".join(text.splitlines()[:4]):
            yield 1, "no SPDX lines at the top"
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE_LENGTH and (path.suffix in CODE - {".mjs"} or script):
            yield number, "%d columns (at most %d)" % (len(line), LINE_LENGTH)
        if line != line.rstrip() and path.suffix != ".md":
            yield number, "blanks at the end of the line"
        if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", line):
            yield number, "do it now, or write down why not"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "no line end at the end"


def check_document(path, text):
    """One title, and relative links that lead to a file."""
    prose = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"), text, flags=re.M | re.S)
    titles = re.findall(r"^# ", prose, re.M)
    if len(titles) != 1:
        yield 1, "%d titles (one is right)" % len(titles)
    for match in re.finditer(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)", prose):
        link = match[1].split("#")[0]
        if not link or re.match(r"[a-z]+:", link):
            continue
        if not (ROOT / path.parent / link).exists():
            yield line_at(prose, match.start()), "%s leads nowhere" % match[1]


def findings(path, text, graph):
    """(line, message) for one file; the path is relative to the root."""
    yield from check_text(path, text)
    if path.suffix == ".swift":
        code = blanked(text)
        yield from check_imports(path, code, graph)
        yield from check_banned(path, code)
        if not path.name.endswith(".generated.swift"):
            yield from check_functions(code)
    if path.suffix == ".py":
        yield from check_python_functions(text)
    if path.suffix == ".md":
        yield from check_document(path, text)


def our_files():
    """Text files that are ours: what git knows, or will be told of."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in sorted(set(listing)):
        path = pathlib.Path(name)
        if path.name == "LICENSE" or path.parts[0] == "public" or "corpus" in path.parts:
            continue
        try:
            yield path, (ROOT / path).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


def main():
    graph = target_graph((ROOT / "Package.swift").read_text())
    count, files = 0, 0
    for path, text in our_files():
        files += 1
        for line, message in findings(path, text, graph):
            print("%s:%d: %s" % (path, line, message))
            count += 1
    print("tidy: %d files, %s" % (files, "%d findings" % count if count else "nothing to say"))
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
