// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The making of a list, away from the loop: directories can be large, and disks slow.

internal import FileCache
internal import Memory
internal import OS
internal import Synchronization

/// What a list is made of, and what it came to.
final class ListingJob: Sendable {
    /// What the making came to.
    enum Outcome: ~Copyable {
        case pending
        case page(Buffer)
        case failed(Listing.Failure)
    }

    private let path: [UInt8]
    private let uri: [UInt8]
    private let callback: [UInt8]?
    private let profile: FileProfile
    private let settings: ListingSettings
    private let countsBytes: Bool
    /// What the list is written in.
    var format: ListingSettings.Format { settings.format }

    private let outcome = Mutex(Outcome.pending)

    /// - Parameters:
    ///   - path: what `profile` opens.
    ///   - uri: the decoded path that the page names.
    ///   - callback: the function that JSON is handed to.
    ///   - countsBytes: whether columns are bytes: the charset is not UTF-8.
    init(
        _ path: [UInt8], as uri: [UInt8], _ profile: FileProfile, _ settings: ListingSettings,
        callback: [UInt8]?, countsBytes: Bool
    ) {
        self.path = path
        self.uri = uri
        self.profile = profile
        self.settings = settings
        self.callback = callback
        self.countsBytes = countsBytes
    }

    /// Makes the list.
    func run() {
        do throws(Listing.Failure) {
            let listing = try Listing(of: try open(), limit: settings.entryLimit)
            var page: Buffer? = write(listing)
            outcome.withLock { if let page = page.take() { $0 = .page(page) } }
        } catch {
            outcome.withLock { $0 = .failed(error) }
        }
    }

    /// Takes the outcome, once.
    func take() -> Outcome {
        outcome.withLock { outcome in
            let taken = outcome
            outcome = .pending
            return taken
        }
    }

    /// Opens the directory.
    func open() throws(Listing.Failure) -> FileDescriptor {
        do throws(Errno) {
            return try profile.open(path, [.read, .directory])
        } catch {
            throw .file(error)
        }
    }

    private func write(_ listing: Listing) -> Buffer {
        switch settings.format {
        case .html:
            let uri = uri
            return ListingPage.html(listing, of: uri.span, settings, countsBytes: countsBytes)
        case .xml: return ListingPage.xml(listing)
        case .json, .jsonp: return ListingPage.json(listing, callback: callback)
        }
    }
}
