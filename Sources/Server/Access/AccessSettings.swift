// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Who may ask, as the configuration says it.

internal import OS

/// `allow` or `deny`.
struct AccessRule: BitwiseCopyable, Sendable {
    /// Whose addresses it is for; nil for everybody's.
    var addresses: AddressBlock?
    var allows: Bool
}

/// `allow`, `deny`, `satisfy`, `auth_delay` and `auth_basic`.
struct AccessSettings: Sendable {
    var rules = LevelList<AccessRule>()
    /// `satisfy any`: one checker that allows is enough.
    var satisfiesAny = false
    /// How long a 401 is held back.
    ///
    /// Units: milliseconds.
    var refusalDelay = 0
    /// `auth_basic`: what a password is for; "off" for no password.
    var realm: Template?
    /// `auth_basic_user_file`.
    var passwordFile: Template?

    /// Whether there is anything to check.
    var isOn: Bool { !rules.isEmpty || asksForPassword }

    private var asksForPassword: Bool {
        guard let realm, passwordFile != nil else { return false }
        return realm.constant != Array("off".utf8)
    }

    /// What the rules say about an address; nil when none of them is about it.
    ///
    /// Spec: nginx ngx_http_access_module: the first rule that fits. An IPv4 address that came in
    ///       the shape of an IPv6 one is seen by the rules for IPv4 as soon as there are any.
    func allows(_ client: CompactAddress) -> Bool? {
        let address = hasRulesForIPv4 ? client.unmapped : client
        for rule in rules.elements where rule.addresses?.holds(address) ?? true {
            return rule.allows
        }
        return nil
    }

    private var hasRulesForIPv4: Bool {
        rules.elements.contains { $0.addresses.map { $0.base.family == .ipv4 } ?? true }
    }
}

extension AddressBlock {
    /// Whether an address is in the block as it stands, mapped or not.
    fileprivate func holds(_ address: CompactAddress) -> Bool {
        AddressBlock(address, prefixLength: prefixLength).base == base
    }
}
