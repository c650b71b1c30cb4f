// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct ErrorFormTests {
    private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    private func form(_ fields: [(FieldName, String)], _ method: Method = .get) -> ErrorForm {
        var head = RequestHead()
        head.method = method
        var input: [UInt8] = []
        for (name, value) in fields {
            let start = input.count
            input += Array(value.utf8)
            _ = head.fields.append(
                Field(
                    name: name, nameStart: 0, nameCount: 0, valueStart: start,
                    valueEnd: input.count))
        }
        return ErrorForm.wanted(by: head, input.span)
    }

    @Test(
        arguments: [
            ([], .short), ([(.accept, "*/*")], .short), ([(.accept, "text/plain")], .short),
            ([(.accept, browser)], .page), ([(.accept, "TEXT/HTML")], .page),
            ([(.accept, "text/html;q=0")], .short),
            ([(.accept, "application/json")], .problem),
            ([(.accept, "application/json, text/plain, */*")], .problem),
            ([(.accept, "application/problem+json")], .problem),
            ([(.accept, "application/vnd.api+JSON;q=0.5")], .problem),
            ([(.accept, "text/html;q=0.5, application/json")], .problem),
            ([(.accept, "text/html, application/json")], .page),
            ([(.accept, "text/html"), (.accept, "application/json;q=0.1")], .page),
            ([(.accept, "+json")], .short),
            (
                [(.accept, browser), (.secFetchMode, "navigate"), (.secFetchDest, "document")],
                .page
            ),
            ([(.accept, "*/*"), (.secFetchMode, "cors"), (.secFetchDest, "empty")], .problem),
            ([(.secFetchMode, "same-origin"), (.secFetchDest, "empty")], .problem),
            ([(.accept, "text/html"), (.secFetchMode, "cors"), (.secFetchDest, "empty")], .short),
            (
                [
                    (.accept, "text/event-stream"), (.secFetchMode, "cors"),
                    (.secFetchDest, "empty"),
                ],
                .short
            ),
            ([(.accept, "*/*"), (.secFetchMode, "no-cors"), (.secFetchDest, "script")], .short),
            ([(.accept, browser), (.secFetchMode, "no-cors"), (.secFetchDest, "image")], .short),
        ] as [([(FieldName, String)], ErrorForm)])
    func `a failure is told in the form that the client can use`(
        _ fields: [(FieldName, String)], _ expected: ErrorForm
    ) {
        #expect(form(fields) == expected)
    }

    @Test func `a form that was sent in a window is answered with a page`() {
        #expect(form([(.accept, Self.browser), (.secFetchMode, "navigate")], .post) == .page)
        #expect(form([(.accept, Self.browser)], .post) == .short)
        #expect(form([(.accept, "application/json")], .post) == .problem)
    }
}
