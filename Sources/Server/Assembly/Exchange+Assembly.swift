// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Gives out a content that is put together, only as fast as it is taken.

internal import FileCache
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    // MARK: The head

    /// Has the content put together where the configuration wants that, and makes the fields say
    /// that it is not the source's.
    ///
    /// Spec: nginx ngx_http_addition_header_filter, ngx_http_ssi_header_filter.
    mutating func beginAssembly(_ services: inout Services) {
        guard response.source != .none else { return }
        let site = services.site
        let steps = site.locations[locationIndex].steps
        if response.file.lines != .none { response.takeFileLines() }
        let type = contentTypeOfResponse
        let isSurrounded =
            steps.contains(.surrounds) && subrequest == nil && response.status == 200
            && MediaTypeList.includes(
                type, site.locations[locationIndex].settings.addition.types.elements)
        let isPage =
            steps.contains(.includes) && response.contentLength != 0
            && MediaTypeList.includes(
                type, site.locations[locationIndex].settings.includes.types.elements)
        guard isSurrounded || isPage, !isEncoded else { return }
        changeFields(
            keepsValidators: !isPage
                || site.locations[locationIndex].settings.includes.keepsLastModified)
        guard head.method != .head else { return }
        let assembly = Assembly()
        if isPage {
            assembly.page = IncludePage(
                valueByteLimit: site.locations[locationIndex].settings.includes.valueByteLimit)
            if family == nil { family = Family() }
        }
        if isSurrounded {
            if let path = site.locations[locationIndex].settings.addition.before {
                addPart(path, to: assembly, &services)
            }
            assembly.pathBehind = site.locations[locationIndex].settings.addition.after
        }
        response.assembly = assembly
    }

    private var contentTypeOfResponse: [UInt8] {
        guard let value = response.value(of: "content-type") else { return [] }
        return copyOfFields(value)
    }

    private func copyOfFields(_ value: Extent) -> [UInt8] {
        Array(copying: response.fields.span(value.range))
    }

    /// Whether there is nothing to be read in the content.
    private var isEncoded: Bool {
        guard let value = response.value(of: "content-encoding") else { return false }
        return value.count > 0
    }

    private mutating func changeFields(keepsValidators: Bool) {
        response.removeField("Content-Length")
        response.removeField("Accept-Ranges")
        response.contentLength = nil
        response.statesLength = false
        response.isConverted = true
        if keepsValidators {
            response.weakenTag()
        } else {
            response.removeField("Last-Modified")
            response.removeField("ETag")
        }
    }

    // MARK: The content

    /// Adds what a path gives as the last part.
    private mutating func addPart(
        _ path: [UInt8], to assembly: Assembly, _ services: inout Services
    ) {
        if let child = addSubrequest(.content, path: store(path), arguments: nil, &services) {
            _ = assembly.append(child)
        }
    }

    /// The next piece of a content that is put together.
    ///
    /// Limits: `turnByteLimit` of the source for each turn of a connection.
    mutating func nextAssembledPiece(
        _ assembly: Assembly, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece {
        assembly.isWaiting = false
        while true {
            if !assembly.output.isEmpty { return .assembled(Extent(0, assembly.output.count)) }
            if let isWhole = takeFirstPart(assembly, &services) {
                guard isWhole else { return .failed }
                continue
            }
            if let pause = assembly.pause {
                guard resolve(pause, assembly, &services) else {
                    assembly.isWaiting = true
                    return .pending
                }
                continue
            }
            if assembly.isFull {
                assembly.isWaiting = true
                return .pending
            }
            if !assembly.input.isEmpty {
                readPage(assembly, &services)
                continue
            }
            if assembly.isSourceOver, assembly.parts.isEmpty { return .end }
            if assembly.isSourceOver {
                assembly.isWaiting = true
                return .pending
            }
            if services.filteredCount >= Self.assembledByteLimit { return .yield }
            if let piece = readSource(assembly, &peers, &services) { return piece }
        }
    }

    /// What one connection may read in a turn.
    private static var assembledByteLimit: Int { 256 << 10 }

    /// Takes what there is of the first part.
    ///
    /// - Returns: nil if it has to be waited for, or there is none; false if it has broken off.
    private mutating func takeFirstPart(
        _ assembly: Assembly, _ services: inout Services
    ) -> Bool? {
        guard let part = assembly.parts.first else { return nil }
        guard let child = part.child else {
            assembly.takeText(of: part)
            assembly.removeFirst()
            return true
        }
        awaitContent(of: child, &services)
        if child.takeContent(into: &assembly.output) {
            services.subrequestNotices.append(.tellChild(child))
        }
        if !assembly.output.isEmpty {
            part.hasOutput = true
            return true
        }
        guard child.isOver else { return nil }
        guard child.stage == .ended else { return false }
        takeVariables(of: child)
        assembly.removeFirst()
        return true
    }

    /// Reads some of the source.
    ///
    /// - Returns: what to tell instead, where nothing could be read.
    private mutating func readSource(
        _ assembly: Assembly, _ peers: inout PeerConnections, _ services: inout Services
    ) -> Piece? {
        let piece = nextReadySourcePiece(&peers, &services)
        switch piece {
        case .body, .memory, .file, .peer, .kept:
            let count = append(piece, to: &assembly.input, &peers, &services)
            guard count >= 0 else { return .failed }
            services.filteredCount += count
            didConsume(count, of: piece, &peers, &services)
            return nil
        case .end:
            endSource(assembly, &services)
            return nil
        case .pending:
            assembly.isWaiting = !assembly.parts.isEmpty
            return .pending
        default: return piece
        }
    }

    private mutating func endSource(_ assembly: Assembly, _ services: inout Services) {
        assembly.isSourceOver = true
        if let page = assembly.page {
            var text = Buffer(capacity: 0)
            page.parser.finish(text: &text)
            if page.isOutput { assembly.append(text.readable) }
        }
        if let path = assembly.pathBehind { addPart(path, to: assembly, &services) }
    }

    /// Looks at what has been read.
    private mutating func readPage(_ assembly: Assembly, _ services: inout Services) {
        var input = assembly.takeInput()
        guard let page = assembly.page else { return assembly.append(input.readable) }
        let count = read(input.readable, as: page, into: assembly, &services)
        input.consume(count)
        assembly.input = input
    }

    /// Goes on after a pause.
    ///
    /// - Returns: false if what it was for is not known yet.
    private mutating func resolve(
        _ pause: Assembly.Pause, _ assembly: Assembly, _ services: inout Services
    ) -> Bool {
        switch pause {
        case .parts: guard assembly.parts.isEmpty else { return false }
        case .stub(let part, let block):
            guard assembly.parts.isEmpty else { return false }
            assembly.pause = nil
            if !part.hasOutput { insert(block, into: assembly, &services) }
            return true
        case .value(let name, let child):
            guard take(child, asValueOf: name, assembly, &services) else { return false }
        }
        assembly.pause = nil
        return true
    }
}

extension Exchange {
    /// Reads the beginning of a piece of the source.
    ///
    /// - Returns: how many bytes that were; -1 if they are not there any more.
    private mutating func append(
        _ piece: Piece, to buffer: inout Buffer, _ peers: inout PeerConnections,
        _ services: inout Services
    ) -> Int {
        switch piece {
        case .body(let extent):
            buffer.append(Self.step(extent), of: response.body)
            return Self.step(extent).count
        case .memory(let extent):
            guard let file = response.file.representation else { return -1 }
            buffer.append(file.content.extracting(Self.step(extent)))
            return Self.step(extent).count
        case .file(let descriptor, let extent):
            return append(SharedFile(descriptor), extent, to: &buffer, &services)
        case .peer(let slot, let extent):
            switch peers.connections[slot].input {
            case .some(let input):
                buffer.append(Self.step(extent), of: input)
                return Self.step(extent).count
            case .none: return -1
            }
        case .kept(let extent):
            buffer.append(Self.step(extent), of: proxy.ahead.front)
            return Self.step(extent).count
        default: return -1
        }
    }

    /// Reads a part of a file, and sees that it is of the version that was begun with.
    private mutating func append(
        _ file: SharedFile, _ extent: Extent, to buffer: inout Buffer, _ services: inout Services
    ) -> Int {
        let count = Self.step(extent).count
        buffer.reserve(count)
        guard
            case .bytes(let readCount) = file.read(
                into: buffer.free, limit: count, at: extent.start),
            isUnchanged(file, upTo: extent.end, &services)
        else { return -1 }
        buffer.didFill(readCount)
        return readCount
    }

    private static func step(_ extent: Extent) -> Range<Int> {
        extent.start..<extent.start + min(extent.count, stepByteLimit)
    }

    /// What is read at once.
    private static var stepByteLimit: Int { 16 << 10 }
}

/// Lists of media types as `ssi_types` and `addition_types` have them.
enum MediaTypeList {
    /// Whether a list, or `text/html`, which is always in it, names a type.
    ///
    /// Spec: nginx ngx_http_test_content_type: parameters do not count.
    static func includes(_ type: [UInt8], _ types: [[UInt8]]) -> Bool {
        var plain = type.prefix { $0 != UInt8(ascii: ";") }
        while plain.last == 32 { plain.removeLast() }
        guard !plain.isEmpty else { return false }
        let name = plain.map(\.asciiLowercased)
        return name == Array("text/html".utf8)
            || types.contains { $0 == [UInt8(ascii: "*")] || $0 == name }
    }
}
