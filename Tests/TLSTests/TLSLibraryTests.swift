// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the server says of its TLS.

import TLS
import Testing

@Suite struct TLSLibraryTests {
    @Test func `it is OpenSSL 3`() { #expect(TLSLibrary.version.hasPrefix("3.")) }
}
