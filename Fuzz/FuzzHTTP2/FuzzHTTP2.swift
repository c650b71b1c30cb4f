// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Any bytes as what a client of HTTP/2 sends: no trap, bounded answers, and the same requests for
// any cut. Streams are answered as a server would, or reset, as their numbers say.

import HTTP2
import Memory

/// The function that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    // Most inputs would end at the preface; one in some is left without.
    let bytes = input.first == 0 ? input : preface + input
    serve(bytes, step: bytes.count)
    serve(bytes, step: 7)
    return 0
}

/// Serves a client whose bytes come in pieces of this size.
private func serve(_ bytes: [UInt8], step: Int) {
    guard let session = HTTP2Session(HTTP2Settings()) else { return }
    var position = 0
    var isOver = false
    while position < bytes.count, !isOver {
        let end = min(position + step, bytes.count)
        isOver = !session.receive(Array(bytes[position..<end]).span)
        position = end
        for stream in session.started { begin(stream) }
        session.started.removeAll()
        session.forgetHeads()
        for stream in session.changed + session.drained { goOn(stream) }
        session.changed.removeAll()
        session.drained.removeAll()
        for stream in session.closed { precondition(stream.isClosed, "closed, but not closed") }
        session.closed.removeAll()
        var output = Buffer(capacity: 0)
        session.write(to: &output, limit: 64 << 10)
        precondition(output.count <= 160 << 10, "more was written than asked for")
        precondition(session.streams.count <= 128, "more streams than were allowed")
    }
    var output = Buffer(capacity: 0)
    session.writeFarewell(to: &output)
    precondition(output.count <= 17, "a long farewell")
    for stream in session.streams { stream.withdraw() }
}

private let page = [UInt8](repeating: 0x61, count: 20_000)

/// Answers a request in one of the ways that there are.
private func begin(_ stream: HTTP2Stream) {
    var head = Buffer(capacity: 0)
    stream.session.appendHead(of: stream, to: &head)
    for index in head.readable.indices where head.readable[index] == 0 {
        preconditionFailure("a head with a NUL")
    }
    let lines = Array("Content-Type: text/html\r\nConnection: close\r\nX-A: b\r\n".utf8)
    switch stream.number % 8 {
    case 1: _ = stream.session.answer(stream, status: 204, lines: lines.span, hasContent: false)
    case 3:
        _ = stream.session.answer(stream, status: 200, lines: lines.span, hasContent: true)
        stream.lend(page.span, isLast: true)
    case 5: stream.session.reset(stream, .cancel)
    default:
        stream.session.inform(stream, status: 103, lines: lines.span)
        _ = stream.session.answer(stream, status: 200, lines: lines.span, hasContent: true)
        stream.send(page.span.extracting(0..<100))
    }
}

/// Takes content that has come, and ends the answer with the request.
private func goOn(_ stream: HTTP2Stream) {
    var content = Buffer(capacity: 0)
    _ = stream.receive(into: &content, atMost: 1000)
    if stream.takeNotice() > 0 || stream.isInputEnded { stream.finish() }
}
