// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables with fixed names: about the request and its result.

internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds or computes a variable with a fixed name.
    ///
    /// Why: the switches are cut in three so that each stays on a screen; a new name is a compile
    ///      error in exactly one of them.
    mutating func value(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        switch name {
        case .args, .queryString: return arguments
        case .isArgs: return store((arguments.map { !$0.isEmpty } ?? false) ? "?" : "")
        case .uri, .documentURI: return uri
        case .requestURI: return storeRequestURI()
        case .request: return head.lineRange
        case .requestMethod:
            return method == head.method ? head.methodRange : store(method.spelling)
        case .requestLength: return store(decimal: requestByteCount)
        case .serverProtocol: return storeProtocol()
        case .host: return hostValue(&services)
        case .serverName: return store(services.site.hosts[hostIndex].name)
        case .contentType: return requestField(.contentType)
        case .contentLength: return storeContentLength()
        case .remoteUser: return storeRemoteUser()
        case .invalidReferer: return invalidReferer(&services)
        case .secureLink: return secureLink(&services)
        case .secureLinkExpires: return checked.linkExpiry
        case .requestBody:
            return storeRequestBody()
        case .requestBodyFile: return content.fileName.isEmpty ? nil : store(content.fileName)
        case .requestID: return storeRequestID()
        case .requestFilename: return storeFilePath(&services)
        case .documentRoot: return storeDocumentRoot(&services)
        case .realPathRoot: return storeRealPathRoot(&services)
        default: return connectionValue(of: name, &services)
        }
    }

    private mutating func connectionValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        switch name {
        case .connection: return store(decimal: facts.number)
        case .connectionRequests: return store(decimal: facts.requestCount)
        case .connectionTime:
            return store(milliseconds: Int(services.clock.now - facts.acceptedAt))
        case .http2:
            guard head.version == .http2 else { return ByteRange() }
            return facts.isSecure ? store("h2") : store("h2c")
        case .scheme: return store(facts.isSecure ? "https" : "http")
        case .https: return facts.isSecure ? store("on") : ByteRange()
        case .pipe: return store(facts.isPipelined ? "p" : ".")
        case .requestPort: return head.host.port.map { store(decimal: Int($0)) } ?? ByteRange()
        case .isRequestPort: return head.host.port == nil ? ByteRange() : store(":")
        case .hostname: return store(services.site.hostName)
        case .pid: return store(decimal: services.processID)
        case .nginxVersion: return store(Product.languageVersion)
        default: return addressValue(of: name, &services)
        }
    }

    mutating func resultValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        switch name {
        case .status: return storeStatus()
        case .requestCompletion: return store(response.isComplete ? "OK" : "")
        case .bytesSent: return store(decimal: response.sentByteCount)
        case .gzipRatio: return storeEncodingRatio()
        case .bodyBytesSent: return store(decimal: response.sentContentCount)
        case .limitRate: return store(decimal: requestedRate ?? response.pace.rate)
        case .requestTime: return store(milliseconds: Int(services.clock.now - startedAt))
        case .msec: return storeSeconds(&services)
        case .timeLocal: return store(services.clock.timeLocal)
        case .dateGMT: return storeDate(isLocal: false, services)
        case .dateLocal: return storeDate(isLocal: true, services)
        case .timeISO8601: return store(services.clock.timeISO8601)
        case .proxyAddXForwardedFor: return storeForwardedFor()
        case .proxyHost: return proxyHost(&services)
        case .proxyPort: return proxyPort(&services)
        default: return upstreamValue(of: name, &services)
        }
    }

    // MARK: The request

    /// Head and content, without empty lines in front of them.
    private var requestByteCount: Int {
        head.byteCount - head.lineRange.lowerBound + content.receivedCount
    }

    /// The value of a field that is not a list.
    func field(_ name: FieldName) -> ByteRange? {
        guard let field = head.fields.first(of: name) else { return nil }
        return ByteRange(field.valueRange.lowerBound, field.valueRange.upperBound)
    }

    /// The target as received, of an absolute one what follows the host.
    mutating func storeRequestURI() -> ByteRange {
        guard head.targetForm == .absolute else { return head.targetRange }
        let rest = ByteRange(head.pathRange.lowerBound, head.targetRange.upperBound)
        guard head.pathRange.isEmpty else { return rest }
        let start = bytes.count
        bytes.append("/")
        bytes.append(copyOf: rest.range)
        return ByteRange(start, bytes.count)
    }

    /// The name in `Authorization: Basic`, whether or not its password is right.
    private mutating func storeRemoteUser() -> ByteRange? {
        guard let value = field(.authorization),
            let credentials = BasicCredentials(bytes.span(value.range)),
            !credentials.user.isEmpty
        else { return nil }
        return store(credentials.user)
    }

    private mutating func storeProtocol() -> ByteRange {
        switch head.version {
        case .http10: store("HTTP/1.0")
        case .http11: store("HTTP/1.1")
        case .http2: store("HTTP/2.0")
        }
    }

    /// Spec: nginx `$host`: the request's host, else the server's name.
    private mutating func hostValue(_ services: inout Services) -> ByteRange {
        host.isEmpty ? store(services.site.hosts[hostIndex].name) : host
    }

    private mutating func storeContentLength() -> ByteRange? {
        if case .length(let count) = head.framing { return store(decimal: count) }
        return content.isComplete && head.framing == .chunked
            ? store(decimal: content.receivedCount) : nil
    }

    private mutating func storeRequestBody() -> ByteRange? {
        let start = bytes.count
        content.appendAll(to: &bytes)
        return start == bytes.count ? nil : ByteRange(start, bytes.count)
    }

    /// Sixteen random bytes as hexadecimal digits, the same ones whenever the request asks.
    private mutating func storeRequestID() -> ByteRange {
        if let requestID { return requestID }
        let start = bytes.count
        for byte in Random.bytes(16) {
            bytes.append(byte: Self.hexDigit(byte >> 4))
            bytes.append(byte: Self.hexDigit(byte & 15))
        }
        let place = ByteRange(start, bytes.count)
        requestID = place
        return place
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }

    // MARK: The result

    private mutating func storeStatus() -> ByteRange {
        guard response.status > 0 else { return store("000") }
        return store(decimal: response.status)
    }

    /// Seconds with three decimals.
    private mutating func store(milliseconds: Int) -> ByteRange {
        let start = bytes.count
        bytes.append(seconds: milliseconds)
        return ByteRange(start, bytes.count)
    }

    private mutating func storeSeconds(_ services: inout Services) -> ByteRange {
        store(milliseconds: services.clock.wallMilliseconds)
    }

    private mutating func storeForwardedFor() -> ByteRange {
        let start = bytes.count
        var index = 0
        var separatorNeeded = false
        while let line = head.fields.index(of: .xForwardedFor, from: index) {
            if separatorNeeded { bytes.append(", ") }
            bytes.append(copyOf: head.fields[line].valueRange)
            separatorNeeded = true
            index = line + 1
        }
        if separatorNeeded { bytes.append(", ") }
        bytes.append(addressOf: facts.address)
        return ByteRange(start, bytes.count)
    }
}
