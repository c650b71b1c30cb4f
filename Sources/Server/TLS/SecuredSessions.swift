// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where exchanges find the TLS that they came by.

internal import Memory
internal import TLS

/// The TLS sessions of a thread's clients, by the names of their connections.
///
/// Why: an exchange may outlive the connection, as those of subrequests do for a moment; and a
///      reference in each of them would be counted with every request.
struct SecuredSessions {
    private struct Entry {
        var generation: UInt32 = 0
        var session: TLSSession?
        /// The name by which a server was chosen; nil where the client named none that has one.
        var name: [UInt8]?
    }

    private var entries: [Entry] = []

    /// The name of no connection.
    static var none: SlotID { SlotID(index: 0, generation: 0) }

    /// Remembers the session of a connection.
    mutating func insert(_ session: TLSSession, for id: SlotID, name: [UInt8]?) {
        let index = Int(id.index)
        while entries.count <= index { entries.append(Entry()) }
        entries[index] = Entry(generation: id.generation, session: session, name: name)
    }

    /// Forgets the session of a connection that ends.
    mutating func remove(_ id: SlotID) {
        let index = Int(id.index)
        guard index < entries.count, entries[index].generation == id.generation else { return }
        entries[index] = Entry()
    }

    /// The session of a connection, while it lasts.
    subscript(id: SlotID) -> TLSSession? { index(of: id).flatMap { entries[$0].session } }

    /// The name by which the server of a connection was chosen.
    func chosenName(of id: SlotID) -> [UInt8]? { index(of: id).flatMap { entries[$0].name } }

    private func index(of id: SlotID) -> Int? {
        let index = Int(id.index)
        guard id != Self.none, index < entries.count, entries[index].generation == id.generation
        else { return nil }
        return index
    }
}
