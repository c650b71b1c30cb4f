// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables about what connections and processes share.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds the numbers of `stub_status`, and what limits have said.
    mutating func sharedValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        let board = services.shared.board
        switch name {
        case .connectionsActive: return store(decimal: board.total(.active))
        case .connectionsReading: return store(decimal: board.total(.reading))
        case .connectionsWriting: return store(decimal: board.total(.writing))
        case .connectionsWaiting: return store(decimal: board.waitingCount)
        case .limitRequestsStatus: return limits.verdicts.requests.map { store($0.text) }
        case .limitConnectionsStatus: return limits.verdicts.connections.map { store($0.text) }
        default: return sessionValue(of: name, &services)
        }
    }
}
