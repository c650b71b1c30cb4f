// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct NavigationTests {
    private func isNavigation(_ fields: [(FieldName, String)], method: Method = .get) -> Bool {
        var head = RequestHead()
        head.method = method
        var input: [UInt8] = []
        for (name, value) in fields {
            let start = input.count
            input += bytes(value)
            _ = head.fields.append(
                Field(
                    name: name, nameStart: 0, nameCount: 0, valueStart: start,
                    valueEnd: input.count))
        }
        return Navigation.isNavigation(head, input.span)
    }

    @Test("Browsers that open a page navigate")
    func navigations() {
        let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        #expect(isNavigation([(.accept, accept)]))
        #expect(isNavigation([(.accept, accept)], method: .head))
        #expect(isNavigation([(.accept, "application/xhtml+xml")]))
        #expect(isNavigation([(.accept, "*/*"), (.secFetchMode, "navigate")]))
        #expect(isNavigation([(.accept, "*/*"), (.secFetchDest, "document")]))
        #expect(isNavigation([(.accept, "text/html"), (.secFetchDest, "empty")]))
    }

    @Test("Everything else does not")
    func others() {
        #expect(!isNavigation([]))
        #expect(!isNavigation([(.accept, "*/*")]))
        #expect(!isNavigation([(.accept, "application/json")]))
        #expect(!isNavigation([(.accept, "text/html;q=0, */*")]))
        #expect(!isNavigation([(.accept, "text/html"), (.secFetchDest, "script")]))
        #expect(!isNavigation([(.accept, "text/html")], method: .post))
    }

    @Test(
        "Assets are known by their extension",
        arguments: [
            ("/assets/index-BxY3k2Pq.js", true), ("/a.CSS", true), ("/logo.svg", true),
            ("/app.webmanifest", true), ("/main.js.map", true), ("/x.mjs", true),
            ("/favicon.ico", true), ("/font.woff2", true),
            ("/", false), ("/about", false), ("/about.html", false),
            ("/users/jane@example.com", false),
            ("/release/1.2", false), ("/a.js/b", false), ("/.env", false), ("/a.", false),
        ])
    func assets(path: String, expected: Bool) {
        #expect(Navigation.hasAssetExtension(bytes(path).span) == expected)
    }
}
