// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How other threads tell a loop something.

package import OS
internal import Synchronization

/// Messages to one loop from any thread.
///
/// The loop registers `number` with its poller, level-triggered, and calls `drain` when it is
/// readable.
package final class LoopMailbox<Message: Sendable>: Sendable {
    private let counter: EventCounter
    private let messages = Mutex<[Message]>([])

    package init() throws(Errno) { counter = try EventCounter() }

    /// What the poller watches.
    package var number: Int32 { counter.number }

    /// Leaves a message and wakes the loop.
    package func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        // The one who made it non-empty has woken the loop, and it has not looked yet.
        if wasEmpty { counter.signal() }
    }

    /// Takes all messages, in the order in which they were left.
    package func drain() -> [Message] {
        // First the counter, then the messages: a message that comes between wakes the loop once
        // more, and none is overlooked.
        _ = counter.drain()
        return messages.withLock { messages in
            let taken = messages
            messages = []
            return taken
        }
    }
}
