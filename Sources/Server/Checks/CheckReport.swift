// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Collects what checks find.

internal import Configuration

/// What the checks of a configuration found.
struct CheckReport {
    private struct Finding {
        let message: String
        let place: SourceLocation?
        let label: String
        let help: String?
        /// How often the same was found at other places.
        var otherCount = 0
    }

    private var findings: [Finding] = []
    /// The findings that are told once, by what they are.
    private var indexes: [String: Int] = [:]

    /// Warns of something at a place.
    mutating func warn(
        _ message: String, at place: SourceLocation?, label: String = "", help: String? = nil
    ) {
        findings.append(Finding(message: message, place: place, label: label, help: help))
    }

    /// Warns of something that is probably written many times: at the first place only.
    mutating func warnOnce(
        _ key: String, _ message: String, at place: SourceLocation?, label: String = "",
        help: String? = nil
    ) {
        if let known = indexes[key] { return findings[known].otherCount += 1 }
        indexes[key] = findings.count
        warn(message, at: place, label: label, help: help)
    }

    /// Adds everything to the diagnostics.
    func finish(_ diagnostics: inout Diagnostics) {
        for finding in findings {
            let others = finding.otherCount
            let more = others == 0 ? "" : ", and in \(others) more place\(others == 1 ? "" : "s")"
            diagnostics.add(
                Diagnostic(
                    finding.message, at: finding.place, label: finding.label + more,
                    help: finding.help, severity: .warning))
        }
    }
}
