// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What is done with new files of certificates: they are checked, and taken up or refused.
//
// It runs on a background thread, for each host needs a new context; all it shares with the loops
// are the hosts and what is to be said.

internal import Configuration
internal import Memory
internal import OS
internal import Synchronization
internal import TLS

/// Checks certificates that have changed, and has hosts use them.
final class RenewalDesk: Sendable {
    /// A line for the log.
    struct Line: Equatable, Sendable {
        let level: LogLevel
        let text: String
    }

    /// Why something new is not used.
    ///
    /// Why: told a little later, unless what is missing comes meanwhile: the two files of a
    ///      certificate and its key are not written at the same time.
    private struct Complaint {
        let text: String
        let dueAt: Instant
    }

    private struct State {
        /// What was in the files of a group when it was last told of.
        ///
        /// Why: by groups. A file may belong to several, and each has others that need it.
        var digests: [[[UInt8]]: [[UInt8]: [UInt8]]] = [:]
        var complaints: [[[UInt8]]: Complaint] = [:]
    }

    private let site: Site
    private let state: Mutex<State>
    private let lines = Mutex<[Line]>([])

    init(_ site: Site) {
        self.site = site
        state = Mutex(State())
    }

    /// How long what is new may be wrong before somebody is told.
    ///
    /// Units: milliseconds.
    static var patience: Int64 { 2_000 }

    /// What is to be written to the log; nothing is told twice.
    func takeLines() -> [Line] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    private func say(_ level: LogLevel, _ text: String) {
        let line = Line(level: level, text: text)
        lines.withLock { if !$0.contains(line) { $0.append(line) } }
    }

    // MARK: New files

    /// Takes up what has changed.
    func take(_ parcel: FileParcel, at now: Instant) {
        state.withLock { state in
            guard note(parcel, &state) else { return }
            let paths = Set(parcel.items.map(\.path))
            var loaded: [[[UInt8]]: Result<Credential, CertificateTrouble>] = [:]
            for index in 0..<site.hosts.count {
                guard let tls = site.hosts[index].tls else { continue }
                for (number, plan) in tls.plans.enumerated() {
                    guard !paths.isDisjoint(with: plan.paths) else { continue }
                    let result = loaded[plan.paths] ?? Self.load(plan, parcel)
                    // One that is partly written in the configuration itself is like no other.
                    if plan.isOfFiles { loaded[plan.paths] = result }
                    take(result, of: plan, number, tls, &state, now)
                }
                if paths.isSuperset(of: tls.otherPaths) {
                    takeFiles(parcel, tls, &state, now)
                }
            }
            for peers in site.certificates.peers where paths.isSuperset(of: peers.paths) {
                takeFiles(parcel, peers, &state, now)
            }
        }
    }

    /// Takes up files by which TLS is spoken with peers.
    private func takeFiles(
        _ parcel: FileParcel, _ peers: PeerTLS, _ state: inout State, _ now: Instant
    ) {
        do throws(Diagnostic) {
            let changed = try peers.replaceFiles(
                parcel.text, at: Int64(WallTime.now().seconds))
            changed.forEach(sayUsed)
            state.complaints[peers.paths] = nil
        } catch {
            let reason = error.label.isEmpty ? "" : "; \(error.label)"
            state.complaints[peers.paths] = Complaint(
                text: "\(error.message)\(reason); what is in use stays",
                dueAt: now + Self.patience)
        }
    }

    private func sayUsed(_ path: [UInt8]) {
        say(.notice, "\"\(String(decoding: path, as: UTF8.self))\" is used from now on")
    }

    /// Takes up files of authorities, and the like.
    private func takeFiles(
        _ parcel: FileParcel, _ tls: HostTLS, _ state: inout State, _ now: Instant
    ) {
        do throws(CertificateTrouble) {
            try tls.replaceFiles(parcel.text).forEach(sayUsed)
            state.complaints[tls.otherPaths] = nil
        } catch {
            state.complaints[tls.otherPaths] = Complaint(
                text: "\(error.line); what is in use stays", dueAt: now + Self.patience)
        }
    }

    /// Remembers what is in the files.
    ///
    /// - Returns: whether that is anything new.
    private func note(_ parcel: FileParcel, _ state: inout State) -> Bool {
        let group = parcel.items.map(\.path)
        let known = state.digests[group] ?? site.certificates.digests
        var digests: [[UInt8]: [UInt8]] = [:]
        for item in parcel.items {
            guard case .bytes(let bytes) = item.content else { continue }
            digests[item.path] = FollowedCertificates.digest(bytes)
        }
        state.digests[group] = digests
        return group.contains { known[$0] != digests[$0] }
    }

    private static func load(
        _ plan: CertificatePlan, _ parcel: FileParcel
    ) -> Result<Credential, CertificateTrouble> {
        do throws(CertificateTrouble) {
            let credential = try plan.load(parcel.text)
            let end = credential.chain.leaf.validUntil
            guard end > Int64(WallTime.now().seconds) else {
                throw CertificateTrouble(
                    .certificate, plan.certificate.name, .expired(CertificateChain.day(end)))
            }
            return .success(credential)
        } catch {
            return .failure(error)
        }
    }

    private func take(
        _ result: Result<Credential, CertificateTrouble>, of plan: CertificatePlan, _ number: Int,
        _ tls: HostTLS, _ state: inout State, _ now: Instant
    ) {
        do throws(CertificateTrouble) {
            let credential = try result.get()
            try tls.replace(number, with: credential)
            state.complaints[plan.paths] = nil
            let leaf = credential.chain.leaf
            say(
                .notice,
                "certificate \"\(plan.certificate.name)\" (\(leaf.title)) is used from now on, "
                    + "valid until \(CertificateChain.day(leaf.validUntil))")
        } catch {
            state.complaints[plan.paths] = Complaint(
                text: "\(error.line); the certificate that is in use stays",
                dueAt: now + Self.patience)
        }
    }

    // MARK: Complaints

    /// When there is something to complain of next.
    var nextComplaint: Instant? {
        state.withLock { state in state.complaints.values.map(\.dueAt).min() }
    }

    /// Says why new files are not used, once their time is over.
    func complain(at now: Instant) {
        state.withLock { state in
            for (paths, complaint) in state.complaints where complaint.dueAt <= now {
                say(.error, complaint.text)
                state.complaints[paths] = nil
            }
        }
    }

    /// Says which certificates end soon, or are none yet.
    func warn(wallSeconds now: Int64) {
        for index in 0..<site.hosts.count {
            guard let tls = site.hosts[index].tls else { continue }
            for (plan, credential) in zip(tls.plans, tls.credentials) {
                let name = plan.certificate.name
                if credential.isStandIn {
                    say(.warning, "certificate \"\(name)\" is not there; a stand-in is shown")
                    continue
                }
                let days = credential.chain.daysLeft(at: now)
                let end = CertificateChain.day(credential.chain.validUntil)
                if days < 0 {
                    say(.warning, "certificate \"\(name)\" has expired \(end)")
                } else if days <= Self.warningDays {
                    let count = days == 1 ? "1 day" : "\(days) days"
                    say(.warning, "certificate \"\(name)\" expires in \(count) (\(end))")
                }
            }
        }
    }

    /// How many days before its end a certificate is warned of.
    private static var warningDays: Int { 14 }
}

extension FileParcel {
    /// What is in one of the files.
    func text(_ path: [UInt8]) -> CertificateText {
        switch items.first(where: { $0.path == path })?.content {
        case .bytes(let bytes): .bytes(bytes)
        case .failed(.noSuchFile), .failed(.notDirectory): .missing
        case .failed(let error): .unreadable(error.message)
        case nil: .unreadable("it is not a regular file")
        }
    }
}
