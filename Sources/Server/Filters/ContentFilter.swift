// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What content goes through on its way from its source to the connection: bytes in, bytes out.
//
// It knows neither where the content comes from nor how it is framed.

internal import Compression
internal import Memory

/// Content on its way through those of these that are on, in this order: texts are replaced,
/// characters are converted, and all is encoded.
///
/// Limits: what has come out and was not taken is bounded by whoever writes: see
///         `Exchange.nextFilteredPiece`.
struct ContentFilter: ~Copyable {
    /// Replaces texts in front of all else.
    private var substituter: Substituter?
    private var isSubstituting = false
    /// Changes characters in front of the encoder.
    private var converter: CharsetConverter?
    private var map: CharsetMap?
    /// Nil when nothing is encoded, and once the content has ended.
    private var encoder: Encoder?
    private var isEncoding = false
    /// Its place among those that are open on this thread.
    private var place: EncoderCount.Place?
    /// What has come out and was not taken.
    private(set) var output = Buffer(capacity: 0)
    private(set) var state = State.open
    /// Whether something was written of which not everything has come out.
    private var hasUnflushed = false
    /// How much has come to the stage behind the first.
    private(set) var passedCount = 0
    /// How much content went in, and how much has come out of it.
    private(set) var writtenCount = 0
    private(set) var producedCount = 0

    enum State: BitwiseCopyable {
        case open
        /// Everything has come out.
        case ended
        /// There was no memory for more.
        case failed
    }

    init() {}

    init(_ encoder: consuming Encoder, _ place: consuming EncoderCount.Place) {
        self.init()
        add(encoder, place)
    }

    /// Adds an encoder, the last stage.
    mutating func add(_ encoder: consuming Encoder, _ place: consuming EncoderCount.Place) {
        self.encoder = consume encoder
        self.place = consume place
        isEncoding = true
    }

    /// Adds a stage that changes characters.
    mutating func add(_ converter: CharsetConverter, _ map: CharsetMap) {
        self.converter = converter
        self.map = map
    }

    /// Adds the stage that replaces texts.
    mutating func add(_ substituter: consuming Substituter) {
        self.substituter = consume substituter
        isSubstituting = true
    }

    /// Puts in the next bytes of the content.
    mutating func write(_ input: Span<UInt8>) {
        writtenCount += input.count
        hasUnflushed = true
        guard isSubstituting else { return convert(input) }
        var replaced = Buffer(capacity: input.count)
        substituter?.write(input, into: &replaced, limit: Self.replacedByteLimit)
        convert(replaced.readable)
    }

    /// Whether something that was put in can come out without more being put in.
    var hasBacklog: Bool {
        switch substituter {
        case .some(let substituter): substituter.hasBacklog
        case .none: false
        }
    }

    /// Goes on with what was put in.
    mutating func proceed() {
        var replaced = Buffer(capacity: 0)
        substituter?.proceed(into: &replaced, limit: Self.replacedByteLimit)
        convert(replaced.readable)
    }

    private mutating func convert(_ input: Span<UInt8>) {
        passedCount += input.count
        guard converter != nil, let map else { return encode(input, .none) }
        var converted = Buffer(capacity: input.count + input.count / 2)
        converter?.convert(input, by: map, into: &converted)
        encode(converted.readable, .none)
    }

    /// Brings out everything that was written, because more may be long in coming.
    mutating func flush() {
        guard hasUnflushed else { return }
        encode(Span(), .sync)
        hasUnflushed = false
    }

    /// Ends the content, and lets go of the encoder; call again after a backlog.
    mutating func finish() {
        if isSubstituting {
            var replaced = Buffer(capacity: 0)
            substituter?.finish(into: &replaced, limit: Self.replacedByteLimit)
            convert(replaced.readable)
            if hasBacklog { return }
        }
        if converter != nil {
            var rest = Buffer(capacity: 0)
            converter?.finish(into: &rest)
            encode(rest.readable, .none)
        }
        encode(Span(), .finish)
        if state == .open { state = .ended }
        release()
    }

    /// Takes note that the first bytes of the output are gone.
    mutating func didTake(_ byteCount: Int) {
        output.consume(byteCount)
        // A connection that waits for its peer should not hold what a burst has left behind.
        if output.isEmpty, output.capacity > Self.retainedByteLimit { output = Buffer(capacity: 0) }
    }

    private mutating func encode(_ input: Span<UInt8>, _ flush: EncoderFlush) {
        guard state == .open else { return }
        let before = output.count
        guard isEncoding else {
            output.append(input)
            producedCount += input.count
            return
        }
        do throws(EncoderFailure) {
            try encoder?.write(input, flush: flush, into: &output)
        } catch {
            state = .failed
            release()
        }
        producedCount += output.count - before
    }

    private mutating func release() {
        encoder = nil
        place = nil
    }

    private static var retainedByteLimit: Int { 16 << 10 }
    /// What the texts of one piece may come to before it has to wait.
    private static var replacedByteLimit: Int { 64 << 10 }
}

/// How many encoders are open on a thread.
///
/// Why: a good encoder holds up to a megabyte for as long as its client takes, which is nothing for
///      a few and too much for a thousand event streams. Those beyond some get light ones.
final class EncoderCount {
    private(set) var openCount = 0

    /// One of those that are open; it counts until it is dropped.
    struct Place: ~Copyable {
        private let count: EncoderCount
        let weight: EncoderWeight

        fileprivate init(_ count: EncoderCount) {
            self.count = count
            weight = count.openCount < EncoderCount.fullCountLimit ? .full : .light
            count.openCount += 1
        }

        deinit { count.openCount -= 1 }
    }

    func take() -> Place { Place(self) }

    private static var fullCountLimit: Int { 16 }
}
