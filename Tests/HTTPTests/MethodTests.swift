// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors

import HTTP
import Testing

@Suite struct MethodTests {
    @Test("Every method is recognised by its name", arguments: Method.allCases)
    func recognises(method: Method) {
        let name = method.spelling.description
        #expect(recognise(name) == method)
        #expect(recognise(name + "S") == .other)
        #expect(recognise(name.lowercased()) == .other)
    }

    private func recognise(_ name: String) -> Method {
        let name = bytes(name)
        return Method(name.span)
    }

    @Test("Reading is safe, and what is safe is idempotent", arguments: Method.allCases)
    func safety(method: Method) {
        #expect(method.isSafe == [.get, .head, .options, .trace, .propfind].contains(method))
        if method.isSafe { #expect(method.isIdempotent) }
        if [.post, .patch, .connect, .lock, .other].contains(method) {
            #expect(!method.isIdempotent)
        }
    }
}
