// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The list of a directory as a response.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Answers with what is in the directory that `services.path` names.
    ///
    /// Spec: nginx ngx_http_autoindex_module. The answer to HEAD has no length, as there.
    mutating func list(_ services: inout Services) -> ExchangeStep {
        var settings = services.site.locations[locationIndex].settings.listing
        var callback: ByteRange?
        if settings.format == .jsonp {
            callback = argument(Array("callback".utf8)).flatMap { $0.isEmpty ? nil : $0 }
            if callback == nil { settings.format = .json }
            if let callback, !Self.isCallback(bytes.span(callback.range)) {
                services.logError(.information, self, "client sent invalid callback name")
                return fail(400, &services)
            }
        }
        do throws(Listing.Failure) {
            let directory = try openDirectory(services)
            response.clear()
            if method != .head {
                let listing = try Listing(of: directory, limit: settings.entryLimit)
                write(listing, settings, callback)
            }
        } catch {
            return failListing(error, &services)
        }
        response.status = 200
        response.add("Content-Type", Self.mediaType(of: settings.format))
        return complete(&services)
    }

    private func openDirectory(
        _ services: borrowing Services
    ) throws(Listing.Failure) -> FileDescriptor {
        let profile = services.site.locations[locationIndex].fileProfile
        do throws(Errno) {
            return try services.site.fileProfiles[profile].open(
                services.path.copied(), [.read, .directory])
        } catch {
            throw .file(error)
        }
    }

    private mutating func write(
        _ listing: borrowing Listing, _ settings: ListingSettings, _ callback: ByteRange?
    ) {
        switch settings.format {
        case .html: response.body = ListingPage.html(listing, of: bytes.span(uri.range), settings)
        case .xml: response.body = ListingPage.xml(listing)
        case .json, .jsonp:
            response.body = ListingPage.json(
                listing, callback: callback.map { copy($0) })
        }
        response.source = .body
        response.contentLength = response.body.count
        response.end = response.body.count
    }

    private static func mediaType(of format: ListingSettings.Format) -> StaticString {
        switch format {
        case .html: "text/html"
        case .xml: "text/xml; charset=utf-8"
        case .json: "application/json"
        case .jsonp: "application/javascript"
        }
    }

    /// Whether a function may be called so: a name, or several with dots between them.
    ///
    /// Why: it is repeated in a script, where anything else could be a program of its own.
    private static func isCallback(_ name: Span<UInt8>) -> Bool {
        guard name.count <= callbackByteLimit else { return false }
        for index in name.indices {
            let byte = name[index]
            let isName = byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            guard isName || ByteClass.isAlphanumeric(byte) else { return false }
        }
        return true
    }

    private static var callbackByteLimit: Int { 128 }

    private mutating func failListing(
        _ failure: Listing.Failure, _ services: inout Services
    ) -> ExchangeStep {
        unmarkPath(&services)
        switch failure {
        case .tooLong:
            services.logPathError(.error, self, "", " has more entries than autoindex_limit allows")
            return fail(500, &services)
        case .file(let error):
            switch error {
            case .noSuchFile, .notDirectory, .nameTooLong:
                services.logPathError(.error, self, "opendir() ", " failed (\(error))")
                return fail(404, &services)
            case .accessDenied, .loop, .crossesDevices:
                services.logPathError(.error, self, "opendir() ", " failed (\(error))")
                return fail(403, &services)
            default:
                services.logPathError(.critical, self, "opendir() ", " failed (\(error))")
                return fail(500, &services)
            }
        }
    }
}
