// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Pages and the links that are made of them.

import Memory
import Testing

@testable import HTTP

@Suite struct PageLinksTests {
    /// The value of the field for a page, empty for none.
    private func links(_ page: String) -> String {
        let line = PageLinks.fieldLine(for: bytes(page).span)
        if line.isEmpty { return "" }
        #expect(line.starts(with: bytes("Link: ")) && line.suffix(2) == [13, 10])
        return String(decoding: line.dropFirst(6).dropLast(2), as: UTF8.self)
    }

    @Test func `a page of Vite names its module, its preloads and its style`() {
        let page = """
            <!doctype html>
            <html lang="en">
              <head>
                <meta charset="UTF-8" />
                <link rel="icon" type="image/svg+xml" href="/vite.svg" />
                <title>Vite + React</title>
                <script type="module" crossorigin src="/assets/index-BxY3k2Pq.js"></script>
                <link rel="modulepreload" crossorigin href="/assets/vendor-D1xQz7aB.js">
                <link rel="stylesheet" crossorigin href="/assets/index-C8r4s6tU.css">
              </head>
              <body><div id="root"></div></body>
            </html>
            """
        #expect(
            links(page) == """
                </assets/index-BxY3k2Pq.js>; rel=modulepreload; crossorigin, \
                </assets/vendor-D1xQz7aB.js>; rel=modulepreload; crossorigin, \
                </assets/index-C8r4s6tU.css>; rel=preload; as=style; crossorigin
                """)
    }

    @Test func `a page of Create React App names its script and its style`() {
        let page = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"/><link rel="icon" \
            href="/favicon.ico"/><link rel="manifest" href="/manifest.json"/><title>React App\
            </title><script defer="defer" src="/static/js/main.8f3c2b1a.js"></script><link \
            href="/static/css/main.e6c13ad2.css" rel="stylesheet"></head><body><noscript>You need \
            to enable JavaScript <link rel=stylesheet href=/no.css></noscript></body></html>
            """
        #expect(
            links(page) == """
                </static/js/main.8f3c2b1a.js>; rel=preload; as=script, \
                </static/css/main.e6c13ad2.css>; rel=preload; as=style
                """)
    }

    @Test(arguments: [
        ("<script src=/a.js></script>", "</a.js>; rel=preload; as=script"),
        ("<SCRIPT SRC='/a.js'></SCRIPT>", "</a.js>; rel=preload; as=script"),
        ("<script\n\tsrc = \"/a.js\"\n></script>", "</a.js>; rel=preload; as=script"),
        ("<script/src=/a.js></script>", "</a.js>; rel=preload; as=script"),
        ("<script src=/a.js src=/b.js></script>", "</a.js>; rel=preload; as=script"),
        ("<script async src=a.js?x=1&amp;y=2>", "<a.js?x=1&y=2>; rel=preload; as=script"),
        ("<script src=a.js?x=1&y=2>", "<a.js?x=1&y=2>; rel=preload; as=script"),
        ("<script src='  ./a.js '></script>", "<./a.js>; rel=preload; as=script"),
        ("<script type=text/javascript src=/a.js>", "</a.js>; rel=preload; as=script"),
        ("<script type='' src=/a.js>", "</a.js>; rel=preload; as=script"),
        ("<script type=MODULE src=/a.js>", "</a.js>; rel=modulepreload"),
        (
            "<script src=/a.js crossorigin=use-credentials>",
            "</a.js>; rel=preload; as=script; crossorigin=\"use-credentials\""
        ),
        (
            "<script src=/a.js crossorigin=anonymous>",
            "</a.js>; rel=preload; as=script; crossorigin"
        ),
        ("<link rel=stylesheet href=/a.css>", "</a.css>; rel=preload; as=style"),
        ("<link rel='x StyleSheet' href=/a.css/>", "</a.css/>; rel=preload; as=style"),
        ("<link rel=stylesheet media=all href=/a.css>", "</a.css>; rel=preload; as=style"),
        ("<link rel=modulepreload as=script href=/a.js>", "</a.js>; rel=modulepreload"),
        ("<link rel=preload as=style href=/a.css>", "</a.css>; rel=preload; as=style"),
        (
            "<link rel=preload as=font crossorigin href=/a.woff2>",
            "</a.woff2>; rel=preload; as=font; crossorigin"
        ),
        (
            "<script src=/a></script><script src=/a></script><script src=/b></script>",
            "</a>; rel=preload; as=script, </b>; rel=preload; as=script"
        ),
        ("a < b <script src=/a>", "</a>; rel=preload; as=script"),
        ("<base target=_top><script src=/a>", "</a>; rel=preload; as=script"),
        ("<template></template></template><script src=/a>", "</a>; rel=preload; as=script"),
        ("<!-- > -- > --><script src=/a>", "</a>; rel=preload; as=script"),
        ("<!--><script src=/a>", "</a>; rel=preload; as=script"),
        ("<!---><script src=/a>", "</a>; rel=preload; as=script"),
        ("<!--x--!><script src=/a>", "</a>; rel=preload; as=script"),
        ("<!x><?y></ z><script src=/a>", "</a>; rel=preload; as=script"),
        ("<p =x='>' title='<script src=/b>'><script src=/a>", "</a>; rel=preload; as=script"),
    ])
    func `what a page names is a link`(_ page: String, _ expected: String) {
        #expect(links(page) == expected)
    }

    @Test(arguments: [
        "", "<", "<!", "<!-", "<!--", "</", "</x", "<s", "<script", "<script src", "<script src=",
        "<script src=/a", "<script src='/a>", "<script src=>", "<script src=''></script>",
        // Somewhere else, or nowhere.
        "<script src=https://cdn.test/a.js>", "<script src=//cdn.test/a.js>",
        "<script src=data:text/javascript,1>", "<script src='\\\\cdn.test/a.js'>",
        "<script src='/\\cdn.test/a.js'>", "<link rel=stylesheet href=#x>",
        "<base href=/sub/><script src=/a>", "<script src=/a></script><base href='https://x/'>",
        // What could end the field, or mean something else there.
        "<script src='/a\r\nSet-Cookie: x'>", "<script src='/a>;x'>", "<script src='/a b'>",
        "<script src='/a\"b'>", "<script src='/a\u{0}'>", "<script src='/ä.js'>",
        "<script src='/a&#10;b'>", "<script src='/a&Tab;b'>", "<script src='/a&lt'>",
        // What browsers do not fetch, or not like that.
        "<script nomodule src=/a>", "<script type=application/json src=/a>",
        "<script type=text/template src=/a>", "<script integrity=sha256-x src=/a>",
        "<script nonce=x src=/a>", "<link rel='alternate stylesheet' href=/a>",
        "<link rel=stylesheet media=print href=/a>", "<link rel=stylesheet disabled href=/a>",
        "<link rel=preload href=/a>", "<link rel=preload as=image href=/a>",
        "<link rel=modulepreload as=worker href=/a>", "<link rel=icon href=/a>", "<img src=/a>",
        "<script>document.write('<script src=/a>')</script>", "<!-- <script src=/a> -->",
        "<style><script src=/a></style>", "<title><script src=/a></title>",
        "<textarea><script src=/a></textareas></textarea>", "<plaintext><script src=/a>",
        "<template><script src=/a></script></template>",
        "<template><template></template><script src=/a></template>",
        "<script>let x = '</scripts><script src=/a>'", "<!-- <script src=/a>", "<!<script src=/a",
        // A module that is on its way forbids the map.
        "<script type=importmap>{}</script><script type=module src=/a></script>",
        "<link rel=modulepreload href=/a><script type=importmap src=/b></script>",
    ])
    func `what is doubtful is no link`(_ page: String) {
        #expect(links(page).isEmpty)
    }

    @Test func `an import map leaves other links`() {
        let page =
            "<script type=importmap>{}</script><script type=module src=/a></script><script src=/b>"
        #expect(links(page) == "</b>; rel=preload; as=script")
    }

    @Test func `there are so many links and no more`() {
        let page = (0..<100).map { "<script src=/\($0).js></script>" }.joined()
        #expect(links(page).split(separator: ",").count == PageLinks.linkLimit)
        let long = String(repeating: "x", count: 900)
        let line = links((0..<100).map { "<script src=/\(long)\($0).js></script>" }.joined())
        #expect(line.split(separator: ",").count == 4)
        #expect(line.utf8.count <= PageLinks.lineByteLimit)
        #expect(line.hasSuffix("; as=script"))
        #expect(links("<script src=/\(String(repeating: "x", count: 2000))>").isEmpty)
    }

    @Test func `what comes late in a page is not looked for`() {
        let filler = String(repeating: " ", count: PageLinks.pageByteLimit)
        #expect(links("<script src=/a>\(filler)<script src=/b>") == "</a>; rel=preload; as=script")
        #expect(links("\(filler)<script src=/b>").isEmpty)
    }

    @Test func `a page may end anywhere`() {
        let page = """
            <!doctype html><!-- a --><head><title>b</title><script type=module crossorigin \
            src="/c.js"></script><link rel='stylesheet' href=/d.css media = all ></head>
            """
        let all: [UInt8] = bytes(page)
        for end in 0...all.count {
            let part = Array(all[..<end])
            let line = PageLinks.fieldLine(for: part.span)
            #expect(line.isEmpty || line.count == line.firstIndex(of: 13).map { $0 + 2 })
        }
    }
}
