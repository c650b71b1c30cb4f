// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Finds every place that a path with symbolic links in it leads through.

internal import OS

/// Follows paths step by step, as the kernel does.
enum LinkWalk {
    /// The symbolic links that the paths lead through, and the places where they end.
    static func places(of paths: [[UInt8]]) -> [[UInt8]] {
        var places: [[UInt8]] = []
        for path in paths { places += self.places(of: path) }
        return places
    }

    /// Limits: as many links as the kernel follows; what is behind those cannot be opened anyway.
    private static func places(of path: [UInt8]) -> [[UInt8]] {
        var places: [[UInt8]] = []
        var ahead = names(of: path[...])
        var behind: [UInt8] = []
        var linkCount = 0
        while let name = ahead.popLast() {
            if name.elementsEqual([dot]) { continue }
            if name.elementsEqual([dot, dot]) {
                behind = Array(behind[..<(behind.lastIndex(of: slash) ?? 0)])
                continue
            }
            let here = behind + [slash] + name
            do throws(Errno) {
                let target = try FileSystem.readLink(here)
                linkCount += 1
                places.append(here)
                guard linkCount <= linkLimit else { return places }
                if target.first == slash { behind = [] }
                ahead += names(of: target[...])
            } catch {
                behind = here
                // A name that is not a link is what most are; behind one that is nothing at all
                // there is nothing to find.
                if error != .invalid { break }
            }
        }
        places.append(behind.isEmpty ? [slash] : behind)
        return places
    }

    /// The names of a path, the first one last.
    private static func names(of path: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        path.split(separator: slash).reversed()
    }

    private static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")
    private static var linkLimit: Int { 40 }
}
