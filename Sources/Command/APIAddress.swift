// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The short forms in which a peer may be given on the command line.

/// The address of a peer, as `--api` takes it.
package enum APIAddress {
    /// Turns `5000`, `:5000`, `host:5000`, `http://host:5000` and `unix:/path` into what `server`
    /// in an `upstream` block takes.
    static func normalized(_ text: String) throws(OptionError) -> String {
        if text.hasPrefix("unix:/"), text.utf8.allSatisfy(isPlain) { return text }
        var rest = Substring(text)
        if rest.hasPrefix("https://") {
            throw OptionError(
                message: "cannot reach \"\(text)\": peers are spoken to over plain HTTP",
                advice: "Use an http:// address.")
        }
        if rest.hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.hasPrefix(":") { rest = rest.dropFirst() }
        if !rest.isEmpty, rest.utf8.allSatisfy(isDigit) { rest = "127.0.0.1:" + rest }
        guard isHostAndPort(rest) else {
            throw OptionError(
                message: "invalid address of the API: \"\(text)\"",
                advice: "Write a port (5000), an address (10.0.0.5:5000) or http://host:port.")
        }
        return String(rest)
    }

    /// Whether the text is a host with or without a port, and nothing that the configuration
    /// language would read as anything else.
    private static func isHostAndPort(_ text: Substring) -> Bool {
        guard !text.isEmpty, !text.hasPrefix("-"), text.utf8.allSatisfy(isPlain),
            !text.utf8.contains(UInt8(ascii: "/"))
        else { return false }
        let isBracketed = text.hasPrefix("[")
        let afterHost = isBracketed ? text.drop { $0 != "]" }.dropFirst() : text.drop { $0 != ":" }
        if isBracketed, !text.contains("]") { return false }
        if afterHost.startIndex == text.startIndex { return false }
        if afterHost.isEmpty { return true }
        let digits = afterHost.dropFirst()
        guard afterHost.hasPrefix(":"), digits.utf8.allSatisfy(isDigit), let port = UInt16(digits)
        else { return false }
        return port > 0
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// Letters, digits and the few marks of host names, addresses and paths.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "["),
            UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
