// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How the engine gets at files without knowing what a file system is.

/// The two questions that reading a configuration asks of the file system.
///
/// Why: injected, so that the engine is tested without files, and so that a worker process can read
///      what the supervisor checked instead of what lies on the disk by now.
package struct FileReader {
    /// Why a file could not be read, in the words of the system.
    package struct Failure: Error, Sendable, Equatable {
        /// As the system says it, for example "No such file or directory".
        package let message: String

        /// Keeps the words of the system.
        package init(_ message: String) {
            self.message = message
        }
    }

    /// Reads a whole file.
    package let read: (String) throws(Failure) -> [UInt8]
    /// Names what lies in a directory, without order and without "." and ".."; empty when it
    /// cannot be listed.
    package let list: (String) -> [String]

    /// Makes a reader of the two functions.
    package init(
        read: @escaping (String) throws(Failure) -> [UInt8],
        list: @escaping (String) -> [String]
    ) {
        self.read = read
        self.list = list
    }

    /// A reader over files held in memory.
    ///
    /// Directories follow from the paths: each part of a path is listed in the part before it.
    package init(files: [SourceFile]) {
        var texts: [String: [UInt8]] = [:]
        var directories: [String: Set<String>] = [:]
        for file in files {
            var path = normalizedPath(file.path)
            texts[path] = file.bytes
            while let slash = path.lastIndex(of: "/") {
                let directory = slash == path.startIndex ? "/" : String(path[..<slash])
                guard path != directory else { break }
                directories[directory, default: []].insert(
                    String(path[path.index(after: slash)...]))
                path = directory
            }
            if !path.hasPrefix("/") { directories["", default: []].insert(path) }
        }
        let (knownTexts, knownDirectories) = (texts, directories)
        self.read = { path throws(Failure) in
            guard let text = knownTexts[normalizedPath(path)] else {
                throw Failure("No such file or directory")
            }
            return text
        }
        self.list = { Array(knownDirectories[normalizedPath($0)] ?? []) }
    }
}

/// Removes empty parts and "." from a path, and resolves "..", by its text alone.
///
/// Why: by text, so that two spellings of one file are recognised as the same include without
///      asking the file system; what symbolic links make equal is left to the depth limit.
package func normalizedPath(_ path: String) -> String {
    let isAbsolute = path.hasPrefix("/")
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
        if part == "..", let last = parts.last, last != ".." {
            parts.removeLast()
        } else if part != ".." || !isAbsolute {
            parts.append(part)
        }
    }
    return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
}
