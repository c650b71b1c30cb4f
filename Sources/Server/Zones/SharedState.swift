// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The memory that the threads of a worker share with each other and with other workers.

internal import Memory
package import OS

/// What the supervisor hands to a worker.
package struct SharedState: Sendable {
    let board: ProcessBoard
    let lease: ProcessLease
    /// The tables of `Site.zones`, in their order.
    let zones: [ZoneTable]

    /// Maps what was handed over: the board, and the zones in the order of `Site.sharedZones`.
    package init(
        _ site: Site, board: Int32, lease: ProcessLease, zones: [Int32]
    ) throws(Errno) {
        guard zones.count == site.zones.count else { throw .invalid }
        let board = ProcessBoard(
            try SharedMemory(mapping: board, byteCount: ProcessBoard.byteCount))
        var tables: [ZoneTable] = []
        for (index, number) in zones.enumerated() {
            let memory = try SharedMemory(
                mapping: number, byteCount: site.zones[index].byteCount)
            tables.append(ZoneTable(memory, board: board, lease: lease))
            _ = FileDescriptor(owning: number)
        }
        self.init(board, lease, tables)
    }

    /// Memory of a process that has no supervisor.
    init(privateFor site: Site) throws(Errno) {
        let board = ProcessBoard(try SharedMemory(privateByteCount: ProcessBoard.byteCount))
        guard let lease = board.grant(serial: 1) else { throw .invalid }
        var tables: [ZoneTable] = []
        for index in 0..<site.zones.count {
            let memory = try SharedMemory(privateByteCount: site.zones[index].byteCount)
            tables.append(ZoneTable(memory, board: board, lease: lease))
        }
        self.init(board, lease, tables)
    }

    private init(_ board: ProcessBoard, _ lease: ProcessLease, _ zones: [ZoneTable]) {
        self.board = board
        self.lease = lease
        self.zones = zones
    }
}
