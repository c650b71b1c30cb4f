// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Memory that workers share with each other and with their successors.
//
// The supervisor makes it and hands it on; what lies in a zone it does not know.

internal import OS

/// A zone of memory that a configuration asks for.
package struct SharedZonePlan: Equatable, Hashable, Sendable {
    /// The directive that makes it, and the name that it is called by.
    package var directive: String
    package var name: String

    /// What its keys are, as the configuration writes them.
    package var key: String

    package var byteCount: Int

    package init(directive: String, name: String, key: String, byteCount: Int) {
        self.directive = directive
        self.name = name
        self.key = key
        self.byteCount = byteCount
    }
}

/// The zones of one configuration.
struct SharedZones {
    private(set) var plans: [SharedZonePlan] = []
    private var files: [Supervisor.SharedDescriptor] = []

    /// Why zones cannot be had, in nginx's words.
    struct Failure: Error {
        let message: String
    }

    /// No zones.
    init() {}

    /// The zones of a plan; those that the active configuration has are taken over.
    ///
    /// Spec: nginx: a zone of another size is a new one; one of the same size with another key is
    ///       refused, for what is in it would mean something else.
    init(_ plans: [SharedZonePlan], after active: SharedZones?) throws(Failure) {
        for plan in plans {
            let known = active?.plans.firstIndex {
                $0.name == plan.name && $0.directive == plan.directive
                    && $0.byteCount == plan.byteCount
            }
            self.plans.append(plan)
            guard let known, let active else {
                files.append(try Self.make(plan))
                continue
            }
            guard active.plans[known].key == plan.key else {
                throw Failure(
                    message: "\(plan.directive) \"\(plan.name)\" uses the \"\(plan.key)\" key "
                        + "while previously it used the \"\(active.plans[known].key)\" key")
            }
            files.append(active.files[known])
        }
    }

    private static func make(
        _ plan: SharedZonePlan
    ) throws(Failure) -> Supervisor.SharedDescriptor {
        do {
            let file = try SharedMemory.makeFile("beranda zone", byteCount: plan.byteCount)
            // Whoever makes keys up must not know where they will lie.
            try file.writeAll(Random.bytes(secretByteCount).span)
            return Supervisor.SharedDescriptor(file)
        } catch {
            throw Failure(
                message: "the shared memory of zone \"\(plan.name)\" cannot be had (\(error))")
        }
    }

    /// The random bytes that every zone begins with.
    private static var secretByteCount: Int { 16 }

    /// The descriptors, in the order of the plan.
    var numbers: [Int32] { files.map { $0.descriptor.number } }
}
