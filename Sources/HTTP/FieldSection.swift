// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Field lines as places in the bytes of a head.
//
// Inlinable although this is not Memory: the parsers append here once per field line, and every
// handler asks `present`; as calls across modules these are a tenth of a small request's work.

public import Memory

/// Where one field line lies in its head.
///
/// Invariant: offsets count from the first byte of the head (or of the trailer section).
@usableFromInline
package struct Field: BitwiseCopyable, Sendable {
    @usableFromInline package var nameStart: UInt32
    @usableFromInline package var valueStart: UInt32
    @usableFromInline package var valueCount: UInt32
    @usableFromInline package var nameCount: UInt16
    @usableFromInline package var name: FieldName
    @usableFromInline package var traits: FieldTraits

    @inlinable package init(
        name: FieldName, nameStart: Int, nameCount: Int, valueStart: Int, valueEnd: Int,
        traits: FieldTraits = []
    ) {
        self.name = name
        self.nameStart = UInt32(truncatingIfNeeded: nameStart)
        self.nameCount = UInt16(truncatingIfNeeded: nameCount)
        self.valueStart = UInt32(truncatingIfNeeded: valueStart)
        self.valueCount = UInt32(truncatingIfNeeded: valueEnd &- valueStart)
        self.traits = traits
    }

    @inlinable package var nameRange: Range<Int> {
        Int(nameStart)..<Int(nameStart) &+ Int(nameCount)
    }
    @inlinable package var valueRange: Range<Int> {
        Int(valueStart)..<Int(valueStart) &+ Int(valueCount)
    }
}

/// What a policy may want to know about a field line without looking at its bytes again.
@usableFromInline
package struct FieldTraits: OptionSet, BitwiseCopyable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The name contains '_', which applications behind us may confuse with '-'.
    @inlinable package static var underscore: FieldTraits { FieldTraits(rawValue: 1) }

    /// The name contains a byte that RFC 9110 allows but nginx calls invalid, such as '.' or '!'.
    @inlinable package static var unusualName: FieldTraits { FieldTraits(rawValue: 2) }
}

/// The field lines of one head, in the order received.
///
/// Limits: as many as it was made for; `append` refuses the rest.
/// Cost: one allocation when it is made, none later.
@usableFromInline
package struct FieldSection: ~Copyable {
    @usableFromInline var table: FixedArray<Field>

    /// How many field lines there are.
    @usableFromInline package var count = 0

    /// The recognised names among them.
    @usableFromInline package var present: FieldNameSet = []

    /// The traits that any of them has.
    @usableFromInline package var traits: FieldTraits = []

    /// The most field lines that a head may have when nobody says otherwise.
    package static var defaultLimit: Int { 100 }

    /// Makes room for `limit` field lines.
    package init(limit: Int = defaultLimit) {
        let nowhere = Field(name: .other, nameStart: 0, nameCount: 0, valueStart: 0, valueEnd: 0)
        table = FixedArray(repeating: nowhere, count: max(limit, 1))
    }

    /// How many field lines there may be.
    @inlinable package var limit: Int { table.count }

    /// Whether there is a field of this recognised name.
    @inlinable package func contains(_ name: FieldName) -> Bool {
        present.rawValue >> UInt64(name.rawValue & 63) & 1 != 0
    }

    /// The field line at a place in the order received.
    @inlinable package subscript(index: Int) -> Field { table[index] }

    /// The first field line of a recognised name.
    @inlinable package func first(of name: FieldName) -> Field? {
        guard contains(name) else { return nil }
        for index in 0..<count where table[index].name == name { return table[index] }
        return nil
    }

    /// The index of the next field line of a recognised name, from `start` on.
    @inlinable package func index(of name: FieldName, from start: Int = 0) -> Int? {
        guard contains(name) else { return nil }
        var index = start
        while index < count {
            if table[index].name == name { return index }
            index &+= 1
        }
        return nil
    }

    /// Adds a field line, or answers false when there are as many as may be.
    @inlinable @inline(__always)
    package mutating func append(_ field: Field) -> Bool {
        guard count < table.count else { return false }
        table[count] = field
        count &+= 1
        present.rawValue |= 1 << UInt64(field.name.rawValue & 63)
        traits.rawValue |= field.traits.rawValue
        return true
    }

    /// Drops the field lines that have any of these traits, and keeps the order of the others.
    package mutating func removeAll(having unwanted: FieldTraits) {
        guard !traits.isDisjoint(with: unwanted) else { return }
        let old = count
        removeAll()
        for index in 0..<old where table[index].traits.isDisjoint(with: unwanted) {
            _ = append(table[index])
        }
    }

    /// Drops the field lines of a recognised name, and keeps the order of the others.
    package mutating func remove(_ name: FieldName) {
        guard contains(name) else { return }
        let old = count
        removeAll()
        for index in 0..<old where table[index].name != name { _ = append(table[index]) }
    }

    /// The same field lines, for a copy of the bytes.
    package func copied() -> FieldSection {
        var copy = FieldSection(limit: limit)
        for index in 0..<count { _ = copy.append(table[index]) }
        return copy
    }

    /// Forgets all field lines; does not touch the table.
    @inlinable package mutating func removeAll() {
        count = 0
        present = []
        traits = []
    }
}
