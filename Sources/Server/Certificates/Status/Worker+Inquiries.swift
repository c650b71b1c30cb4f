// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a thread does with the answers of authorities.

internal import EventLoop
internal import Memory
internal import OS

extension StatusInquiries {
    /// Begins to listen; nil where a site has nothing to ask.
    convenience init?(for site: Site, _ poller: borrowing Poller) throws(Errno) {
        guard
            (0..<site.hosts.count).contains(where: { site.hosts[$0].tls?.asksAuthorities ?? false })
        else { return nil }
        try self.init(now: Instant.now())
        try poller.addLevel(descriptor, token: UInt64(TokenTag.inquiries) << 60)
    }
}

extension Worker {
    /// Asks what is due, and lets those go on who waited for an answer.
    mutating func continueInquiries() {
        guard let inquiries = services.inquiries else { return }
        inquiries.expire(&services)
        stapling?.ask(&services)
        for answer in inquiries.takeAnswers() {
            switch answer.inquiry.asker {
            case .stapling(let number): stapling?.take(answer, of: number, &services)
            case .client(let id):
                guard inquiries.take(answer, for: id, &services), let slot = clients.slot(for: id)
                else { continue }
                resume(slot)
            }
        }
    }
}
