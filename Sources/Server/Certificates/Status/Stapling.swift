// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Keeps statements of authorities about the certificates that are shown, so that clients need not
// ask for them.
//
// One thread of the process has it. No handshake waits for it: where there is no statement, none is
// handed out.

internal import EventLoop
internal import Memory
internal import OS
internal import TLS

/// A certificate about which an authority is asked.
struct StapleSubject: Sendable {
    let question: StatusQuestion
    let responder: StatusResponder
    /// The file of the certificate.
    let name: String
}

/// The statements that are to be had, and when they are asked for.
///
/// Why: asked for before the first client wants one. Some certificates say that they must not be
///      believed without, and then the first client would be turned away.
final class Stapling {
    /// One certificate, which several hosts may show.
    private struct Task {
        let subject: StapleSubject
        /// Indices of `Site.hosts`.
        var hosts: [Int]
        /// When it is asked next; nil while it is being asked.
        var dueAt: Instant?
        var failureCount = 0
    }

    private var tasks: [Int: Task] = [:]
    private var numbers: [[UInt8]: Int] = [:]
    private var lastNumber = 0
    private var askedCount = 0

    init(_ services: borrowing Services) { collect(services) }

    /// How many are asked at once.
    private static var askedLimit: Int { 8 }

    /// Units: milliseconds.
    private static var longestPause: Int64 { 300_000 }
    private static var shortestPause: Int64 { 1_000 }

    /// How long before its end a statement is asked for again, and how often at least.
    ///
    /// Spec: nginx ngx_ssl_stapling_ocsp_handler.
    /// Units: seconds.
    private static var leastRest: Int64 { 300 }
    private static var longestRest: Int64 { 3_600 }

    /// When something is to be asked.
    var nextDeadline: Instant? {
        askedCount < Self.askedLimit ? tasks.values.compactMap(\.dueAt).min() : nil
    }

    /// Takes note of the certificates that are shown now.
    func collect(_ services: borrowing Services) {
        let site = services.site
        var current: Set<Int> = []
        for host in 0..<site.hosts.count {
            for subject in site.hosts[host].tls?.stapleSubjects ?? [] {
                let key =
                    subject.question.certificate.digest + subject.responder.url.peerName
                    + (subject.responder.url.path ?? [])
                let number = number(of: key)
                if !current.insert(number).inserted {
                    tasks[number]?.hosts.append(host)
                } else if tasks[number] == nil {
                    tasks[number] = Task(
                        subject: subject, hosts: [host], dueAt: services.clock.now)
                } else {
                    tasks[number]?.hosts = [host]
                }
            }
        }
        numbers = numbers.filter { current.contains($0.value) }
        for (number, task) in tasks where !current.contains(number) {
            if task.dueAt == nil { askedCount -= 1 }
            tasks[number] = nil
        }
    }

    private func number(of key: [UInt8]) -> Int {
        if let known = numbers[key] { return known }
        lastNumber += 1
        numbers[key] = lastNumber
        return lastNumber
    }

    /// Asks what is due.
    func ask(_ services: inout Services) {
        guard let inquiries = services.inquiries else { return }
        let now = services.clock.now
        for (number, task) in tasks {
            guard askedCount < Self.askedLimit else { return }
            guard let dueAt = task.dueAt, dueAt <= now else { continue }
            let location = services.site.hosts[task.hosts[0]].rootLocation
            let isAsked =
                inquiries.begin(
                    .stapling(number), task.subject.question, of: task.subject.responder,
                    location: location, title: task.subject.name, &services) != nil
            tasks[number]?.dueAt = isAsked ? nil : now + Self.longestPause
            if isAsked { askedCount += 1 }
        }
    }

    /// Takes what has come of an inquiry.
    func take(_ answer: StatusInquiries.Answer, of number: Int, _ services: inout Services) {
        guard let task = tasks[number] else { return }
        askedCount -= 1
        var end: Int64?
        for host in task.hosts {
            guard let bytes = answer.bytes, let tls = services.site.hosts[host].tls else {
                continue
            }
            do throws(StatusFlaw) {
                let until = try tls.staple(bytes, about: answer.inquiry.question)
                end = min(end ?? .max, until)
            } catch {
                let location = services.site.hosts[host].rootLocation
                services.logError(.error, at: location, error.message + answer.inquiry.context)
            }
        }
        guard let end else { return postpone(number, services.clock.now) }
        let rest = end &- Int64(services.clock.wallSeconds) &- Self.leastRest
        let pause = max(min(rest, Self.longestRest), Self.leastRest)
        tasks[number]?.failureCount = 0
        tasks[number]?.dueAt = services.clock.now + pause * 1000
    }

    /// Asks again later: soon for the first time, since a network may just be coming up.
    private func postpone(_ number: Int, _ now: Instant) {
        let count = tasks[number]?.failureCount ?? 0
        let pause = min(Self.shortestPause << Int64(min(count, 16)), Self.longestPause)
        tasks[number]?.failureCount = count + 1
        tasks[number]?.dueAt = now + pause
    }
}

extension TLSSettings {
    /// The certificates about which authorities can be asked, and why others cannot.
    ///
    /// Spec: nginx ngx_ssl_stapling_certificate.
    func stapleSubjects(
        of plans: [CertificatePlan], _ credentials: [Credential], _ context: TLSContext
    ) -> (found: [StapleSubject], flaws: [String]) {
        var (found, flaws): ([StapleSubject], [String]) = ([], [])
        guard staples, staplingFile == nil else { return (found, flaws) }
        for (plan, credential) in zip(plans, credentials) where !credential.isStandIn {
            let (chain, name) = (credential.chain, plan.certificate.name)
            guard let issuer = context.issuer(of: chain) else {
                flaws.append("issuer certificate not found for certificate \"\(name)\"")
                continue
            }
            guard let url = staplingResponder?.url ?? chain.leaf.responder else {
                flaws.append("no OCSP responder URL in the certificate \"\(name)\"")
                continue
            }
            do throws(StatusResponder.Flaw) {
                let responder = try StatusResponder(
                    parsing: url, allowsSockets: staplingResponder != nil)
                found.append(
                    StapleSubject(
                        question: StatusQuestion(chain.leaf, issuer: issuer, helpers: chain.rest),
                        responder: responder, name: name))
            } catch {
                flaws.append("\(error.message) in the certificate \"\(name)\"")
            }
        }
        return (found, flaws)
    }
}
