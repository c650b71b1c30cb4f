// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The weights in a value of Accept-Encoding.

internal import Memory

/// What a client says about each coding.
///
/// Units: thousandths; -1 where nothing is said.
/// Spec: RFC 9110 §12.5.3, and RFC 9110 §8.4.1.3: x-gzip is gzip.
struct AcceptEncoding {
    private(set) var gzip = -1
    private(set) var brotli = -1
    private(set) var zstd = -1
    private(set) var identity = -1
    /// Of `*`: every coding that is not named.
    private(set) var other = -1

    init(_ value: Span<UInt8>) {
        var list = TokenList()
        while let element = list.next(in: value) {
            let item = WeightedItem(value.extracting(element))
            let name = value.extracting(element).extracting(0..<item.nameCount)
            if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
                gzip = item.weight
            } else if name.equalsIgnoringCase("br") {
                brotli = item.weight
            } else if name.equalsIgnoringCase("zstd") {
                zstd = item.weight
            } else if name.equalsIgnoringCase("identity") {
                identity = item.weight
            } else if name.equals("*") {
                other = item.weight
            }
        }
    }

    /// The weight of a coding that is named, else that of those that are not.
    func weight(of coding: ContentCoding) -> Int {
        let own =
            switch coding {
            case .gzip: gzip
            case .brotli: brotli
            case .zstd: zstd
            case .identity: identity
            }
        return own >= 0 ? own : other
    }
}
