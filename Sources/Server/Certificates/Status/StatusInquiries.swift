// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Asks authorities about certificates, without holding up anybody but those who wait for it.
//
// What an answer means, and whether it is to be believed, others decide.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS
internal import Resolver
internal import TLS

/// The inquiries of one thread.
///
/// Why: a poller of its own that the loop watches, so no slot of a client or a peer is taken.
/// Limits: `countLimit` at once; `HealthAnswer` for what an answer holds.
final class StatusInquiries {
    /// Who wants to know.
    enum Asker: Equatable {
        case client(SlotID)
        /// A task of `Stapling`.
        case stapling(Int)
    }

    /// One question to one responder.
    struct Inquiry {
        let asker: Asker
        let question: StatusQuestion
        let responder: StatusResponder
        /// That of the server for which it is asked.
        let location: Int
        /// The certificate in messages; empty for those of clients.
        let title: String
        /// The request as it is sent.
        let request: [UInt8]
        let beganAt: Instant
        var addresses: [SocketAddress] = []
        var addressIndex = 0
        var isResolving = false
        var connection: SlotID?
    }

    /// What came of an inquiry.
    struct Answer {
        let inquiry: Inquiry
        /// nil where there is none; the log knows why.
        let bytes: [UInt8]?
    }

    /// The clients whose handshakes wait.
    var checks: [SlotID: ClientStatusCheck] = [:]
    private var inquiries: [Inquiry?] = []
    private var freeNumbers: [Int] = []
    private var answers: [Answer] = []
    private var connections = Slab<HealthConnection>(capacity: countLimit)
    private var poller: Poller
    private var timers: TimerWheel

    static var countLimit: Int { 1_024 }

    /// How long connecting to an address, and every other step, may take.
    ///
    /// Spec: nginx ngx_ssl_stapling_certificate: a minute.
    /// Units: milliseconds.
    private static var connectTime: Int64 { 10_000 }
    private static var stepTime: Int64 { 60_000 }
    /// How often it is asked whether a name has addresses by now.
    private static var resolvingStep: Int64 { 50 }

    init(now: Instant) throws(Errno) {
        poller = try Poller()
        timers = TimerWheel(capacity: Self.countLimit, now: now)
    }

    /// What becomes readable when an inquiry can go on.
    var descriptor: Int32 { poller.number }

    /// How many there are.
    var count: Int { inquiries.count - freeNumbers.count }

    /// Units: milliseconds; nil for never.
    func sleepLimit(now: Instant) -> Int? {
        answers.isEmpty ? timers.nextDeadline(now: now) : 0
    }

    /// What has come of inquiries, each once.
    func takeAnswers() -> [Answer] {
        defer { answers = [] }
        return answers
    }

    // MARK: Driving

    /// Begins an inquiry, whose answer is told later in any case.
    ///
    /// - Returns: its number; nil when there are too many.
    func begin(
        _ asker: Asker, _ question: StatusQuestion, of responder: StatusResponder,
        location: Int, title: String, _ services: inout Services
    ) -> Int? {
        guard count < Self.countLimit, let bytes = question.bytes else {
            services.logError(
                .error, at: location,
                "too many questions while requesting certificate status, responder: "
                    + responder.name)
            return nil
        }
        let number = freeNumbers.popLast() ?? inquiries.count
        if number == inquiries.count { inquiries.append(nil) }
        inquiries[number] = Inquiry(
            asker: asker, question: question, responder: responder, location: location,
            title: title, request: responder.request(bytes), beganAt: services.clock.now)
        resolve(number, &services)
        return number
    }

    /// Forgets the inquiry of somebody who does not wait for it any more.
    func cancel(_ number: Int, of asker: Asker) {
        guard inquiries.indices.contains(number), inquiries[number]?.asker == asker else { return }
        remove(number)
    }

    private func remove(_ number: Int) {
        close(number)
        timers.disarm(UInt32(number))
        inquiries[number] = nil
        freeNumbers.append(number)
    }

    /// Does everything that can be done without waiting.
    func advance(_ services: inout Services) {
        let count = poller.wait(timeoutMilliseconds: 0)
        for index in 0..<count {
            let event = poller.event(index)
            guard let slot = connections.slot(for: SlotID(token: event.token)) else { continue }
            connections[slot].transport.note(event)
            advance(connections[slot].probe, slot, &services)
        }
    }

    /// Gives up what takes too long.
    func expire(_ services: inout Services) {
        while let id = timers.popExpired(now: services.clock.now) {
            let number = Int(id)
            guard let inquiry = inquiries[number] else { continue }
            if inquiry.isResolving {
                resolve(number, &services)
            } else {
                log("OCSP responder timed out (110: Connection timed out)", number, &services)
                tryNext(number, &services)
            }
        }
    }

    // MARK: One inquiry

    private func resolve(_ number: Int, _ services: inout Services) {
        guard let inquiry = inquiries[number] else { return }
        switch inquiry.responder.url.target {
        case .address(let address): inquiries[number]?.addresses = [address]
        case .name(let name, let port):
            let policy = services.site.locations[inquiry.location].settings.proxy.policy
            let resolution = services.resolver.resolve(
                name, from: policy.resolver, waiter: SlotID(index: 0, generation: 0),
                now: services.clock.now)
            services.watchResolver()
            switch resolution {
            case .pending
            where services.clock.now - inquiry.beganAt
                < Int64(policy.resolverTimeout):
                inquiries[number]?.isResolving = true
                return timers.arm(UInt32(number), at: services.clock.now + Self.resolvingStep)
            case .pending: return failResolving(number, .timedOut, &services)
            case .failed(let failure): return failResolving(number, failure, &services)
            case .addresses(let addresses):
                inquiries[number]?.addresses = addresses.map { .ip($0.with(port: port)) }
            }
        default: break
        }
        inquiries[number]?.isResolving = false
        dial(number, &services)
    }

    private func failResolving(
        _ number: Int, _ failure: ResolutionFailure, _ services: inout Services
    ) {
        let host = inquiries[number]?.responder.name ?? ""
        log("\(host) could not be resolved (\(failure.reason))", number, &services)
        finish(number, nil)
    }

    /// Begins to connect to the present address, or to the next one that can be.
    private func dial(_ number: Int, _ services: inout Services) {
        close(number)
        while let inquiry = inquiries[number], inquiry.addressIndex < inquiry.addresses.count {
            do throws(Errno) {
                let dialled = try Socket.connect(to: inquiry.addresses[inquiry.addressIndex])
                return try attach(dialled, number, &services)
            } catch {
                log("connect() failed (\(error))", number, &services)
                inquiries[number]?.addressIndex += 1
            }
        }
        finish(number, nil)
    }

    private func attach(
        _ dialled: consuming Socket.Connecting, _ number: Int, _ services: inout Services
    ) throws(Errno) {
        guard let inquiry = inquiries[number] else { return }
        let isConnecting = dialled.inProgress
        let descriptor = dialled.socket.number
        let connection = HealthConnection(
            Transport(connecting: dialled.take()), probe: number, at: services.clock.now)
        guard let id = connections.insert(connection), let slot = connections.slot(for: id) else {
            throw .tooManyOpenFiles
        }
        inquiries[number]?.connection = id
        do throws(Errno) {
            try poller.add(descriptor, token: id.token(tag: 0))
        } catch {
            close(number)
            throw error
        }
        if !isConnecting { connections[slot].transport.assumeConnected() }
        var request = Buffer(capacity: inquiry.request.count)
        request.append(inquiry.request)
        connections[slot].ask(request, keepsContent: true, headByteLimit: Self.headByteLimit)
        timers.arm(
            UInt32(number),
            at: services.clock.now + (isConnecting ? Self.connectTime : Self.stepTime))
        advance(number, slot, &services)
    }

    private static var headByteLimit: Int { 16 << 10 }

    private func advance(_ number: Int, _ slot: Int, _ services: inout Services) {
        let before = connections[slot].stage
        switch connections[slot].advance() {
        case .wait:
            guard connections[slot].stage != before else { return }
            timers.arm(UInt32(number), at: services.clock.now + Self.stepTime)
        // Only those are heard that are not asked by HTTP.
        case .answered, .heard: take(number, slot, &services)
        case .failed(let flaw):
            log(flaw.reasonOfResponder, number, &services)
            tryNext(number, &services)
        }
    }

    private func take(_ number: Int, _ slot: Int, _ services: inout Services) {
        let status = Int(connections[slot].answer.head.status.rawValue)
        guard status == 200 else {
            log("OCSP responder answered with status \(status)", number, &services)
            return finish(number, nil)
        }
        finish(number, [UInt8](copying: connections[slot].answer.content.readable))
    }

    private func tryNext(_ number: Int, _ services: inout Services) {
        inquiries[number]?.addressIndex += 1
        dial(number, &services)
    }

    private func finish(_ number: Int, _ bytes: [UInt8]?) {
        if let inquiry = inquiries[number] {
            answers.append(Answer(inquiry: inquiry, bytes: bytes))
            remove(number)
        }
    }

    private func close(_ number: Int) {
        if let slot = inquiries[number]?.connection.flatMap({ connections.slot(for: $0) }) {
            _ = connections.remove(at: slot)
        }
        inquiries[number]?.connection = nil
    }

    private func log(_ message: String, _ number: Int, _ services: inout Services) {
        guard let inquiry = inquiries[number] else { return }
        services.logError(.error, at: inquiry.location, message + inquiry.context)
    }
}

extension StatusInquiries.Inquiry {
    /// What messages about it end with.
    ///
    /// Spec: nginx ngx_ssl_ocsp_log_error.
    var context: String {
        var text = " while requesting certificate status, responder: \(responder.name)"
        if addressIndex < addresses.count {
            text += ", peer: " + String(decoding: addresses[addressIndex].text, as: UTF8.self)
        }
        if !title.isEmpty { text += ", certificate: \"\(title)\"" }
        return text
    }
}

extension HealthFlaw {
    /// What a responder has done wrong, in nginx's words.
    fileprivate var reasonOfResponder: String {
        switch self {
        case .headEndedEarly, .contentEndedEarly: "OCSP responder prematurely closed connection"
        case .malformedHead, .malformedContent, .unexpected:
            "OCSP responder sent invalid response"
        default: reason
        }
    }
}
