// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A parsed request head with its places looked up, for tests to compare.

import HTTP
import HTTP1

struct ParsedRequest {
    struct Line: Equatable {
        var name: FieldName
        var key: String
        var value: String
        var traits: FieldTraits
    }

    var method: Method
    var version: Version
    var targetForm: TargetForm
    var framing: ContentFraming
    var persistence: Persistence
    var expectsContinue: Bool
    var offersUpgrade: Bool
    var host: HostName
    var line: String
    var methodName: String
    var target: String
    var path: String
    var query: String?
    var scheme: String?
    var authority: String?
    var fields: [Line] = []
    var byteCount: Int

    /// Parses a whole head; nil when it is none.
    init?(_ text: String) { self.init(bytes(text)) }

    init?(_ input: [UInt8]) {
        var head = RequestHead()
        guard case .parsed(let byteCount) = RequestParser.parse(input.span, into: &head) else {
            return nil
        }
        func text(_ range: Range<Int>) -> String { String(decoding: input[range], as: UTF8.self) }
        method = head.method
        version = head.version
        targetForm = head.targetForm
        framing = head.framing
        persistence = head.persistence
        expectsContinue = head.expectsContinue
        offersUpgrade = head.offersUpgrade
        host = head.host
        line = text(head.lineRange.range)
        methodName = text(head.methodRange.range)
        target = text(head.targetRange.range)
        path = text(head.pathRange.range)
        query = head.queryRange.map { text($0.range) }
        scheme = head.schemeRange.map { text($0.range) }
        authority = head.authorityRange.map { text($0.range) }
        self.byteCount = byteCount
        for i in 0..<head.fields.count {
            let field = head.fields[i]
            fields.append(
                Line(
                    name: field.name, key: text(field.nameRange), value: text(field.valueRange),
                    traits: field.traits))
        }
    }
}
