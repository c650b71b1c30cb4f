// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where the blocks of a PEM file are. Knows nothing of what is in them.

/// One block: what stands between `-----BEGIN X-----` and `-----END X-----`.
struct PEMBlock: Equatable {
    /// What it says that it is, such as "RSA PRIVATE KEY".
    let label: String
    /// Where it begins, counted from 1.
    let line: Int
    /// The block with both of its marks.
    let range: Range<Int>
    /// Whether it has to be opened with a password.
    let isEncrypted: Bool

    var isCertificate: Bool {
        ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"].contains(label)
    }

    /// Whether OpenSSL reads it as a key; that of OpenSSH is in a form of its own.
    var isKey: Bool {
        label != "OPENSSH PRIVATE KEY"
            && (label == "PRIVATE KEY" || label.hasSuffix(" PRIVATE KEY"))
    }

    var isRevocationList: Bool { label == "X509 CRL" || label == "CRL" }

    var isDHParameters: Bool { label == "DH PARAMETERS" || label == "X9.42 DH PARAMETERS" }
}

/// The blocks of a text, in its order.
///
/// Spec: RFC 7468 §2: text outside of the blocks means nothing. What would make OpenSSL overlook a
///       block is a flaw here: the server would show another certificate than the file seems to
///       say.
struct PEMText {
    let bytes: [UInt8]
    private(set) var blocks: [PEMBlock] = []
    /// What is wrong with the text, and where.
    private(set) var flaw: (line: Int, text: String)?

    private var open: (label: String, line: Int, start: Int, isEncrypted: Bool)?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var (start, line) = (0, 1)
        while start < bytes.count, flaw == nil {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            read(start..<end, line)
            start = end + 1
            line += 1
        }
        if flaw == nil, let open {
            flaw = (open.line, "\"-----BEGIN \(open.label)-----\" has no \"-----END\"")
        }
    }

    /// One line, without its end.
    private mutating func read(_ range: Range<Int>, _ line: Int) {
        let text = bytes[range].reversed().drop { $0 <= UInt8(ascii: " ") }.reversed()
        if let label = Self.label(text, mark: Self.beginMark) {
            if let open {
                flaw = (open.line, "\"-----BEGIN \(open.label)-----\" has no \"-----END\"")
            }
            open = (label, line, range.lowerBound, label.hasPrefix("ENCRYPTED "))
        } else if let label = Self.label(text, mark: Self.endMark) {
            guard let begun = open, begun.label == label else {
                flaw = (line, "\"-----END \(label)-----\" ends nothing that has begun")
                return
            }
            blocks.append(
                PEMBlock(
                    label: label, line: begun.line,
                    range: begun.start..<min(range.upperBound + 1, bytes.count),
                    isEncrypted: begun.isEncrypted))
            open = nil
        } else if text.starts(with: Array("Proc-Type: 4,ENCRYPTED".utf8)) {
            open?.isEncrypted = true
        } else if Self.contains(text, Self.beginMark) {
            flaw = (line, "\"-----BEGIN\" is not at the beginning of the line")
        }
    }

    private static let beginMark = Array("-----BEGIN ".utf8)
    private static let endMark = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)

    private static func label(
        _ text: some BidirectionalCollection<UInt8>, mark: [UInt8]
    ) -> String? {
        guard text.starts(with: mark), text.suffix(dashes.count).elementsEqual(dashes),
            text.count >= mark.count + dashes.count
        else { return nil }
        let label = text.dropFirst(mark.count).dropLast(dashes.count)
        return String(decoding: label, as: UTF8.self)
    }

    private static func contains(_ text: some Collection<UInt8>, _ part: [UInt8]) -> Bool {
        var rest = text.dropFirst(0)
        while rest.count >= part.count {
            if rest.starts(with: part) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
