// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct PreconditionsTests {
    private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    private static let later = "Mon, 07 Nov 1994 08:49:37 GMT"
    private static let earlier = "Sat, 05 Nov 1994 08:49:37 GMT"

    /// Evaluates fields against the tag `"a"` and the time `date`.
    private func evaluate(
        _ fields: [(FieldName, String)], method: Method = .get,
        check: Preconditions.ModificationCheck = .exact, etag: String? = "\"a\"",
        lastModified: Int? = 784_111_777
    ) -> Preconditions.Outcome {
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
        let tag = etag.map { bytes($0) }
        return Preconditions.evaluate(
            head, input.span, etag: tag?.span, lastModified: lastModified, check: check)
    }

    private static let cases: [([(FieldName, String)], Preconditions.Outcome)] = [
        ([], .proceed),
        ([(.ifNoneMatch, "\"a\"")], .notModified),
        ([(.ifNoneMatch, "W/\"a\"")], .notModified),
        ([(.ifNoneMatch, "*")], .notModified),
        ([(.ifNoneMatch, "\"foo\", \"bar\", \"a\" , \"baz\"")], .notModified),
        ([(.ifNoneMatch, "\"foo\"")], .proceed),
        ([(.ifNoneMatch, "a")], .proceed),
        ([(.ifNoneMatch, "\"a")], .proceed),
        ([(.ifNoneMatch, "")], .proceed),
        ([(.ifNoneMatch, "\"a\"x")], .proceed),
        ([(.ifNoneMatch, "\"b\" \"a\"")], .proceed),
        ([(.ifNoneMatch, ",, \"a\" ,,")], .notModified),
        ([(.ifMatch, "\"a\"")], .proceed),
        ([(.ifMatch, "\"foo\", \"bar\", \t\"a\" , \"baz\"")], .proceed),
        ([(.ifMatch, "*")], .proceed),
        ([(.ifMatch, "W/\"a\"")], .preconditionFailed),
        ([(.ifMatch, "\"foo\"")], .preconditionFailed),
        ([(.ifMatch, "\"a\"x")], .preconditionFailed),
        ([(.ifModifiedSince, date)], .notModified),
        ([(.ifModifiedSince, later)], .proceed),
        ([(.ifModifiedSince, "wrong")], .proceed),
        ([(.ifUnmodifiedSince, date)], .proceed),
        ([(.ifUnmodifiedSince, later)], .proceed),
        ([(.ifUnmodifiedSince, earlier)], .preconditionFailed),
        ([(.ifUnmodifiedSince, "wrong")], .proceed),
        // If-None-Match decides alone, and so does If-Match.
        ([(.ifNoneMatch, "\"x\""), (.ifModifiedSince, date)], .proceed),
        ([(.ifNoneMatch, "\"a\""), (.ifModifiedSince, earlier)], .notModified),
        ([(.ifMatch, "\"a\""), (.ifUnmodifiedSince, earlier)], .proceed),
        ([(.ifRange, "\"a\"")], .proceed),
        ([(.ifRange, "W/\"a\"")], .ignoreRange),
        ([(.ifRange, "\"b\"")], .ignoreRange),
        ([(.ifRange, date)], .proceed),
        ([(.ifRange, later)], .ignoreRange),
        ([(.ifRange, "wrong")], .ignoreRange),
    ]

    @Test("Preconditions are evaluated in the RFC's order", arguments: 0..<cases.count)
    func evaluates(index: Int) {
        let (fields, expected) = Self.cases[index]
        #expect(evaluate(fields) == expected)
    }

    @Test("If-Modified-Since is compared as configured")
    func modificationCheck() {
        #expect(evaluate([(.ifModifiedSince, Self.later)], check: .before) == .notModified)
        #expect(evaluate([(.ifModifiedSince, Self.date)], check: .before) == .notModified)
        #expect(evaluate([(.ifModifiedSince, Self.earlier)], check: .before) == .proceed)
        #expect(evaluate([(.ifModifiedSince, Self.date)], check: .off) == .proceed)
    }

    @Test("A request that writes fails where one that reads has nothing new")
    func writing() {
        #expect(evaluate([(.ifNoneMatch, "*")], method: .put) == .preconditionFailed)
        #expect(evaluate([(.ifModifiedSince, Self.date)], method: .post) == .proceed)
    }

    @Test("A weak tag matches weakly only")
    func weakTag() {
        #expect(evaluate([(.ifNoneMatch, "\"a\"")], etag: "W/\"a\"") == .notModified)
        #expect(evaluate([(.ifMatch, "W/\"a\"")], etag: "W/\"a\"") == .preconditionFailed)
        #expect(evaluate([(.ifRange, "W/\"a\"")], etag: "W/\"a\"") == .ignoreRange)
    }

    @Test("Without validators nothing matches but *")
    func noValidators() {
        func outcome(_ name: FieldName, _ value: String) -> Preconditions.Outcome {
            evaluate([(name, value)], etag: nil, lastModified: nil)
        }
        #expect(outcome(.ifNoneMatch, "\"a\"") == .proceed)
        #expect(outcome(.ifMatch, "\"a\"") == .preconditionFailed)
        #expect(outcome(.ifMatch, "*") == .proceed)
        #expect(outcome(.ifModifiedSince, Self.date) == .proceed)
        #expect(outcome(.ifRange, Self.date) == .ignoreRange)
    }
}
