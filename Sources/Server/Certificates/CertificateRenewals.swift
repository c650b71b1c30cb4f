// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a worker hears of certificates that have changed: from the supervisor, which may read them.
//
// One thread of the process has it. What is new is checked by a background thread.

internal import EventLoop
internal import Memory
internal import OS

/// The way on which new certificates come.
final class CertificateRenewals {
    private let socket: FileDescriptor
    private let desk: RenewalDesk
    private var reader = FileParcelReader()
    /// Whether the supervisor says nothing more.
    private var isOver = false
    /// When it is said again which certificates end soon.
    private var nextWarning: Instant

    /// - Parameter descriptor: where the supervisor writes; it is taken over.
    init(_ descriptor: Int32, _ site: Site, now: Instant) {
        socket = FileDescriptor(owning: descriptor)
        desk = RenewalDesk(site)
        nextWarning = now
    }

    /// What becomes readable when there is something new.
    var descriptor: Int32 { socket.number }

    /// When there is something to do without anything new.
    var nextDeadline: Instant {
        guard let complaint = desk.nextComplaint else { return nextWarning }
        return min(complaint, nextWarning)
    }

    /// Takes everything that has arrived.
    func receive(_ services: inout Services) {
        var part = [UInt8](repeating: 0, count: Self.partByteCount)
        while !isOver {
            var span = part.mutableSpan
            switch unsafe socket.read(into: span.mutableBytes) {
            case .bytes(let count):
                reader.receive(Array(part[..<count]))
                while let parcel = reader.next() { check(parcel, &services) }
                if reader.isBroken { end(services) }
            case .wouldBlock: return
            case .endOfStream, .failed: end(services)
            }
        }
    }

    private static var partByteCount: Int { 32 << 10 }

    private func end(_ services: borrowing Services) {
        isOver = true
        services.poller.remove(socket.number)
    }

    private func check(_ parcel: FileParcel, _ services: inout Services) {
        let (desk, now) = (desk, services.clock.now)
        if let background = services.background, let mailbox = services.mailbox {
            let isSubmitted = background.submit {
                desk.take(parcel, at: now)
                mailbox.post(.reportCertificates)
            }
            if isSubmitted { return }
        }
        desk.take(parcel, at: now)
        report(&services)
    }

    /// Writes to the log what is to be said.
    func report(_ services: inout Services) {
        for line in desk.takeLines() { services.logError(line.level, line.text) }
    }

    /// Does what is due.
    func expire(_ services: inout Services) {
        let now = services.clock.now
        guard nextDeadline <= now else { return }
        desk.complain(at: now)
        if nextWarning <= now {
            desk.warn(wallSeconds: Int64(WallTime.now().seconds))
            nextWarning = now + Self.warningStep
        }
        report(&services)
    }

    /// Units: milliseconds.
    private static var warningStep: Int64 { 86_400_000 }
}
