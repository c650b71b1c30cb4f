// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The last touches on a response before a protocol takes it.

internal import HTTP
internal import Memory

extension Exchange {
    /// Adds what the configuration adds to every response, and ends routing.
    ///
    /// Every handler ends here, so nothing that is added can be forgotten by one of them.
    mutating func complete(_ services: inout Services) -> ExchangeStep {
        if let subrequest { return completeSubrequest(subrequest, &services) }
        if hasPreconditions, let step = applyPreconditions(&services) { return step }
        let steps = services.site.locations[locationIndex].steps
        if !proxy.keptFields.isEmpty { addKeptFields() }
        if keptLocation != nil { keepLocation(&services) }
        // Before fields are added: a Content-Type among those is nobody's to complete.
        if steps.contains(.namesCharset) || response.charset != nil { nameCharset(&services) }
        if !steps.isDisjoint(with: [.surrounds, .includes]) { beginAssembly(&services) }
        if steps.contains(.addsFields) { addFields(&services) }
        if !challenges.isEmpty { addChallenges() }
        if steps.contains(.substitutes) { substitute(&services) }
        if steps.contains(.encodes) { encodeContent(&services) }
        if head.fields.contains(.range), let step = applyRange(&services) { return step }
        if steps.contains(.hints) { hint(&services) }
        if steps.contains(.guardsErrors) { guardError() }
        if steps.contains(.limitsRate) || requestedRate != nil { setPace(&services) }
        if head.method == .head
            || !Status(rawValue: UInt16(clamping: response.status)).allowsContent
        {
            response.source = .none
            response.end = response.offset
        }
        stage = .responding
        return .respond
    }

    /// Adds a field line whose value lies in `bytes`.
    ///
    /// Spec: security: a value from a variable cannot end the line, so it cannot split the
    ///       response.
    mutating func appendField(_ name: [UInt8], _ value: ByteRange) {
        response.fields.append(name)
        response.fields.append(": ")
        response.fields.appendFieldValue(value.range, of: bytes)
        response.fields.append("\r\n")
    }
}

extension Buffer {
    /// Appends bytes of another buffer as a field value: without what could end the line.
    mutating func appendFieldValue(_ range: Range<Int>, of other: borrowing Buffer) {
        let text = other.span(range)
        for index in text.indices
        where text[index] != 0x0D && text[index] != 0x0A && text[index] != 0 {
            append(byte: text[index])
        }
    }
}
