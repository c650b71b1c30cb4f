// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What worker threads count for everybody to see.

internal import OS

/// The numbers of a thread's line on the board: first those that only grow.
enum Counter: Int {
    /// Connections that were accepted, and that were taken on.
    case accepted
    case handled
    case requests
    /// Connections that are open.
    case active
    /// Those that send a head, and those whose request is being answered.
    case reading
    case writing
}

extension ProcessBoard {
    /// All workers together, old ones that still finish what they have among them.
    func total(_ counter: Counter) -> Int { max(0, total(counter.rawValue)) }

    /// Connections that have no request.
    var waitingCount: Int {
        max(0, total(.active) - total(.reading) - total(.writing))
    }
}

/// Counts for one thread.
struct ThreadCounters: BitwiseCopyable {
    /// Nil where there is no board with room for it.
    private let line: ProcessBoard.Line?

    init(_ shared: borrowing SharedState) {
        line = shared.board.takeLine(for: shared.lease)
    }

    func add(_ difference: Int, to counter: Counter) {
        if let line { line.add(difference, to: counter.rawValue) }
    }
}
