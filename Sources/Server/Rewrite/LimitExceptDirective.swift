// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `limit_except`: what holds in a location for all methods but a few.

internal import Configuration
internal import HTTP
internal import Memory

/// The row of `limit_except`.
enum LimitExceptDirective {
    static let row = Directive<LocationDraft>.block(
        "limit_except", in: [.location], .atLeast(1), syntax: "method ...", repeats: false,
        summary: """
            What holds for requests by any method but these: who may make them, where they are \
            passed to. GET includes HEAD. The rewriting of the location is not for them.
            """
    ) { outer, invocation in
        var methods = MethodSet()
        for index in invocation.arguments.indices {
            guard let method = MethodSet.method(named: invocation.bytes(index)) else {
                throw invocation.error(at: index, "invalid method \"\(invocation.text(index))\"")
            }
            methods.insert(method)
        }
        if methods.contains(.get) { methods.insert(.head) }
        var block = outer.inner
        // Spec: nginx: only where requests are passed to is inherited here.
        block.ownHandler = nil
        invocation.applyChildren(SiteTables.location, in: .limitExcept, to: &block)
        outer.exceptedMethods = methods
        outer.limitedLocation = outer.innerLocations.count
        outer.innerLocations.append(block)
    }
}

/// Some of the methods that have a number.
struct MethodSet: BitwiseCopyable, Sendable {
    private var bits: UInt32 = 0

    mutating func insert(_ method: Method) { bits |= 1 << UInt32(method.rawValue) }

    /// Whether it is in; an unknown one never is.
    func contains(_ method: Method) -> Bool {
        method != .other && bits & (1 << UInt32(method.rawValue)) != 0
    }

    /// The method of a name in any case, if `limit_except` knows it.
    static func method(named name: [UInt8]) -> Method? {
        let upper = name.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 }
        let method = Method(upper.span)
        return method == .other || method == .connect || method == .trace ? nil : method
    }
}
