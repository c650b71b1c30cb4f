// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the server says of its HTTP/2.

import HTTP2
import Testing

@Suite struct HTTP2LibraryTests {
    @Test func `it is nghttp2 1`() { #expect(HTTP2Library.version.hasPrefix("1.")) }
}
