// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct FieldNameTests {
    private func recognise(_ name: String) -> FieldName {
        let bytes = Array(name.utf8)
        return FieldName.recognise(bytes.span)
    }

    @Test("Every name is recognised in any case", arguments: FieldName.allCases.dropFirst())
    func recognisesNames(name: FieldName) {
        let spelling = name.spelling.description
        #expect(recognise(spelling) == name)
        #expect(recognise(spelling.lowercased()) == name)
        #expect(recognise(spelling.uppercased()) == name)
    }

    @Test("A name with one byte changed is another", arguments: FieldName.allCases.dropFirst())
    func recognisesNothingElse(name: FieldName) {
        let spelling = Array(name.spelling.description.utf8)
        for i in spelling.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = spelling
                changed[i] = byte
                let isSame = (byte ^ spelling[i]) & ~0x20 == 0 && byte & 0x40 != 0
                if byte != spelling[i], !isSame {
                    #expect(FieldName.recognise(changed.span) != name)
                }
            }
        }
        let longer = spelling + [0x61]
        #expect(FieldName.recognise(longer.span) == .other)
        let shorter = Array(spelling.dropLast())
        #expect(FieldName.recognise(shorter.span) != name)
    }

    @Test("Names are found inside a head as well as alone")
    func recognisesInPlace() {
        let line = Array("xxHost: a".utf8)
        #expect(FieldName.recognise(line.span, at: 2, count: 4) == .host)
        #expect(FieldName.recognise(line.span, at: 7, count: 4) == .other)
        #expect(FieldName.recognise(line.span, at: -1, count: 4) == .other)
        let te = Array("TE:".utf8)
        #expect(FieldName.recognise(te.span, at: 0, count: 2) == .te)
    }
}
