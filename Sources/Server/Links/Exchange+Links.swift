// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which part of a path may lead through any symbolic links.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// Marks the trusted part of `services.path` for the file cache.
    ///
    /// Spec: nginx `disable_symlinks`: a path that `from` is all of is trusted as a whole.
    mutating func markTrustedPath(_ services: inout Services) {
        // What leads out of an alias is nothing.
        if services.path.isEmpty { return }
        let rootCount = services.site.locations[locationIndex].trustedRootCount
        if rootCount > 0 { return markTrustedRoot(rootCount, &services.path) }
        let links = services.site.locations[locationIndex].settings.links
        var trusted: ByteRange?
        if let part = links.trustedPart {
            trusted = evaluate(part, &services)
        } else if links.policy == .beneath {
            trusted = storeDocumentRoot(&services)
        }
        let count = trusted.map { trustedByteCount($0, services.path.readable) } ?? 0
        let marked = TrustedPath.mark(services.path.copied(), trusting: count)
        services.path.removeAll()
        services.path.append(marked)
    }

    /// Puts the mark behind the root: a slash more.
    ///
    /// Why: the usual case, and files are looked for often; this allocates nothing.
    private func markTrustedRoot(_ count: Int, _ path: inout Buffer) {
        guard count <= path.count else { return }
        path.append(byte: 0)
        var bytes = path.mutableReadable
        var index = bytes.count - 1
        while index > count {
            bytes[index] = bytes[index - 1]
            index -= 1
        }
        bytes[count] = UInt8(ascii: "/")
    }

    /// How much of a path is trusted where `part` is.
    private func trustedByteCount(_ part: ByteRange, _ path: Span<UInt8>) -> Int {
        let text = bytes.span(part.range)
        guard !text.isEmpty, path.startsWith(text) else { return 0 }
        let slash = UInt8(ascii: "/")
        if text.count == path.count || path[text.count] == slash { return text.count }
        return path[text.count - 1] == slash ? text.count : 0
    }

    /// Makes `services.path` readable again, for the log.
    func unmarkPath(_ services: inout Services) {
        guard services.site.locations[locationIndex].steps.contains(.checksLinks) else { return }
        let path = TrustedPath.unmarked(services.path.copied())
        services.path.removeAll()
        services.path.append(path)
    }
}
