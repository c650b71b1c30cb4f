// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Fields that could end a line, wherever in them the byte is that does.

import HTTP2
import Memory
import Testing

@Suite struct HeadTextByteTests {
    /// What is wrong with a request that has one more field, made of bytes.
    private func flaw(_ name: [UInt8], _ value: [UInt8]) throws -> HTTP2Flaw? {
        let session = try #require(HTTP2Session(HTTP2Settings()))
        let field = [0, UInt8(name.count)] + name + [UInt8(value.count)] + value
        let request = ClientBytes.opening + ClientBytes.headers(1, ClientBytes.get() + field)
        try #require(receive(session, request))
        return try #require(session.started.first).flaw
    }

    @Test(arguments: 1...33)
    func `a byte that ends a line is found wherever it is`(_ count: Int) throws {
        let value = [UInt8](repeating: UInt8(ascii: "v"), count: count)
        #expect(try flaw([0x78], value) == nil)
        for offset in 0..<count {
            for byte in [0, 10, 13] as [UInt8] {
                var broken = value
                broken[offset] = byte
                #expect(try flaw([0x78], broken) == .fieldValue)
            }
        }
    }

    @Test(arguments: 1...20)
    func `a byte that no name has is found wherever it is`(_ count: Int) throws {
        let name = [UInt8](repeating: UInt8(ascii: "n"), count: count)
        #expect(try flaw(name, [0x78]) == nil)
        for offset in 0..<count {
            for byte in [0, 10, 13, 32, 58, 65, 90, 127] as [UInt8] where offset > 0 || byte != 58 {
                var broken = name
                broken[offset] = byte
                #expect(try flaw(broken, [0x78]) == .fieldName)
            }
        }
    }

    @Test func `each byte of a value but three is taken`() throws {
        for byte in 0...255 as ClosedRange<UInt8> {
            let isTaken = try flaw([0x78], Array("abcd".utf8) + [byte] + Array("efgh".utf8)) == nil
            #expect(isTaken == ![0, 10, 13].contains(byte))
        }
    }

    @Test func `each byte of a name is judged alike in short and long ones`() throws {
        for byte in 0...255 as ClosedRange<UInt8> {
            let short = try flaw([0x61, byte, 0x62], [0x78])
            let long = try flaw(Array("abcdefgh".utf8) + [byte] + Array("ijklmnop".utf8), [0x78])
            #expect(short == long)
        }
    }
}
