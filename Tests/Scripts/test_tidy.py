# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# The house rules' checker, on small texts: each rule finds its fault, and nothing else.

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Scripts"))

import tidy  # noqa: E402

HEADER = "// SPDX-License-Identifier: Apache-2.0\n// SPDX-FileCopyrightText: the Beranda authors\n"
MANIFEST = """
    module("Memory"), module("HTTP", ["Memory"]),
    module(
        "Server",
        ["HTTP", "Memory"]),
    tests("HTTPTests", ["HTTP"]),
    .executableTarget(name: "beranda", dependencies: ["Server"], swiftSettings: strict)
"""
GRAPH = tidy.target_graph(MANIFEST)


def messages(name, text):
    return [message for _, message in tidy.findings(pathlib.Path(name), text, GRAPH)]


def test_the_target_graph_is_read_from_the_manifest():
    assert GRAPH == {
        "Memory": set(), "HTTP": {"Memory"}, "Server": {"HTTP", "Memory"}, "HTTPTests": {"HTTP"},
        "beranda": {"Server"}}


def test_the_real_manifest_has_the_layers():
    graph = tidy.target_graph((tidy.ROOT / "Package.swift").read_text())
    assert graph["EventLoop"] == {"OS", "Memory"} and graph["Configuration"] == set()
    assert "Server" in graph["beranda"] and "HTTP1" in graph["HTTP1Tests"]


@pytest.mark.parametrize("name, line, allowed", [
    ("Sources/HTTP/A.swift", "package import Memory", True),
    ("Sources/HTTP/A.swift", "internal import Server", False),
    ("Sources/HTTP/A.swift", "import Glibc", False),
    ("Sources/Memory/A.swift", "import HTTP", False),
    ("Tests/HTTPTests/A.swift", "@testable import HTTP", True),
    ("Tests/HTTPTests/A.swift", "import Testing", True),
    ("Tests/HTTPTests/A.swift", "@testable import Server", False),
    ("Sources/HTTP/A.swift", "// import Server", True),
])
def test_imports_go_down_only(name, line, allowed):
    assert (messages(name, HEADER + line + "\n") == []) == allowed


@pytest.mark.parametrize("line", [
    "let a = try! b()", "let a = b as! C", "fatalError()", "func a() async {}", "await b()",
    "let s = String(decoding: a, as: UTF8.self)", "let c: Character", "unsafe a()",
])
def test_banned_words_are_found_in_code_only(line):
    assert len(messages("Sources/HTTP/A.swift", HEADER + line + "\n")) == 1
    assert messages("Sources/HTTP/A.swift", HEADER + "// " + line + "\n") == []
    assert messages("Sources/HTTP/A.swift", HEADER + 'let s = "%s"\n' % line) == []


def test_strings_end_where_swift_ends_them():
    text = 'let s = "a \\(b("c")) \\" //" ; unsafe x\nlet t = #"a\\"# ; try! y\n'
    code = tidy.blanked(text)
    assert "unsafe x" in code and "try! y" in code and "//" not in code


def body(lines):
    return "func a(\n    b: Int\n) -> Int {\n" + "    b()\n" * lines + "}\n"


def test_long_functions_are_found():
    assert messages("Sources/HTTP/A.swift", HEADER + body(68)) == []
    assert len(messages("Sources/HTTP/A.swift", HEADER + body(80))) == 1


@pytest.mark.parametrize("text, count", [
    (HEADER, 0), ("let a = 1\n", 1), (HEADER + "let a = 1 \n", 1), (HEADER + "let a = 1", 1),
    (HEADER + "// " + "TO" + "DO: later\n", 1), (HEADER + "// " + "x" * 98 + "\n", 1),
])
def test_every_file_has_a_header_and_clean_lines(text, count):
    assert len(messages("Sources/HTTP/A.swift", text)) == count


@pytest.mark.parametrize("text, count", [
    ("# A\n[a](Package.swift) [b](https://example.org) [c](#part)\n", 0),
    ("# A\n[a](nowhere.md)\n", 1), ("# A\n# B\n", 1), ("# A\n```\n# b\n```\n", 0),
])
def test_documents_have_one_title_and_links_that_lead_somewhere(text, count):
    assert len(messages("README.md", text)) == count
