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
        // If-Range is for those who send parts.
        ([(.ifRange, "\"b\"")], .proceed),
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
    }

    /// D05.
    private static let ifRanges: [(String, etag: String?, lastModified: Int?, Bool)] = [
        ("\"a\"", "\"a\"", nil, true), ("\"b\"", "\"a\"", nil, false),
        ("W/\"a\"", "\"a\"", nil, false), ("W/\"a\"", "W/\"a\"", nil, false),
        ("\"a\"", "W/\"a\"", nil, false), ("\"a\"", nil, 784_111_777, false),
        (date, nil, 784_111_777, true), (date, "\"a\"", 784_111_777, true),
        (later, nil, 784_111_777, false), (earlier, nil, 784_111_777, false),
        (date, "\"a\"", nil, false), ("wrong", "\"a\"", 784_111_777, false),
        ("", "\"a\"", 784_111_777, false), ("\"", "\"a\"", nil, false),
        ("*", "\"a\"", 784_111_777, false), ("\"a\", \"b\"", "\"a\"", nil, false),
    ]

    @Test("If-Range holds for the same strong tag or the same time", arguments: 0..<ifRanges.count)
    func ifRange(index: Int) {
        let (value, etag, lastModified, holds) = Self.ifRanges[index]
        let tag = etag.map { bytes($0) }
        let isHeld = Preconditions.ifRange(
            bytes(value).span, holdsFor: tag?.span, lastModified)
        #expect(isHeld == holds)
    }
}
