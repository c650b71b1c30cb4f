// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The table at the end, and the line for each file.

internal import HTTP

extension PrecompressionReport.File {
    /// One line: the path, its size, and what became of each sibling.
    package func line(_ kinds: [SiblingKind]) -> String {
        let siblings = zip(kinds, outcomes).map { "\($0.name) \($1.text)" }
        return ([PathText.of(path), ByteText.of(byteCount)] + siblings).joined(separator: "  ")
    }

    /// How much of the file a client loads that takes this sibling: all of it where there is none.
    fileprivate func sentByteCount(_ kind: Int) -> Int {
        switch outcomes[kind] {
        case .written(let count), .kept(let count): count
        case .planned, .notSmaller, .removed, .failed: byteCount
        }
    }

    /// The extension, by which the table puts files together.
    fileprivate var type: String {
        guard let range = MediaTypes.fileExtension(of: path.span) else { return "" }
        return PathText.of(Array(path[range])).lowercased()
    }
}

extension SiblingOutcome {
    fileprivate var text: String {
        switch self {
        case .written(let count): ByteText.of(count)
        case .kept(let count): "\(ByteText.of(count)) (kept)"
        case .planned: "to do"
        case .notSmaller: "not smaller"
        case .removed: "removed"
        case .failed: "failed"
        }
    }
}

extension PrecompressionReport {
    /// A row for each type of file, and one for all; nothing when there is nothing to compare.
    package var table: [String] {
        guard !files.isEmpty, !isDryRun else { return [] }
        var groups: [String: [File]] = [:]
        for file in files { groups[file.type, default: []].append(file) }
        var rows = groups.map { (name: $0.key, files: $0.value) }
        rows.sort { first, second in
            let sizes = (Self.total(first.files), Self.total(second.files))
            return sizes.0 == sizes.1 ? first.name < second.name : sizes.0 > sizes.1
        }
        var cells = [["type", "files", "before"] + kinds.flatMap { [$0.name, "saved"] }]
        cells += rows.map { row($0.name, $0.files) }
        if rows.count > 1 { cells.append(row("all", files)) }
        return Self.aligned(cells)
    }

    private static func total(_ files: [File]) -> Int {
        files.reduce(0) { $0 + $1.byteCount }
    }

    private func row(_ name: String, _ files: [File]) -> [String] {
        let before = Self.total(files)
        let after = kinds.indices.map { kind in
            files.reduce(0) { $0 + $1.sentByteCount(kind) }
        }
        return [name, "\(files.count)", ByteText.of(before)]
            + after.flatMap { [ByteText.of($0), Self.saving(before, $0)] }
    }

    private static func saving(_ before: Int, _ after: Int) -> String {
        guard before > 0 else { return "0 %" }
        return ByteText.decimal(max(before - after, 0) * 100, per: before, 0) + " %"
    }

    /// The first column to the left, numbers to the right.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { $0[column].count }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? cell + gap : "  " + gap + cell
            }
            return line
        }
    }

    /// One line that says what was done.
    package var summary: String {
        guard !files.isEmpty else { return "nothing here is worth compressing" }
        let counts = [
            (count { if case .written = $0 { true } else { false } }, "written"),
            (count { $0 == .planned }, "to be written"),
            (count { if case .kept = $0 { true } else { false } }, "up to date"),
            (count { $0 == .notSmaller }, "not worth it"),
            (count { $0 == .removed }, "outdated and removed"),
            (failures.count, "failed"),
        ]
        return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}
