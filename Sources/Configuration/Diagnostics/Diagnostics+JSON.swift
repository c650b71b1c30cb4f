// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Prints diagnostics for programs.

extension Diagnostics {
    /// All findings as an array of JSON, one object on each line.
    ///
    /// Each has `file`, `line`, `column`, `length`, `severity`, `message`, `label` and `help`; what
    /// does not apply is null. Lines and columns count from 1, columns and lengths in characters.
    ///
    /// - Parameter errorsOnly: leaves out warnings, notes, and directives without effect.
    package func json(errorsOnly: Bool = false) -> String {
        let findings = sorted.filter { !errorsOnly || $0.severity == .error }
        var places = PlaceFinder(sources)
        var objects = findings.map { finding in
            object(
                finding.severity, finding.message, finding.label, finding.help,
                place: finding.location.flatMap { places.find($0) })
        }
        if !errorsOnly {
            objects += ignored.map {
                object(.note, "\"\($0.name)\" is accepted without effect", $0.why, nil, place: nil)
            }
        }
        return objects.isEmpty ? "[]\n" : "[\n  " + objects.joined(separator: ",\n  ") + "\n]\n"
    }

    private func object(
        _ severity: Diagnostic.Severity, _ message: String, _ label: String, _ help: String?,
        place: PlaceFinder.Place?
    ) -> String {
        func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "null" }
        func text(_ value: String?) -> String { value.map(jsonString) ?? "null" }
        let fields = [
            ("file", text(place?.file)), ("line", number(place?.line)),
            ("column", number(place?.column)), ("length", number(place?.length)),
            ("severity", text(severity.word)), ("message", text(message)),
            ("label", text(label.isEmpty ? nil : label)), ("help", text(help)),
        ]
        return "{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }
}

extension Diagnostic.Severity {
    /// The word for it in what is printed.
    package var word: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .note: "note"
        }
    }
}

/// Turns places in bytes into places in characters.
///
/// Cost: each file is searched for its lines once.
private struct PlaceFinder {
    struct Place {
        let file: String
        let line: Int
        let column: Int
        let length: Int
    }

    private let sources: [SourceFile]
    /// Where the lines of each file begin.
    private var lineStarts: [Int: [Int]] = [:]

    init(_ sources: [SourceFile]) {
        self.sources = sources
    }

    mutating func find(_ location: SourceLocation) -> Place? {
        guard sources.indices.contains(location.file) else { return nil }
        let bytes = sources[location.file].bytes
        let starts = starts(of: location.file)
        let index = min(max(location.line - 1, 0), starts.count - 1)
        let end = index + 1 < starts.count ? starts[index + 1] - 1 : bytes.count
        let first = min(starts[index] + max(location.column - 1, 0), end)
        let last = min(first + max(location.length, 0), end)
        return Place(
            file: sources[location.file].path, line: location.line,
            column: Self.characters(bytes[starts[index]..<first]) + 1,
            length: max(Self.characters(bytes[first..<last]), 1))
    }

    private mutating func starts(of file: Int) -> [Int] {
        if let known = lineStarts[file] { return known }
        let bytes = sources[file].bytes
        var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            starts.append(index + 1)
        }
        lineStarts[file] = starts
        return starts
    }

    private static func characters(_ bytes: ArraySlice<UInt8>) -> Int {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.count
    }
}

/// A text in quotes, with everything escaped that JSON wants escaped.
package func jsonString(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case "\r": quoted += "\\r"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
            let digits = String(scalar.value, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}
