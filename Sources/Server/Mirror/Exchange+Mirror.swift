// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Copies of requests that nobody waits for.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Has copies of the request made, when its content is there if they are to have it.
    ///
    /// Spec: nginx ngx_http_mirror_module.
    /// - Returns: nil to go on with the next phase.
    mutating func mirror(_ services: inout Services) -> ExchangeStep? {
        let site = services.site
        if site.locations[locationIndex].settings.mirror.copiesContent, head.framing != .none,
            !content.isComplete
        {
            content.isStreamed = false
            stage = .needsContent
            return .receiveContent
        }
        for path in site.locations[locationIndex].settings.mirror.paths.elements {
            let copy = addSubrequest(
                .mirror, path: store(path), arguments: arguments, &services)
            guard copy != nil else { return fail(500, &services) }
        }
        return nil
    }
}
