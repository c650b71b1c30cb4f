// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which server is asked next when one does not answer, or cannot. Pure.

/// One question for one kind of record, until a server has answered it.
struct ServerQuery {
    let question: Question
    /// The name that is asked for: that of the question, or one that it is an alias of.
    let name: QueryName
    let type: RecordType
    /// Which of the servers is asked.
    private(set) var server: Int
    private let serverCount: Int
    private var refusalCount = 0
    private var tryCount = 1

    init(
        _ question: Question, _ name: QueryName, _ type: RecordType, server: Int, of count: Int
    ) {
        self.question = question
        self.name = name
        self.type = type
        self.server = count > 0 ? server % count : 0
        serverCount = count
    }

    /// Turns to the next server; false if all of them have been asked often enough.
    ///
    /// A server that says that it cannot answer is not asked again, a silent one is: datagrams
    /// get lost.
    mutating func turn(after failure: ResolutionFailure, roundLimit: Int) -> Bool {
        if failure != .timedOut { refusalCount += 1 }
        guard failure != .notFound, refusalCount < serverCount,
            tryCount < serverCount * (serverCount > 1 ? roundLimit : 1)
        else { return false }
        tryCount += 1
        server = (server + 1) % serverCount
        return true
    }
}
