// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an exchange must know of its access phase while that phase waits.

internal import HTTP
internal import OS

/// Who is asked whether a request may be served, in nginx's order.
enum AccessChecker: UInt8, BitwiseCopyable, CaseIterable {
    /// `allow` and `deny`.
    case addresses
    /// `auth_basic`.
    case password
    /// `auth_request`.
    case subrequest

    /// Who is asked after it.
    var next: AccessChecker? { AccessChecker(rawValue: rawValue + 1) }
}

/// What a checker says.
enum AccessVerdict: BitwiseCopyable, Equatable {
    /// It has no opinion.
    case none
    case allowed
    /// With 401 or 403 `satisfy any` lets the others decide; any other status is final.
    case refused(Int)
    /// It is to be asked again at the deadline or when the exchange is woken before.
    case wait(until: Instant)
}

/// Where the access phase is.
struct AccessState: BitwiseCopyable {
    /// Who is asked next; nil when all have been.
    var checker: AccessChecker? = .addresses
    /// The refusal that counts if nobody allows (`satisfy any`); 0 when there is none.
    var refusal = 0
    /// When a 401 that is being held back may go.
    var heldUntil: Instant?
}
