// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The handler of locations that name no other: files below a root.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Answers with the file that the path names.
    ///
    /// Spec: nginx ngx_http_static_module and ngx_http_index_module.
    mutating func serveFile(_ services: inout Services) -> ExchangeStep {
        guard method == .get || method == .head || method == .post else {
            return fail(405, &services)
        }
        if !nameStands, services.site.locations[locationIndex].settings.files.isAlias {
            services.logError(
                .alert, self, "\"alias\" cannot be used in a location where URI was rewritten")
            return fail(500, &services)
        }
        if services.site.locations[locationIndex].steps.contains(.hidesDotfiles),
            Dotfiles.isHidden(bytes.span(uri.range))
        {
            return refuseDotfile(&services)
        }
        if endsWithSlash(uri) { return serveIndex(&services) }
        setFilePath(uri, &services)
        let entry = findFile(&services)
        if services.isTraced { traceFile(entry.kind, for: "", services) }
        switch entry.kind {
        case .file:
            guard method != .post else { return fail(405, &services) }
            return respond(with: entry, &services)
        case .directory: return redirectToDirectory(copy(uri) + [UInt8(ascii: "/")], &services)
        case .missing(let error): return failMissing(error, &services)
        case .denied(let error):
            logFile(error, &services)
            return fail(403, &services)
        case .failed(let error):
            logFile(error, &services)
            return fail(500, &services)
        }
    }

    private mutating func serveIndex(_ services: inout Services) -> ExchangeStep {
        if services.site.locations[locationIndex].steps.contains(.picksIndex),
            let step = serveRandomIndex(&services)
        {
            return step
        }
        return findIndex(&services) ?? failWithoutIndex(&services)
    }

    /// Looks for the first index file of a directory, and serves that path instead; nil if there
    /// is none.
    ///
    /// Spec: nginx `index`: a name that begins with a slash is taken without looking.
    private mutating func findIndex(_ services: inout Services) -> ExchangeStep? {
        let names = services.site.locations[locationIndex].indexNames
        for name in names {
            let text = evaluate(name, &services)
            if bytes.span(text.range).startsWith("/") {
                return redirectInternally(to: text, arguments: arguments, &services)
            }
            let start = bytes.count
            bytes.append(copyOf: uri.range)
            bytes.append(copyOf: text.range)
            let path = ByteRange(start, bytes.count)
            setFilePath(path, &services)
            let kind = findFile(&services).kind
            if services.isTraced { traceFile(kind, for: "index", services) }
            switch kind {
            case .file, .directory, .denied(.noSuchDevice):
                return redirectInternally(to: path, arguments: arguments, &services)
            case .denied(let error):
                logFile(error, &services)
                return fail(403, &services)
            case .failed(let error):
                logFile(error, &services)
                return fail(500, &services)
            case .missing: continue
            }
        }
        return nil
    }

    /// 403 for a directory that has no index, 404 for one that is not there.
    private mutating func failWithoutIndex(_ services: inout Services) -> ExchangeStep {
        var kind = FileKind.directory
        var before: FileEntryRef?
        for _ in 0..<Self.indexSearchLimit {
            setFilePath(uri, &services)
            let folder = findFile(&services)
            kind = folder.kind
            guard case .directory = kind, folder != before else { break }
            before = folder
            // It may have come between the two looks, as another release.
            services.files.awaitEvents()
            if let step = findIndex(&services) { return step }
        }
        if services.site.locations[locationIndex].steps.contains(.listsDirectories),
            case .directory = kind, method != .post
        {
            return list(&services)
        }
        if let step = serveSinglePage(&services) { return step }
        switch kind {
        case .missing(let error):
            logFile(error, &services)
            return fail(404, &services)
        default:
            services.logPathError(.error, self, "directory index of ", " is forbidden")
            return fail(403, &services)
        }
    }

    /// How often a directory that changes all the time is searched.
    private static var indexSearchLimit: Int { 3 }

    private mutating func failMissing(_ error: Errno, _ services: inout Services) -> ExchangeStep {
        if let step = serveSinglePage(&services) { return step }
        logFile(error, &services)
        return fail(404, &services)
    }

    /// The page of a single-page app for a navigation to one of its routes.
    ///
    /// Why: a missing script must stay a 404: answered with HTML, it ends in a blank page and
    ///      "Unexpected token '<'".
    private mutating func serveSinglePage(_ services: inout Services) -> ExchangeStep? {
        guard let page = services.site.locations[locationIndex].settings.files.singlePage,
            method == .get || method == .head, errorStatus == 0,
            !Navigation.hasAssetExtension(bytes.span(uri.range)), isNavigation,
            !bytes.span(uri.range).equals(page.span)
        else { return nil }
        return redirectInternally(to: store(page), arguments: arguments, &services)
    }

    /// Whether a browser asks for a page to show.
    private var isNavigation: Bool {
        Navigation.isNavigation(head, bytes.readable)
    }

    private func logFile(_ error: Errno, _ services: inout Services) {
        let isMissing = error == .noSuchFile || error == .notDirectory
        if isMissing, !services.site.locations[locationIndex].settings.files.logsNotFound { return }
        unmarkPath(&services)
        switch error {
        case .noSuchDevice: services.logPathError(.error, self, "", " is not a regular file")
        case .crossesDevices:
            services.logPathError(
                .error, self, "", " leads out of the root by a symbolic link (disable_symlinks)")
        case .noSuchFile, .notDirectory, .nameTooLong, .accessDenied, .notPermitted, .loop:
            services.logPathError(.error, self, "open() ", " failed (\(error))")
        default: services.logPathError(.critical, self, "open() ", " failed (\(error))")
        }
    }

    /// Answers a path that has a dotfile in it.
    private mutating func refuseDotfile(_ services: inout Services) -> ExchangeStep {
        let files = services.site.locations[locationIndex].settings.files
        guard files.treatmentOfDotfiles == .ignore else {
            setFilePath(uri, &services)
            services.logPathError(.error, self, "access to ", " forbidden by rule (dotfiles)")
            return fail(403, &services)
        }
        setFilePath(uri, &services)
        logFile(.noSuchFile, &services)
        return fail(404, &services)
    }

    // MARK: Paths

    /// Writes the path of the file that a URI names to `services.path`.
    mutating func setFilePath(_ uri: ByteRange, _ services: inout Services) {
        services.path.removeAll()
        let location = locationIndex
        var constant = 0
        if services.site.locations[location].hasConstantRoot {
            services.path.append(contentsOf: services.site.locations[location].constantRoot)
            constant = services.path.count
        } else {
            let root = evaluate(services.site.locations[location].settings.files.root, &services)
            services.site.appendAbsolute(bytes.span(root.range), to: &services.path)
            constant = constantCount(ofRoot: root, services)
        }
        let name = services.site.locations[location].settings.files.aliasNameCount
        let cut = name == .max && addsPathToAlias ? 0 : name
        let tail = bytes.span(uri.range)
        services.path.append(tail.extracting(min(cut, tail.count)..<tail.count))
        // What `rewrite` has put together may hold what no path of a client does.
        if name > 0 || isInternal { refuseClimbing(from: constant, &services) }
    }

    /// Looks into the cache for what `services.path` names.
    mutating func findFile(_ services: inout Services) -> FileEntryRef {
        if services.site.locations[locationIndex].steps.contains(.checksLinks) {
            markTrustedPath(&services)
        }
        let profile = services.site.locations[locationIndex].fileProfile
        return services.findFile(profile: profile, accepting: acceptedCodings(&services))
    }

    /// Spec: nginx `$request_filename`.
    mutating func storeFilePath(_ services: inout Services) -> ByteRange {
        setFilePath(uri, &services)
        return store(services.path.readable)
    }

    /// Spec: nginx `$realpath_root`: no value when there is no such folder.
    mutating func storeRealPathRoot(_ services: inout Services) -> ByteRange? {
        let root = copy(storeDocumentRoot(&services))
        do throws(Errno) {
            return store(try FileSystem.realPath(root))
        } catch {
            services.logError(.critical, self, "realpath() failed (\(error))")
            return nil
        }
    }

    /// Spec: nginx `$document_root`.
    mutating func storeDocumentRoot(_ services: inout Services) -> ByteRange {
        let root = evaluate(services.site.locations[locationIndex].settings.files.root, &services)
        var path = Buffer(capacity: 128)
        services.site.appendAbsolute(bytes.span(root.range), to: &path)
        return store(path.readable)
    }
}
