// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A response's hold on a file of the cache.

internal import FileCache
internal import HTTP
internal import Memory

/// The representation that a response sends, and which of its field lines belong to it.
///
/// Within the turn in which the file was found no reference is counted; `keep` counts one when the
/// response outlives the turn.
struct FileHold: ~Copyable {
    private(set) var entry: FileEntryRef?
    private(set) var representation: RepresentationRef?
    /// Which of the file's field lines the response has.
    private(set) var lines: Lines = .none
    /// Whether `Content-Length` is left out, because the content is sent in chunks.
    var omitsLength = false
    private var isKept = false

    enum Lines: BitwiseCopyable {
        case none
        /// Those of a 200, `Content-Length` included.
        case whole
        /// Those of a 206.
        case part
        /// Those of a 206 with several parts.
        case parts
        /// Those of a 304.
        case notModified
        /// Those of a page for an error.
        case errorPage
    }

    init() {}

    deinit { if isKept { entry?.release() } }

    /// Takes a file for as long as the turn lasts.
    mutating func take(_ entry: FileEntryRef, _ representation: RepresentationRef, _ lines: Lines) {
        release()
        self.entry = entry
        self.representation = representation
        self.lines = lines
    }

    /// Whether parts of it may be asked for.
    var allowsRanges: Bool { representation?.allowsRanges ?? false }

    /// Says which of its field lines the response has.
    mutating func chooseLines(_ lines: Lines) { self.lines = lines }

    /// Keeps the file beyond the turn.
    mutating func keep() {
        guard !isKept, let entry else { return }
        entry.retain()
        isKept = true
    }

    /// Lets go of the file.
    mutating func release() {
        if isKept { entry?.release() }
        isKept = false
        entry = nil
        representation = nil
        lines = .none
        omitsLength = false
    }

    /// Appends the field lines that belong to the response.
    func appendLines(to output: inout Buffer) {
        guard let representation else { return }
        switch lines {
        case .none: break
        case .whole where omitsLength: representation.appendFieldsWithoutLength(to: &output)
        case .whole: output.append(representation.fields)
        case .part: output.append(representation.fieldsOfPart)
        case .parts: output.append(representation.fieldsOfParts)
        case .notModified: output.append(representation.fieldsOfNotModified)
        case .errorPage:
            representation.appendFieldsOfErrorPage(hasLength: !omitsLength, to: &output)
        }
    }

    /// Hands the field lines over: from now on the response has them itself.
    ///
    /// Not the length, because what comes later may change it.
    mutating func moveLines(to output: inout Buffer) {
        omitsLength = true
        appendLines(to: &output)
        lines = .none
    }

    /// The values of the lines that a variable's name stands for.
    func values(of name: [UInt8]) -> [[UInt8]] {
        var copy = Buffer(capacity: 0)
        appendLines(to: &copy)
        return FieldLines.values(of: name, in: copy.readable)
    }
}
