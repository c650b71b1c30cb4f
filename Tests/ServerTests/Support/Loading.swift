// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Loads small configurations without touching a file system.

import Configuration
import Memory

@testable import Server

/// Loads a text with the prefix `/site/`, and with these files beside it.
func load(
    _ text: String, files: [String: String] = [:], configure: (inout LoadOptions) -> Void = { _ in }
) -> LoadedSite {
    let sources = files.map { SourceFile(path: $0.key, bytes: Array($0.value.utf8)) }
    var options = LoadOptions(
        .text(text, name: "test"), prefix: "/site/", reader: FileReader(files: sources))
    options.hostName = "Machine.example"
    configure(&options)
    return SiteLoader.load(options)
}

/// A configuration that should have been sound.
struct Refused: Error, CustomStringConvertible {
    let description: String
}

extension LoadedSite {
    /// The site; throws what is wrong with the configuration.
    func sound() throws -> Site {
        guard let site else { throw Refused(description: diagnostics.render(color: false)) }
        return site
    }

    /// Everything found, each as one line of a log, with its label.
    var findings: [String] {
        diagnostics.sorted.map { finding in
            let line = diagnostics.oneLine(finding)
            return finding.label.isEmpty ? line : line + " | " + finding.label
        }
    }
}

extension Site {
    /// The number of the first location with this name, in the order of the text.
    func location(_ name: String) -> Int? {
        (0..<locations.count).first { locations[$0].name == Array(name.utf8) }
    }
}

/// The settings of the location `name`, or of the server when there is none.
func settings(of text: String, location name: String = "") throws -> Settings {
    let site = try load(text).sound()
    guard let number = site.location(name) else { throw Refused(description: "no location") }
    return site.locations[number].settings
}

/// Text as the bytes that settings hold.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
