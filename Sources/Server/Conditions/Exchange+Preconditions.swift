// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Whether the client has what it would be sent already, or has changed its mind if it does not.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// Whether there are preconditions, and a response that they can be about.
    ///
    /// Spec: RFC 9110 §13.2.1: they are ignored where the answer would not be a 2xx; like nginx we
    ///       take 200 only. A peer has judged for itself.
    var hasPreconditions: Bool {
        !head.fields.present.isDisjoint(with: Preconditions.names) && response.status == 200
            && response.source != .peer
    }

    /// Makes a 304 or 412 of a 200 if the preconditions say so.
    ///
    /// - Returns: the step to take instead of completing the response.
    mutating func applyPreconditions(_ services: inout Services) -> ExchangeStep? {
        let check = services.site.locations[locationIndex].settings.conditions.modifiedSince
        switch evaluatePreconditions(check) {
        case .proceed: return nil
        case .notModified:
            becomeNotModified()
            return nil
        case .preconditionFailed: return fail(412, &services)
        }
    }

    private func evaluatePreconditions(
        _ check: Preconditions.ModificationCheck
    ) -> Preconditions.Outcome {
        guard let entry = response.file.entry, let form = response.file.representation else {
            return Preconditions.evaluate(
                head, bytes.readable, etag: nil, lastModified: response.lastModified, check: check)
        }
        if response.fileCoding != .identity {
            return evaluatePreconditions(streamedTag, lastModified: entry.lastModified, check)
        }
        let tag = form.entityTag
        return Preconditions.evaluate(
            head, bytes.readable, etag: tag.isEmpty ? nil : tag, lastModified: entry.lastModified,
            check: check)
    }

    private func evaluatePreconditions(
        _ tag: borrowing Buffer, lastModified: Int?, _ check: Preconditions.ModificationCheck
    ) -> Preconditions.Outcome {
        Preconditions.evaluate(
            head, bytes.readable, etag: tag.isEmpty ? nil : tag.readable,
            lastModified: lastModified, check: check)
    }

    /// Leaves what a client needs to use the content that it has.
    ///
    /// Spec: RFC 9110 §15.4.5. Fields that the configuration adds come later, as for a 200.
    private mutating func becomeNotModified() {
        response.status = 304
        if response.file.lines == .none {
            response.removeField("Content-Type")
        } else {
            response.file.chooseLines(.notModified)
        }
        response.body.removeAll()
        response.source = .none
        response.offset = 0
        response.end = 0
        response.contentLength = nil
        response.statesLength = false
    }
}
