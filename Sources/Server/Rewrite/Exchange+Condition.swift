// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an `if` asks of a request.

internal import HTTP
internal import Memory
internal import OS
internal import Regex

extension Exchange {
    /// Whether a condition holds; nil when a pattern met its limits.
    mutating func isMet(
        _ condition: RewriteCondition, escapingCaptures: Bool, _ services: inout Services
    ) -> Bool? {
        switch condition {
        case .holds(let variable):
            guard let value = value(of: variable, &services) else { return false }
            let text = bytes.span(value.range)
            return !text.isEmpty && !text.equals("0")
        case .equals(let variable, let template, let isNegated):
            let left = value(of: variable, &services) ?? ByteRange()
            let right = evaluate(template, escapingCaptures: escapingCaptures, &services)
            return bytes.span(left.range).equals(bytes.span(right.range)) != isNegated
        case .matches(let variable, let regex, let pattern, let isNegated):
            let subject = value(of: variable, &services) ?? ByteRange()
            switch match(regex, pattern, subject, &services) {
            case .matched: return !isNegated
            case .noMatch: return isNegated
            case .limit: return nil
            }
        case .file(let test, let template, let isNegated):
            let path = evaluate(template, escapingCaptures: escapingCaptures, &services)
            return answers(test, path, &services) != isNegated
        }
    }

    /// Asks the file system, links followed.
    private func answers(
        _ test: RewriteCondition.FileTest, _ path: ByteRange, _ services: inout Services
    ) -> Bool {
        let status: FileStatus
        do throws(Errno) {
            status = try FileSystem.status(copy(path))
        } catch {
            if error != .noSuchFile, error != .notDirectory, error != .nameTooLong {
                services.logError(.critical, self, "stat() \"\(logged(path))\" failed (\(error))")
            }
            return false
        }
        switch test {
        case .isRegular: return status.kind == .regular
        case .isDirectory: return status.kind == .directory
        case .exists: return status.kind == .regular || status.kind == .directory
        case .isExecutable: return status.mode & 0o100 != 0
        }
    }
}
