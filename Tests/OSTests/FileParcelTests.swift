// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Files on their way between processes, in pieces of any size.

import OS
import Testing

@Suite struct FileParcelTests {
    private let parcel = FileParcel([
        FileParcel.Item(path: Array("/a".utf8), content: .bytes([1, 2, 3])),
        FileParcel.Item(path: [], content: .bytes([])),
        FileParcel.Item(path: Array("/b".utf8), content: .failed(.noSuchFile)),
    ])

    @Test func `a parcel arrives as it was sent, however it is cut`() {
        let bytes = parcel.encoded
        for cut in 0...bytes.count {
            var reader = FileParcelReader()
            reader.receive(Array(bytes[..<cut]))
            let early = reader.next()
            #expect((early != nil) == (cut == bytes.count))
            reader.receive(Array(bytes[cut...]))
            #expect((early ?? reader.next()) == parcel)
            #expect(reader.next() == nil && !reader.isBroken)
        }
    }

    @Test func `several follow each other`() {
        var reader = FileParcelReader()
        reader.receive(parcel.encoded + FileParcel([]).encoded + parcel.encoded)
        #expect(reader.next() == parcel)
        #expect(reader.next() == FileParcel([]))
        #expect(reader.next() == parcel)
        #expect(reader.next() == nil)
    }

    @Test(arguments: [
        [UInt8](repeating: 0xFF, count: 8), [0, 0, 0, 0, 0, 0, 0, 1],
        [8, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],
        [3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],
    ])
    func `what makes no sense ends the reading`(bytes: [UInt8]) {
        var reader = FileParcelReader()
        reader.receive(bytes)
        #expect(reader.next() == nil)
        #expect(reader.isBroken)
        reader.receive(parcel.encoded)
        #expect(reader.next() == nil)
    }
}
