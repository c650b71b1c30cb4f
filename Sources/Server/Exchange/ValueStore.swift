// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The values of the variables that the configuration defines, for one exchange.

internal import HTTP

/// What `set`, named captures and `map` have given the variables of one exchange.
struct ValueStore: ~Copyable {
    /// By the index of the variable: where its value lies, nil when it has none yet.
    private(set) var places: [ByteRange?] = []

    /// The value of a variable.
    subscript(index: Int) -> ByteRange? {
        get { index < places.count ? places[index] : nil }
        set {
            while places.count <= index { places.append(nil) }
            places[index] = newValue
        }
    }

    /// The same places, for bytes that begin with the same ones.
    func copied() -> ValueStore {
        var copy = ValueStore()
        copy.places = places
        return copy
    }

    /// Forgets all values; an exchange without any pays one comparison.
    mutating func reset() {
        if !places.isEmpty { places.removeAll(keepingCapacity: true) }
    }
}
