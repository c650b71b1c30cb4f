// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the c-ares library tells through its callbacks: sockets that come and go, and answers.

internal import CCares
internal import OS

/// Collects what a channel tells, for the resolver to take.
///
/// Watches the channel's sockets with a poller of its own, so that the worker sees one descriptor
/// that never changes, and no socket number can be mistaken for one that has been closed.
final class AresReports {
    /// A socket of the channel on which something may be possible.
    struct Event {
        let number: Int32
        let isReadable: Bool
        let isWritable: Bool
    }

    private var poller: Poller
    private var sockets: [Int32] = []
    private var answers: [Answer] = []
    private var messages: [AresMessage] = []

    /// Whether a question is just being put: an answer that comes now is not from a server.
    var isAsking = false

    init() throws(Errno) { poller = try Poller() }

    /// What is readable while a socket of the channel is ready.
    var number: Int32 { poller.number }

    func takeAnswers() -> [Answer] {
        guard !answers.isEmpty else { return [] }
        defer { answers = [] }
        return answers
    }

    func append(_ answer: Answer) { answers.append(answer) }

    func takeMessages() -> [AresMessage] {
        guard !messages.isEmpty else { return [] }
        defer { messages = [] }
        return messages
    }

    func append(_ message: AresMessage) { messages.append(message) }

    // MARK: Sockets

    /// How many events there are now.
    func wait() -> Int { poller.wait(timeoutMilliseconds: 0) }

    func event(_ index: Int) -> Event {
        let event = poller.event(index)
        return Event(
            number: Int32(truncatingIfNeeded: event.token), isReadable: event.isReadable,
            isWritable: event.isWritable)
    }

    func isOpen(_ number: Int32) -> Bool { sockets.contains(number) }

    /// Called when a socket was opened, has something to send, or is about to be closed.
    func socketChanged(_ number: Int32, isOpen: Bool) {
        if isOpen {
            if !self.isOpen(number) { sockets.append(number) }
            rearm(number)
        } else {
            sockets.removeAll { $0 == number }
            poller.remove(number)
        }
    }

    /// Makes the poller report again what is still so, as far as the socket is still there.
    ///
    /// Why: the poller tells changes, but the library does not read a stream to its end, and does
    ///      not try to send at once.
    func rearm(_ number: Int32) {
        guard isOpen(number) else { return }
        poller.remove(number)
        // If the kernel has no memory for it, the question times out.
        try? poller.add(number, token: UInt64(UInt32(bitPattern: number)))
    }
}

/// What a server said, or that it did not.
struct AresMessage {
    /// The question's, as the caller has numbered it.
    let token: UInt64
    let outcome: Result<[UInt8], ResolutionFailure>
}

/// One question for one kind of record.
final class AresQuery {
    private let token: UInt64
    private let reports: AresReports

    init(_ token: UInt64, _ reports: AresReports) {
        self.token = token
        self.reports = reports
    }

    func finish(status: Int32, message: UnsafeMutablePointer<UInt8>?, count: Int32) {
        let outcome: Result<[UInt8], ResolutionFailure>
        if status == AresReports.success || ResolutionFailure(aresStatus: status) == .noAddress {
            let bytes = unsafe UnsafeBufferPointer(start: message, count: max(0, Int(count)))
            outcome = unsafe .success(Array(bytes))
        } else {
            outcome = .failure(ResolutionFailure(aresStatus: status))
        }
        reports.append(AresMessage(token: token, outcome: outcome))
    }
}

/// One question that the library has been given; it gives it back when it is settled.
final class AresQuestion {
    private let question: Question
    private let reports: AresReports

    init(_ question: Question, _ reports: AresReports) {
        self.question = question
        self.reports = reports
    }

    /// Hands the outcome to the reports.
    func finish(status: Int32, result: UnsafeMutablePointer<ares_addrinfo>?) {
        reports.append(Answer(question: question, outcome: unsafe outcome(status, result)))
    }

    private func outcome(
        _ status: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?
    ) -> Answer.Outcome {
        guard status == AresReports.success, let result = unsafe result else {
            return .failed(ResolutionFailure(aresStatus: status))
        }
        var addresses: [CompactAddress] = []
        var ttl = Int32.max
        var node = unsafe result.pointee.nodes
        while let current = unsafe node {
            if let address = unsafe CompactAddress(current.pointee) { addresses.append(address) }
            ttl = unsafe min(ttl, current.pointee.ai_ttl)
            unsafe node = current.pointee.ai_next
        }
        var alias = unsafe result.pointee.cnames
        while let current = unsafe alias {
            ttl = unsafe min(ttl, current.pointee.ttl)
            unsafe alias = current.pointee.next
        }
        guard !addresses.isEmpty else { return .failed(.noAddress) }
        // A TTL with the highest bit set counts as 0 (RFC 2181 §8).
        let seconds = Int64(max(0, ttl))
        return .found(addresses, ttlSeconds: reports.isAsking ? nil : seconds)
    }
}

extension AresReports {
    /// What every call of the library returns that went well.
    static var success: Int32 { 0 }

    /// Linux's numbers of the address families.
    static var anyFamily: Int32 { 0 }
    fileprivate static var ipv4Family: Int32 { 2 }
    fileprivate static var ipv6Family: Int32 { 10 }
}

extension CompactAddress {
    /// Reads the `sockaddr_in` or `sockaddr_in6` of a node; nil for anything else.
    fileprivate init?(_ node: ares_addrinfo_node) {
        guard let address = unsafe UnsafeRawPointer(node.ai_addr) else { return nil }
        let length = unsafe Int(node.ai_addrlen)
        switch unsafe node.ai_family {
        case AresReports.ipv4Family where length >= 8:
            let value = unsafe address.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            self.init(ipv4: UInt32(bigEndian: value), port: 0)
        case AresReports.ipv6Family where length >= 24:
            let high = unsafe address.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = unsafe address.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            self.init(ipv6: UInt64(bigEndian: high), UInt64(bigEndian: low), port: 0)
        default:
            return nil
        }
    }
}

extension ResolutionFailure {
    /// Why: numbers, because what the names are (macros, an enum) depends on the library's version.
    fileprivate init(aresStatus status: Int32) {
        switch status {
        case 1: self = .noAddress  // ARES_ENODATA
        case 2, 10: self = .badAnswer  // ARES_EFORMERR, ARES_EBADRESP
        case 3: self = .serverFailure  // ARES_ESERVFAIL
        case 4: self = .notFound  // ARES_ENOTFOUND
        case 5, 6: self = .refused  // ARES_ENOTIMP, ARES_EREFUSED
        case 8: self = .invalidName  // ARES_EBADNAME
        case 11: self = .unreachable  // ARES_ECONNREFUSED
        case 12: self = .timedOut  // ARES_ETIMEOUT
        case 14, 15: self = .outOfResources  // ARES_EFILE, ARES_ENOMEM
        default: self = .badAnswer
        }
    }
}
