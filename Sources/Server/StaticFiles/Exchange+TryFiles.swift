// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `try_files`.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Serves the first of the paths that exists.
    ///
    /// Spec: nginx `try_files`: what is found becomes the path, in the same location; the last
    ///       argument is an internal redirect or a status.
    /// - Returns: nil to go on with the location's handler.
    mutating func tryFiles(_ services: inout Services) -> ExchangeStep? {
        guard let rule = services.site.locations[locationIndex].tryFiles else { return nil }
        let cut = services.site.locations[locationIndex].settings.files.aliasNameCount
        addsPathToAlias = cut == .max
        let hidesDotfiles = services.site.locations[locationIndex].steps.contains(.hidesDotfiles)
        for candidate in rule.candidates {
            var path = evaluate(candidate.path, &services)
            if cut > 0, cut < .max, !sharesStart(path, with: uri, count: cut) {
                path = prefixed(path, withStartOf: uri, count: cut)
            }
            if hidesDotfiles, Dotfiles.isHidden(bytes.span(path.range)) { continue }
            setFilePath(path, &services)
            let kind = findFile(&services).kind
            if services.isTraced { traceFile(kind, for: "try_files", services) }
            guard isDirectory(kind, services) == candidate.isDirectory else { continue }
            uri = path
            return nil
        }
        switch rule.fallback {
        case .status(let status): return fail(status, &services)
        case .target(let template): return redirect(toFallback: template, &services)
        }
    }

    /// Whether `services.path` names a directory, or something else; nil when it names nothing.
    ///
    /// What may not be read is there all the same: that is for the handler to say.
    private func isDirectory(_ kind: FileKind, _ services: borrowing Services) -> Bool? {
        switch kind {
        case .file, .denied(.noSuchDevice): return false
        case .directory: return true
        case .denied(.accessDenied):
            let profile = services.site.locations[locationIndex].fileProfile
            do throws(Errno) {
                let place = try services.site.fileProfiles[profile].open(
                    services.path.copied(), .pathOnly)
                return try place.status().kind == .directory
            } catch {
                return nil
            }
        case .missing, .denied, .failed: return nil
        }
    }

    private mutating func redirect(
        toFallback template: Template, _ services: inout Services
    ) -> ExchangeStep {
        let target = evaluate(template, &services)
        if bytes.span(target.range).startsWith("@") {
            guard let named = services.site.hosts[hostIndex].named[copy(target)] else {
                services.logError(.error, self, "could not find a named location")
                return fail(500, &services)
            }
            return redirectInternally(toNamed: named, &services)
        }
        let (path, query) = splitQuery(target)
        return redirectInternally(to: path, arguments: query, &services)
    }

    /// Whether two paths agree in their first bytes, as those of an alias's location do.
    private func sharesStart(_ path: ByteRange, with other: ByteRange, count: Int) -> Bool {
        guard path.count >= count, other.count >= count else { return false }
        return bytes.span(path.range).extracting(0..<count)
            .equals(bytes.span(other.range).extracting(0..<count))
    }

    private mutating func prefixed(
        _ path: ByteRange, withStartOf other: ByteRange, count: Int
    ) -> ByteRange {
        let start = bytes.count
        bytes.append(copyOf: other.lowerBound..<other.lowerBound + min(count, other.count))
        bytes.append(copyOf: path.range)
        return ByteRange(start, bytes.count)
    }
}
