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
    /// A background thread makes the list, and the exchange comes here again when it has.
    /// Spec: nginx ngx_http_autoindex_module. The answer to HEAD has no length, as there.
    mutating func list(_ services: inout Services) -> ExchangeStep {
        if let listing { return respond(with: listing, &services) }
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
        let job = ListingJob(
            services.path.copied(), as: copy(uri),
            services.site.fileProfiles[services.site.locations[locationIndex].fileProfile],
            settings, callback: callback.map { copy($0) }, countsBytes: listsBytes(services))
        return begin(job, &services)
    }

    private mutating func begin(_ job: ListingJob, _ services: inout Services) -> ExchangeStep {
        if method == .head {
            do throws(Listing.Failure) {
                _ = try job.open()
                return respond(with: Buffer(capacity: 0), job.format, &services)
            } catch {
                return failListing(error, &services)
            }
        }
        listing = job
        if services.background == nil {
            job.run()
            return respond(with: job, &services)
        }
        if let step = wait(for: { job.run() }, &services) { return step }
        listing = nil
        services.logError(.error, self, "too much waits for a background thread already")
        return fail(503, &services)
    }

    private mutating func respond(
        with job: ListingJob, _ services: inout Services
    ) -> ExchangeStep {
        switch job.take() {
        case .pending: return .wait
        case .page(let page): return respond(with: page, job.format, &services)
        case .failed(let error): return failListing(error, &services)
        }
    }

    private mutating func respond(
        with page: consuming Buffer, _ format: ListingSettings.Format, _ services: inout Services
    ) -> ExchangeStep {
        listing = nil
        response.clear()
        response.status = 200
        if method != .head {
            response.body = page
            response.source = .body
            response.contentLength = response.body.count
            response.end = response.body.count
        }
        let type: StaticString =
            switch format {
            case .html: "text/html"
            case .xml: "text/xml; charset=utf-8"
            case .json: "application/json"
            case .jsonp: "application/javascript"
            }
        response.add("Content-Type", type)
        return complete(&services)
    }

    /// Whether names are shown byte by byte, because their charset has characters of one byte.
    private func listsBytes(_ services: borrowing Services) -> Bool {
        let charset = services.site.locations[locationIndex].settings.charset
        guard case .named(let name) = charset.target, case .off = charset.source else {
            return false
        }
        return !name.span.equalsIgnoringCase("utf-8")
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
        listing = nil
        setFilePath(uri, &services)
        switch failure {
        case .tooLong:
            services.logPathError(.error, self, "", " has more entries than autoindex_limit allows")
            return fail(500, &services)
        case .file(let error):
            let (level, status): (LogLevel, Int) =
                switch error {
                case .noSuchFile, .notDirectory, .nameTooLong: (.error, 404)
                case .accessDenied, .loop, .crossesDevices: (.error, 403)
                default: (.critical, 500)
                }
            services.logPathError(level, self, "opendir() ", " failed (\(error))")
            return fail(status, &services)
        }
    }
}
