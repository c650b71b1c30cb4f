// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What can be asked of name servers, and how a question is known here. Pure.

/// The records that are asked for.
///
/// Spec: RFC 1035 §3.2.2, RFC 3596 §2.1, RFC 2782.
enum RecordType: UInt16, BitwiseCopyable, Hashable {
    case ipv4 = 1
    case alias = 5
    case ipv6 = 28
    case service = 33
}

/// What somebody wants to know: the key of answers and of those who wait for them.
struct Question: Hashable {
    enum Kind: BitwiseCopyable, Hashable {
        /// The addresses of a host.
        case host
        /// The hosts and ports that offer a service, and their addresses.
        case service
    }

    /// 0 for the system's servers, else one more than an index of the resolver's sources.
    let source: Int
    let name: QueryName
    var kind = Kind.host
}
