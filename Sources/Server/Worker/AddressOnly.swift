// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A member that makes a large struct stay where it is.

private import Synchronization

/// Makes the struct that has it a thing with an address: it is passed on by that, never by value.
///
/// Why: a struct whose members are all plain values is passed to functions that only read it as a
///      copy on the stack, which for a thousand bytes costs more than most of these functions do.
///      The compiler cannot copy an atomic, so it passes on where it is.
struct AddressOnly: ~Copyable, Sendable {
    private let place = Atomic<Bool>(false)
}
