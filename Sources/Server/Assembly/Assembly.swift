// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A content that is put together of its own bytes and of what subrequests give.

internal import Memory

/// The parts of a content in the order in which they are to be given out.
///
/// Subrequests run side by side, and each waits with what does not fit into its queue until those
/// in front of it are through.
/// Limits: `childLimit` subrequests at once; `textByteLimit` of bytes between them, and what one
///         piece of the source adds.
final class Assembly {
    /// Bytes, or what a subrequest gives.
    final class Part {
        let child: Subrequest?
        fileprivate(set) var text = Buffer(capacity: 0)
        /// Whether anything has come of it.
        var hasOutput = false

        init(_ child: Subrequest? = nil) { self.child = child }
    }

    /// What must be known before the page can be read on.
    enum Pause {
        /// All parts so far.
        case parts
        /// Whether anything has come of the last part, or a block stands in for it.
        case stub(Part, block: [UInt8])
        /// What a variable is to be set to.
        case value([UInt8], Subrequest)
    }

    private(set) var parts: [Part] = []
    /// What has been taken of the first part, to be sent.
    var output = Buffer(capacity: 0)
    /// What has been read of the source and was not looked at yet.
    var input = Buffer(capacity: 0)
    /// What reads the source for commands; nil where it is passed on as it is.
    var page: IncludePage?
    var pause: Pause?
    /// The path of what comes behind the source.
    var pathBehind: [UInt8]?
    var isSourceOver = false
    /// Whether a subrequest is waited for.
    var isWaiting = false
    /// What a variable is to be set to, as far as it has come.
    var captured = Buffer(capacity: 0)

    static var childLimit: Int { 16 }
    static var textByteLimit: Int { 64 << 10 }

    /// Adds bytes behind everything that is there.
    func append(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        if parts.last?.child != nil || parts.isEmpty { parts.append(Part()) }
        parts[parts.count - 1].text.append(bytes)
    }

    func append(_ child: Subrequest) -> Part {
        let part = Part(child)
        parts.append(part)
        return part
    }

    func removeFirst() { parts.removeFirst() }

    /// Takes the bytes of a part that is no subrequest's.
    func takeText(of part: Part) {
        swap(&output, &part.text)
        part.text = Buffer(capacity: 0)
    }

    /// Whether enough waits already.
    var isFull: Bool {
        var (children, byteCount) = (0, 0)
        for part in parts {
            if part.child != nil { children += 1 }
            byteCount += part.text.count
        }
        return children >= Self.childLimit || byteCount >= Self.textByteLimit
    }

    /// Takes note that the first bytes of the output are gone.
    func didTake(_ byteCount: Int) { output.consume(byteCount) }

    /// Gives away what is to be read next.
    func takeInput() -> Buffer {
        var taken = Buffer(capacity: 0)
        swap(&taken, &input)
        return taken
    }
}
