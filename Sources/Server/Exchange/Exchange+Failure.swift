// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Error pages and redirects: the responses that the server makes up itself.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Answers with a status of 300 or more: by `error_page`, else by the built-in page.
    ///
    /// Spec: nginx `error_page`, `recursive_error_pages`.
    /// - Parameter location: the value of `Location`, of a redirect.
    mutating func fail(
        _ status: Int, location: ByteRange? = nil, _ services: inout Services
    ) -> ExchangeStep {
        if status == 444 || session != nil {
            response.status = status
            return .abort
        }
        if let subrequest, !subrequest.answersErrors {
            response.clear()
            response.status = status
            return complete(&services)
        }
        if Self.endsPersistence(status) { response.closes = true }
        if !hasErrorPage, redirectCount <= Self.redirectLimit,
            services.site.locations[locationIndex].steps.contains(.hasErrorPages),
            let step = answerByErrorPage(status, location, &services)
        {
            return step
        }
        return answerBuiltIn(status, location: location, &services)
    }

    private mutating func answerByErrorPage(
        _ status: Int, _ location: ByteRange?, _ services: inout Services
    ) -> ExchangeStep? {
        let site = services.site
        let pages = site.locations[locationIndex].settings.response.errorPages.elements
        guard let page = pages.last(where: { $0.status == status }) else { return nil }
        hasErrorPage =
            !services.site.locations[locationIndex].settings.response.allowsRecursiveErrorPages
        response.clear()
        keptLocation = location
        switch page.answer {
        case .same: errorStatus = status
        case .code(let code): errorStatus = code
        case .own: errorStatus = 0
        }
        let target = evaluate(page.target, &services)
        if services.isTraced { traceErrorPage(status, target, services) }
        switch target.isEmpty ? 0 : bytes.span(target.range)[0] {
        case UInt8(ascii: "/"):
            if method != .head { method = .get }
            let (path, query) = splitQuery(target)
            return redirectInternally(to: path, arguments: query, &services)
        case UInt8(ascii: "@"):
            guard let named = site.hosts[hostIndex].named[copy(target)] else {
                return answerBuiltIn(500, location: nil, &services)
            }
            return redirectInternally(toNamed: named, &services)
        default:
            let isRedirection = [301, 302, 303, 307, 308].contains(errorStatus)
            let code = isRedirection ? errorStatus : 302
            errorStatus = 0
            keptLocation = nil
            return answerBuiltIn(code, location: target, &services)
        }
    }

    /// Cuts a target in path and query.
    func splitQuery(_ target: ByteRange) -> (path: ByteRange, query: ByteRange?) {
        let text = bytes.span(target.range)
        guard let mark = text.firstOffset(of: UInt8(ascii: "?")) else { return (target, nil) }
        return (
            ByteRange(target.lowerBound, target.lowerBound + mark),
            ByteRange(target.lowerBound + mark + 1, target.upperBound)
        )
    }

    /// Answers with a small page of our own.
    ///
    /// - Parameter location: the value of `Location` before it is made absolute.
    mutating func answerBuiltIn(
        _ status: Int, location: ByteRange?, _ services: inout Services
    ) -> ExchangeStep {
        if services.isTraced { traceBuiltIn(status, services) }
        response.clear()
        response.status = Int(Status(rawValue: UInt16(clamping: status)).onTheWire.rawValue)
        if let location { addLocation(location, &services) }
        if Self.endsPersistence(status) { response.closes = true }
        if let title = Status(rawValue: UInt16(clamping: status)).title {
            if !writePeerFailure(status, &services) {
                response.add("Content-Type", "text/html")
                writePage(
                    title, services.site.locations[locationIndex].settings.response.tellsVersion)
            }
            response.source = .body
        }
        response.contentLength = response.body.count
        response.end = response.body.count
        return complete(&services)
    }

    private mutating func writePage(_ title: StaticString, _ tellsVersion: Bool) {
        response.body.append("<html>\r\n<head><title>")
        response.body.append(title)
        response.body.append("</title></head>\r\n<body>\r\n<center><h1>")
        response.body.append(title)
        response.body.append("</h1></center>\r\n<hr><center>")
        response.body.append(tellsVersion ? Product.nameAndVersion : Product.name)
        response.body.append("</center>\r\n</body>\r\n</html>\r\n")
    }

    /// The statuses after which the connection cannot be trusted to be in step.
    ///
    /// Spec: nginx ngx_http_special_response_handler.
    private static func endsPersistence(_ status: Int) -> Bool {
        switch status {
        case 400, 413, 414, 431, 494, 495, 496, 497, 500, 501: true
        default: false
        }
    }

    // MARK: Redirects

    private var slash: UInt8 { UInt8(ascii: "/") }

    /// 301 to the same path with a slash behind it.
    mutating func redirectToDirectory(
        _ name: [UInt8], _ services: inout Services
    ) -> ExchangeStep {
        var path = Buffer(capacity: name.count + 16)
        // A browser takes two slashes at the start for the name of a host.
        let settings = services.site.locations[locationIndex].settings.response
        let slashes = settings.redirectsAbsolutely ? 1 : name.prefix { $0 == slash }.count
        URI.escape(
            name.span.extracting(max(0, slashes - 1)..<name.count), for: .path, into: &path)
        if let arguments, !arguments.isEmpty {
            path.append(byte: UInt8(ascii: "?"))
            path.append(bytes.span(arguments.range))
        }
        let target = store(path.readable)
        return answerBuiltIn(301, location: target, &services)
    }

    /// Adds `Location`, made absolute where the configuration wants that.
    ///
    /// Spec: nginx `absolute_redirect`, `server_name_in_redirect`, `port_in_redirect`.
    mutating func addLocation(_ target: ByteRange, _ services: inout Services) {
        let settings = services.site.locations[locationIndex].settings.response
        response.fields.append("Location: ")
        if bytes.span(target.range).startsWith("/"), settings.redirectsAbsolutely {
            appendOrigin(settings, &services)
        }
        response.fields.appendFieldValue(target.range, of: bytes)
        response.fields.append("\r\n")
    }

    /// Gives an error page the `Location` of the redirect that it stands for, unless it has its
    /// own.
    mutating func keepLocation(_ services: inout Services) {
        guard let location = keptLocation else { return }
        keptLocation = nil
        let own = FieldLines.values(of: Array("location".utf8), in: response.fields.readable)
        if own.isEmpty { addLocation(location, &services) }
    }

    private mutating func appendOrigin(
        _ settings: ResponseSettings, _ services: inout Services
    ) {
        response.fields.append("http://")
        if settings.usesServerNameInRedirects {
            response.fields.append(services.site.hosts[hostIndex].name)
        } else if !host.isEmpty {
            response.fields.append(host.range, of: bytes)
        } else {
            response.fields.append(services.localAddress(of: facts).addressText)
        }
        let port = services.localAddress(of: facts).port
        if settings.usesPortInRedirects, port != 80, port != 0 {
            response.fields.append(byte: UInt8(ascii: ":"))
            response.fields.append(decimal: Int(port))
        }
    }
}
