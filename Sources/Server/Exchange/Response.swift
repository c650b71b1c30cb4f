// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The response of an exchange before any protocol has framed it.

internal import FileCache
internal import HTTP
internal import Memory

/// Where the content of a response comes from.
enum ContentSource: BitwiseCopyable, Equatable {
    case none
    /// The bytes of `Response.body`.
    case body
    /// The bytes of `Response.file`, in memory or behind its descriptor.
    case file
    /// Several parts of `Response.file`, as `Response.parts` says.
    case parts
    /// Whatever the peer sends.
    case peer
}

/// Status, fields and content of a response.
///
/// Field lines are kept as HTTP/1 writes them (`Name: value` CRLF), because that is what most
/// connections need; HTTP/2 reads names and values from them.
struct Response: ~Copyable {
    var status = 0
    /// The reason phrase of the peer, in the bytes of the exchange.
    var reason: ByteRange?
    /// The charset that a peer wants its content to be sent in, in the bytes of the exchange.
    var charset: ByteRange?
    /// Complete field lines, without Server, Date, Connection and framing.
    var fields = Buffer(capacity: 0)
    /// The field lines of a 103 that goes before it.
    var hints = Buffer(capacity: 0)
    /// Whether fields follow the content.
    var hasTrailers = false
    /// Those fields, once the content is complete.
    var trailers = Buffer(capacity: 0)
    /// How long the content is, nil when only its end will tell.
    var contentLength: Int?
    /// Whether `Content-Length` is already among the field lines.
    var statesLength = false
    var source: ContentSource = .none
    /// When what is not a file was changed last.
    ///
    /// Units: seconds since 1970.
    var lastModified: Int?
    /// A generated page.
    var body = Buffer(capacity: 0)
    /// A file of the cache, held until the response is done.
    var file = FileHold()
    /// The parts of the file that are sent, where there are several.
    var parts: PartPlan?
    /// The coding that the file is put into while it is sent, because the client would rather have
    /// it and it is not there yet; identity for none.
    var fileCoding = ContentCoding.identity
    /// What the content is put together of, where it is not the source's alone.
    var assembly: Assembly?
    /// What the content goes through, where it goes through anything.
    var filter = ContentFilter()
    var isFiltered = false
    /// Whether its bytes are changed on their way, before they are encoded.
    var isConverted = false
    /// What has been handed out of the source, and where it ends.
    var offset = 0
    var end = 0
    /// Whether Server and Date were given by the peer or the configuration and need not be added.
    var hasServer = false
    var hasDate = false
    /// Whether the connection is to be closed after it.
    var closes = false
    /// Whether it is sent in chunks, and whether the connection is kept after it: known once its
    /// head is written.
    var isChunked = false
    var isKeptAlive: Bool?
    /// Whether its last byte has been queued.
    var isComplete = false
    /// What is known of the file behind the descriptor.
    var fileView = FileView()
    /// How fast it may be sent.
    var pace = Pace()
    var sentByteCount = 0
    var sentContentCount = 0

    mutating func reset() {
        status = 0
        clear()
        sentByteCount = 0
        sentContentCount = 0
        pace = Pace()
        closes = false
        isChunked = false
        if !hints.isEmpty { hints = Buffer(capacity: 0) }
        isKeptAlive = nil
        isComplete = false
    }

    /// Drops what a handler has prepared, before an error page takes its place.
    mutating func clear() {
        reason = nil
        charset = nil
        fields.removeAll()
        if fields.capacity > Self.retainedByteLimit { fields = Buffer(capacity: 0) }
        body.removeAll()
        if body.capacity > Self.retainedByteLimit { body = Buffer(capacity: 0) }
        hasTrailers = false
        if !trailers.isEmpty { trailers = Buffer(capacity: 0) }
        file.release()
        if parts != nil { parts = nil }
        fileCoding = .identity
        if isFiltered {
            filter = ContentFilter()
            isFiltered = false
        }
        isConverted = false
        lastModified = nil
        if assembly != nil { assembly = nil }
        contentLength = nil
        statesLength = false
        source = .none
        offset = 0
        end = 0
        fileView = FileView()
        hasServer = false
        hasDate = false
    }

    private static var retainedByteLimit: Int { 4 << 10 }
}

extension Response {
    /// Removes all lines of a field.
    mutating func removeField(_ name: Span<UInt8>) {
        var kept = Buffer(capacity: fields.count)
        var start = 0
        while start < fields.count {
            let rest = fields.span(start..<fields.count)
            let end = start + (rest.firstOffset(of: 0x0A) ?? rest.count - 1) + 1
            let colon = rest.firstOffset(of: UInt8(ascii: ":")) ?? 0
            if !rest.extracting(0..<colon).equalsIgnoringCase(name) {
                kept.append(start..<end, of: fields)
            }
            start = end
        }
        fields = kept
    }

    mutating func removeField(_ name: StaticString) {
        removeField(Array(name.description.utf8).span)
    }

    /// Adds a field line.
    mutating func add(_ name: StaticString, _ value: Span<UInt8>) {
        fields.append(name)
        fields.append(": ")
        fields.append(value)
        fields.append("\r\n")
    }

    mutating func add(_ name: StaticString, _ value: StaticString) {
        fields.append(name)
        fields.append(": ")
        fields.append(value)
        fields.append("\r\n")
    }

    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        fields.append(name)
        fields.append(": ")
        fields.append(value)
        fields.append("\r\n")
    }
}
