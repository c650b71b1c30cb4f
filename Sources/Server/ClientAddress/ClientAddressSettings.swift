// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the configuration says about proxies in front of us.

internal import OS

/// Whose word about the client's address is believed, and where it stands.
///
/// Spec: nginx ngx_http_realip_module.
struct ClientAddressSettings: Sendable {
    /// `real_ip_header`.
    enum Header: Sendable, Equatable {
        case realIP
        case forwardedFor
        case proxyProtocol
        /// Another field, its name in lower case.
        case field([UInt8])
    }

    /// `set_real_ip_from`.
    var trusted = LevelList<AddressBlock>()
    var header = Header.realIP
    /// `real_ip_recursive`.
    var isRecursive = false
}
