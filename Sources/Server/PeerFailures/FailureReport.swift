// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a client is told when no peer could answer.
//
// This file and those that write it out know nothing of exchanges.

internal import HTTP
internal import Memory

/// What a client is told when no peer could answer.
struct FailureReport {
    /// One peer that was asked.
    struct Try {
        /// As `$upstream_addr` says it.
        let address: [UInt8]
        let reason: String
        /// Units: milliseconds.
        let duration: Int
        var lastAnswer: LastAnswer?
    }

    /// What a peer said when it still did.
    struct LastAnswer {
        let status: Int
        /// Units: milliseconds.
        let age: Int
    }

    let status: Int
    /// `$request_id`.
    let requestID: [UInt8]
    /// Whether asking again is asking for the same.
    let isRepeatable: Bool
    /// nil for clients that are not told.
    var tries: [Try]?

    var title: StaticString { Status(rawValue: UInt16(clamping: status)).title ?? "Error" }

    /// What happened, in words that say nothing of the machines.
    var summary: StaticString {
        status == 504
            ? "The application behind this server did not answer in time."
            : "The application behind this server cannot be reached."
    }
}

extension FailureReport {
    /// Writes `application/problem+json`.
    ///
    /// Spec: RFC 9457 §3. The instance is the number of the request as a URN, which is in the log.
    func writeProblem(to output: inout Buffer) {
        // The title without the number before it.
        let reason = title.description.drop { $0 != " " }.dropFirst()
        output.append("{\"type\":\"about:blank\",\"title\":\"")
        output.append(jsonText: Array(reason.utf8).span)
        output.append("\",\"status\":")
        output.append(decimal: status)
        output.append(",\"detail\":\"")
        output.append(summary)
        output.append("\",\"instance\":\"urn:uuid:")
        for (index, byte) in requestID.enumerated() {
            if [8, 12, 16, 20].contains(index) { output.append("-") }
            output.append(byte: byte)
        }
        output.append("\",\"request_id\":\"")
        output.append(requestID)
        output.append("\"")
        if let tries {
            output.append(",\"peers\":[")
            for (index, attempt) in tries.enumerated() {
                if index > 0 { output.append(",") }
                attempt.writeProblem(to: &output)
            }
            output.append("]")
        }
        output.append("}\n")
    }
}

extension FailureReport.Try {
    /// Spec: RFC 8259 §8.1 wants UTF-8, and the path of a socket may be anything.
    fileprivate func writeProblem(to output: inout Buffer) {
        output.append("{\"address\":\"")
        output.append(jsonText: ListingText.repaired(address.span).span)
        output.append("\",\"reason\":\"")
        output.append(jsonText: Array(reason.utf8).span)
        output.append("\",\"milliseconds\":")
        output.append(decimal: duration)
        if let lastAnswer {
            output.append(",\"last_answer\":{\"status\":")
            output.append(decimal: lastAnswer.status)
            output.append(",\"milliseconds_ago\":")
            output.append(decimal: lastAnswer.age)
            output.append("}")
        }
        output.append("}")
    }
}
