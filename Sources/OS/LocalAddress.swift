// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Our side's address of a socket that somebody else owns.

internal import CShims

extension CompactAddress {
    /// The local address of a connected socket; that of a Unix socket when it cannot be had.
    ///
    /// Cost: one system call.
    package static func local(of descriptor: Int32) -> CompactAddress {
        var address = cshims_address()
        guard unsafe cshims_local_address(descriptor, &address, nil, 0) >= 0 else { return .unix }
        return CompactAddress(address)
    }
}
