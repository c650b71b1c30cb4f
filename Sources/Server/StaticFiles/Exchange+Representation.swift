// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A file as a response: preconditions, ranges, status.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// Answers with the best representation of a file that the client can read.
    ///
    /// Spec: RFC 9110 §13 and §14; preconditions and ranges hold for plain 200 answers only.
    mutating func respond(
        with entry: FileEntryRef, _ services: inout Services
    ) -> ExchangeStep {
        if entry.awaitsContent, let step = waitForContent(of: entry, &services) { return step }
        let codings = acceptedCodings(&services)
        guard let representation = entry.representation(accepting: codings) else {
            return fail(500, &services)
        }
        response.status = errorStatus == 0 ? 200 : errorStatus
        if errorStatus == 0, !head.fields.present.isDisjoint(with: Self.conditionalFields) {
            switch evaluateConditions(entry, representation, &services) {
            case .whole: break
            case .notModified: return respondNotModified(entry, representation, &services)
            case .failed: return fail(412, &services)
            case .unsatisfiable: return respondUnsatisfiable(representation, &services)
            case .part(let range): return respond(with: range, of: entry, representation, &services)
            }
        }
        response.file.take(entry, representation, response.status == 200 ? .whole : .errorPage)
        response.contentLength = representation.byteCount
        response.statesLength = true
        response.source = .file
        response.end = representation.byteCount
        return complete(&services)
    }

    private static var conditionalFields: FieldNameSet {
        // Not the initialiser with a list: it would make an array for each request.
        FieldNameSet(.range).union(FieldNameSet(.ifNoneMatch))
            .union(FieldNameSet(.ifModifiedSince)).union(FieldNameSet(.ifMatch))
            .union(FieldNameSet(.ifUnmodifiedSince))
    }

    private enum Condition {
        case whole, notModified, failed, unsatisfiable
        case part(Range<Int>)
    }

    private func evaluateConditions(
        _ entry: FileEntryRef, _ representation: RepresentationRef, _ services: inout Services
    ) -> Condition {
        let rule = services.site.locations[locationIndex].settings.files.modifiedSince
        let tag = representation.entityTag
        let outcome = Preconditions.evaluate(
            head, bytes.readable, etag: tag.isEmpty ? nil : tag, lastModified: entry.lastModified,
            check: rule)
        switch outcome {
        case .notModified: return .notModified
        case .preconditionFailed: return .failed
        case .ignoreRange: return .whole
        case .proceed: break
        }
        guard let field = head.fields.first(of: .range), representation.allowsRanges else {
            return .whole
        }
        switch RangeSet.parse(bytes.span(field.valueRange), size: representation.byteCount) {
        case .single(let range): return .part(range)
        case .unsatisfiable: return .unsatisfiable
        case .multiple, .ignored: return .whole
        }
    }

    private mutating func respondNotModified(
        _ entry: FileEntryRef, _ representation: RepresentationRef, _ services: inout Services
    ) -> ExchangeStep {
        response.status = 304
        response.file.take(entry, representation, .notModified)
        return complete(&services)
    }

    private mutating func respondUnsatisfiable(
        _ representation: RepresentationRef, _ services: inout Services
    ) -> ExchangeStep {
        let size = representation.byteCount
        let step = fail(416, &services)
        if response.status == 416 {
            response.fields.append("Content-Range: bytes */")
            response.fields.append(decimal: size)
            response.fields.append("\r\n")
        }
        return step
    }

    private mutating func respond(
        with range: Range<Int>, of entry: FileEntryRef, _ representation: RepresentationRef,
        _ services: inout Services
    ) -> ExchangeStep {
        response.status = 206
        response.file.take(entry, representation, .part)
        response.fields.append("Content-Range: bytes ")
        response.fields.append(decimal: range.lowerBound)
        response.fields.append(byte: UInt8(ascii: "-"))
        response.fields.append(decimal: range.upperBound - 1)
        response.fields.append(byte: UInt8(ascii: "/"))
        response.fields.append(decimal: representation.byteCount)
        response.fields.append("\r\n")
        response.contentLength = range.count
        response.source = .file
        response.offset = range.lowerBound
        response.end = range.upperBound
        return complete(&services)
    }
}
