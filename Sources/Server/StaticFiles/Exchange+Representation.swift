// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A file as a response.

internal import FileCache
internal import HTTP

extension Exchange {
    /// Answers with the best representation of a file that the client can read.
    mutating func respond(
        with entry: FileEntryRef, _ services: inout Services
    ) -> ExchangeStep {
        if entry.awaitsContent, let step = waitForContent(of: entry, &services) { return step }
        let codings = acceptedCodings(&services)
        guard let representation = entry.representation(accepting: codings) else {
            return fail(500, &services)
        }
        response.status = errorStatus == 0 ? 200 : errorStatus
        response.file.take(entry, representation, response.status == 200 ? .whole : .errorPage)
        // Made already is better than better: a form that is there costs nothing.
        if !codings.isEmpty, representation.contentCoding == .identity {
            response.fileCoding = entry.codingToStream(accepting: codings)
        }
        response.contentLength = representation.byteCount
        response.statesLength = true
        response.source = .file
        response.offset = 0
        response.end = representation.byteCount
        return complete(&services)
    }
}
