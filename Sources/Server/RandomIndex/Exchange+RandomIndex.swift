// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Serves any file of a directory, chosen by chance.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Chooses a file of the directory that is asked for, and serves that path instead.
    ///
    /// A background thread looks through the directory, and the exchange comes here again.
    /// - Returns: nil where there is no file: the index files are looked for then.
    mutating func serveRandomIndex(_ services: inout Services) -> ExchangeStep? {
        if let randomIndex { return serve(randomIndex, &services) }
        setFilePath(uri, &services)
        if services.site.locations[locationIndex].steps.contains(.checksLinks) {
            markTrustedPath(&services)
        }
        let job = RandomIndexJob(
            services.path.copied(),
            services.site.fileProfiles[services.site.locations[locationIndex].fileProfile])
        randomIndex = job
        if services.background == nil {
            job.run()
            return serve(job, &services)
        }
        if let step = wait(for: { job.run() }, &services) { return step }
        randomIndex = nil
        services.logError(.error, self, "too much waits for a background thread already")
        return fail(503, &services)
    }

    private mutating func serve(
        _ job: RandomIndexJob, _ services: inout Services
    ) -> ExchangeStep? {
        switch job.result {
        case .pending: return .wait
        case .none:
            randomIndex = nil
            return nil
        case .file(let name):
            randomIndex = nil
            let start = bytes.count
            bytes.append(copyOf: uri.range)
            bytes.append(name)
            return redirectInternally(
                to: ByteRange(start, bytes.count), arguments: arguments, &services)
        case .failed(let error):
            randomIndex = nil
            return failRandomIndex(error, &services)
        }
    }

    private mutating func failRandomIndex(
        _ error: Errno, _ services: inout Services
    ) -> ExchangeStep {
        let (level, status): (LogLevel, Int) =
            switch error {
            case .noSuchFile, .notDirectory, .nameTooLong: (.error, 404)
            case .accessDenied, .loop, .crossesDevices: (.error, 403)
            default: (.critical, 500)
            }
        setFilePath(uri, &services)
        services.logPathError(level, self, "opendir() ", " failed (\(error))")
        return fail(status, &services)
    }
}
