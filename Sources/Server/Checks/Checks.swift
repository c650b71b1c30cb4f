// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What loads but hurts: every check there is, and the walk that asks them.
//
// A check looks at the text of one block and the blocks around it. It changes nothing, and a
// configuration that is served is never held up by one: they run for `-t` and `beranda check`.

internal import Configuration

/// What checks may ask of the machine.
package struct CheckSurroundings {
    /// Whether there is a folder at a path; nil when that cannot be known.
    package var isFolder: (String) -> Bool?

    package init(isFolder: @escaping (String) -> Bool?) {
        self.isFolder = isFolder
    }
}

/// The checks.
struct Checks {
    /// What relative paths are relative to; ends with a slash.
    let prefix: String
    let surroundings: CheckSurroundings

    private typealias Check = @Sendable (Checks, CheckedBlock, inout CheckReport) -> Void

    /// Those that look at a server.
    private static let ofServers: [Check] = [
        { $0.unreachableLocations($1, &$2) }, { $0.answeredServer($1, &$2) },
        { $0.rootOfOneLocation($1, &$2) }, { $0.repeatedRoots($1, &$2) },
        { $0.namesOfNobody($1, &$2) },
    ]

    /// Those that look at a location.
    private static let ofLocations: [Check] = [
        { $0.pageForMissingAssets($1, &$2) }, { $0.slashesOfProxyPass($1, &$2) },
        { $0.limitOfUploads($1, &$2) }, { $0.hiddenRequestFields($1, &$2) },
        { $0.unreachableLocations($1, &$2) },
    ]

    /// Those that look at every block in which requests are answered.
    private static let ofAll: [Check] = [
        { $0.addedContentType($1, &$2) }, { $0.missingFolders($1, &$2) },
        { $0.typesToCompress($1, &$2) }, { $0.constantUpgrade($1, &$2) },
        { $0.pageWithStatusOfError($1, &$2) }, { $0.rulesBehindAll($1, &$2) },
        { $0.oldProtocols($1, &$2) }, { $0.passwordsOfNobody($1, &$2) },
    ]

    /// Runs all checks.
    func run(_ statements: [Statement], _ diagnostics: inout Diagnostics) {
        var report = CheckReport()
        visit(CheckedBlock(nil, statements, around: nil), &report)
        report.finish(&diagnostics)
    }

    private func visit(_ block: CheckedBlock, _ report: inout CheckReport) {
        var checks: [Check] = []
        switch block.kind {
        case .server: checks = Self.ofServers + Self.ofAll
        case .location: checks = Self.ofLocations + Self.ofAll
        case .main, .http: checks = Self.ofAll
        case .condition: checks = [{ $0.conditionAsLocation($1, &$2) }]
        case .upstream, .other: return
        }
        for check in checks { check(self, block, &report) }
        for inner in block.blocks { visit(inner, &report) }
    }

    /// A path as the configuration writes it, made absolute.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : prefix + path }
}
