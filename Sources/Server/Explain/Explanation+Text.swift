// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Prints explanations, for people and for programs.
//
// Prints no control character of a request or a response.

internal import Configuration

extension Explanation {
    /// The steps in their order, then what comes of it, one thing on each line.
    package var text: String {
        var text = Self.lines(of: request).map { $0 + "\n" }.joined() + "\n"
        for step in steps {
            text += Self.line(step.kind.rawValue, step.text + place(of: step, before: "  "))
            for detail in step.details { text += Self.line("", "  " + detail) }
        }
        text += "\n"
        if let peerRequest {
            text += Self.block("A peer would be sent", peerRequest)
            if !peerContent.isEmpty { text += Self.block("with the content", peerContent) }
        } else if !response.isEmpty {
            text += Self.block("The answer is", response)
        } else {
            text += "The connection is closed without an answer.\n"
        }
        return text
    }

    private static func line(_ kind: String, _ text: String) -> String {
        kind + String(repeating: " ", count: max(1, 10 - kind.count)) + plain(text) + "\n"
    }

    private static func block(_ title: String, _ head: [UInt8]) -> String {
        title + "\n" + lines(of: head).map { "    " + $0 + "\n" }.joined()
    }

    private func place(of step: Trace.Step, before: String) -> String {
        guard let place = step.place, sources.indices.contains(place.file) else { return "" }
        return "\(before)(\(sources[place.file].path):\(place.line))"
    }

    /// The lines of a head, without its empty last one.
    private static func lines(of head: [UInt8]) -> [String] {
        head.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
            return text.isEmpty ? nil : plain(text)
        }
    }

    /// The text with question marks for control characters.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }))
    }
}

extension Explanation {
    /// An object of JSON: `request`, `steps`, and `peer_request` or `response`, of which the
    /// lines of heads are arrays; with `peer_request` perhaps `peer_content`.
    package var json: String {
        let steps = steps.map { step in
            let place = step.place.flatMap { sources.indices.contains($0.file) ? $0 : nil }
            let file = place.map { jsonString(sources[$0.file].path) } ?? "null"
            return "    {\"kind\": \(jsonString(step.kind.rawValue)), "
                + "\"text\": \(jsonString(step.text)), "
                + "\"details\": \(Self.array(step.details)), "
                + "\"file\": \(file), \"line\": \(place.map { "\($0.line)" } ?? "null")}"
        }
        func head(_ bytes: [UInt8]?) -> String {
            guard let bytes, !bytes.isEmpty else { return "null" }
            return Self.array(Self.lines(of: bytes))
        }
        let content =
            peerContent.isEmpty
            ? "null" : jsonString(String(decoding: peerContent, as: UTF8.self))
        return """
            {
              "request": \(head(request)),
              "steps": [
            \(steps.joined(separator: ",\n"))
              ],
              "peer_request": \(head(peerRequest)),
              "peer_content": \(content),
              "response": \(head(response))
            }

            """
    }

    private static func array(_ texts: [String]) -> String {
        "[" + texts.map(jsonString).joined(separator: ", ") + "]"
    }
}
