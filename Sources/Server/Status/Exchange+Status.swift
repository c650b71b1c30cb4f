// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The handler that tells how many connections and requests there are.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Answers with the numbers of all workers together.
    ///
    /// Spec: nginx ngx_http_stub_status_module, to the blank at the end of each line.
    mutating func serveStatus(_ services: inout Services) -> ExchangeStep {
        guard method == .get || method == .head else { return fail(405, &services) }
        let board = services.shared.board
        response.clear()
        response.status = 200
        writeLine([("Active connections: ", board.total(.active))])
        response.body.append("server accepts handled requests\n")
        writeLine([
            (" ", board.total(.accepted)), ("", board.total(.handled)),
            ("", board.total(.requests)),
        ])
        writeLine([
            ("Reading: ", board.total(.reading)), ("Writing: ", board.total(.writing)),
            ("Waiting: ", board.waitingCount),
        ])
        response.source = .body
        response.contentLength = response.body.count
        response.end = response.body.count
        response.add("Content-Type", "text/plain")
        return complete(&services)
    }

    private mutating func writeLine(_ values: [(name: StaticString, value: Int)]) {
        for (name, value) in values {
            response.body.append(name)
            response.body.append(decimal: value)
            response.body.append(" ")
        }
        response.body.append("\n")
    }
}
