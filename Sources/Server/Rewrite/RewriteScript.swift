// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What `set` and `return` do, in the order in which they are written.

internal import HTTP
internal import Memory

extension Exchange {
    /// Runs the script of a location, or of the server by its root location.
    ///
    /// - Returns: nil to go on with the next phase.
    mutating func runScript(
        ofLocation location: Int, _ services: inout Services
    ) -> ExchangeStep? {
        guard services.site.locations[location].steps.contains(.hasScript) else { return nil }
        let script = services.site.locations[location].script
        for step in script {
            switch step {
            case .set(let index, let template):
                values[index] = evaluate(template, &services)
            case .setRate(let template): setRate(evaluate(template, &services), &services)
            case .finish(let status, let template):
                locationIndex = location
                return finish(status, template, &services)
            }
        }
        return nil
    }

    /// Answers as `return` says.
    ///
    /// Spec: nginx: below 400 a `return` without a text is one with an empty text.
    private mutating func finish(
        _ status: Int, _ template: Template?, _ services: inout Services
    ) -> ExchangeStep {
        if template == nil, status >= 400 { return fail(status, &services) }
        let text = evaluate(template ?? Template([]), &services)
        if [301, 302, 303, 307, 308].contains(status) {
            return answerBuiltIn(status, location: text, &services)
        }
        response.clear()
        response.status = errorStatus == 0 ? status : errorStatus
        let type = services.site.locations[locationIndex].settings.files.mediaType(
            of: bytes.span(uri.range))
        if status != 204, !type.isEmpty { response.add("Content-Type", type.span) }
        response.body.append(text.range, of: bytes)
        response.contentLength = text.count
        response.end = text.count
        response.source = .body
        return complete(&services)
    }
}
