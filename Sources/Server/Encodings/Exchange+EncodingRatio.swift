// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `$gzip_ratio`: how much a coding has saved.

internal import FileCache
internal import HTTP
internal import Memory

extension Exchange {
    /// The length of the content divided by that of its encoding, with two decimals.
    ///
    /// Spec: nginx `$gzip_ratio`, here of every coding; no value for content that is sent as it is.
    mutating func storeEncodingRatio() -> ByteRange? {
        var (before, after) = (response.filter.writtenCount, response.filter.producedCount)
        if let entry = response.file.entry, let form = response.file.representation,
            form.contentCoding != .identity
        {
            (before, after) = (entry.byteCount, form.byteCount)
        }
        guard after > 0 else { return nil }
        let (hundredths, rest) = (before * 1000 / after).quotientAndRemainder(dividingBy: 10)
        let rounded = UInt(rest > 4 ? hundredths + 1 : hundredths)
        let start = bytes.count
        bytes.append(decimal: rounded / 100)
        bytes.append(byte: UInt8(ascii: "."))
        bytes.append(decimal: rounded % 100, width: 2)
        return ByteRange(start, bytes.count)
    }
}
