// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What those who serve streams ask and say for every request.
//
// It is asked here, and of several things together, because this module need not find out for each
// access whether another one is under way.

package import Memory

/// What is known of a request when its head has arrived.
package struct HTTP2StreamFacts: BitwiseCopyable {
    /// What is wrong with its head.
    package let flaw: HTTP2Flaw?
    /// Whether it asks for another protocol, by an extended CONNECT.
    package let isTunnel: Bool
    /// Whether its head was the whole request.
    package let isWithoutContent: Bool
    /// The bytes of its head as they came.
    package let headByteCount: Int
}

extension HTTP2Stream {
    /// What its head has told.
    package var facts: HTTP2StreamFacts {
        HTTP2StreamFacts(
            flaw: flaw, isTunnel: isTunnel, isWithoutContent: isWithoutContent,
            headByteCount: headByteCount)
    }

    /// Lets go of it, which may not be over, for whoever served it.
    package func leave() {
        client = nil
        withdraw()
        dropInput()
        if !isOutputEnded || !hasAnswered || !isSettled {
            session.reset(self, .internalError)
        } else if !isInputEnded {
            session.reset(self, .noError)
        }
    }
}

extension HTTP2Session {
    /// Has the owner look at it soon.
    ///
    /// - Returns: the owner; nil when that is going to happen anyway.
    package func schedule() -> SlotID? {
        guard !isScheduled else { return nil }
        isScheduled = true
        return owner
    }

    /// One of those whose head has arrived; nil behind the last one.
    package func started(at index: Int) -> HTTP2Stream? {
        index < started.count ? started[index] : nil
    }

    /// One of those that have ended; nil behind the last one.
    package func closed(at index: Int) -> HTTP2Stream? {
        index < closed.count ? closed[index] : nil
    }
}
