// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct StatusTests {
    @Test("A status line is code and reason", arguments: UInt16(0)...1000)
    func lines(code: UInt16) {
        let status = Status(rawValue: code)
        let line = status.line.map { $0.description }
        #expect(line == status.reason.map { "HTTP/1.1 \(code) \($0)\r\n" })
    }

    @Test("nginx's own codes are 400 on the wire", arguments: UInt16(494)...497)
    func ownCodes(code: UInt16) {
        let status = Status(rawValue: code)
        #expect(status.onTheWire == .badRequest)
        #expect(status.title?.description.hasPrefix("400 ") == true)
    }

    @Test("Responses without content are known")
    func content() {
        #expect(!Status.noContent.allowsContent)
        #expect(!Status.notModified.allowsContent)
        #expect(!Status.switchingProtocols.allowsContent)
        #expect(Status.ok.allowsContent)
        #expect(Status.notFound.isError)
        #expect(Status.movedPermanently.isRedirection)
    }
}
