// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Starting programs, and this program itself.

internal import CShims
internal import Glibc

/// A program to start.
package struct Program: Sendable {
    /// The file to execute.
    package var path: String

    /// The arguments, beginning with the name under which the process is listed.
    package var arguments: [String]

    package init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// The file that this process was started from, even if another one has its name by now.
    package static let ownPath = "/proc/self/exe"
}

/// A descriptor of this process, and the number under which a child finds it.
package struct InheritedDescriptor: BitwiseCopyable, Sendable {
    package let source: Int32
    package let target: Int32

    package init(_ source: Int32, as target: Int32) {
        self.source = source
        self.target = target
    }
}

extension Process {
    /// Starts a program with exactly these descriptors beside 0, 1 and 2.
    ///
    /// The child begins with default signal dispositions and a signal mask of its own: this
    /// process blocks signals and ignores some, which programs inherit otherwise.
    ///
    /// - Parameters:
    ///   - held: signals that wait in the child until it reads them. One that is sent before the
    ///     child has had its first instant would end it otherwise.
    ///   - isDetached: whether the child leaves the terminal for a session of its own.
    package static func spawn(
        _ program: Program, environment: [String], inherited: [InheritedDescriptor] = [],
        holding held: SignalSet = [], isDetached: Bool = false
    ) throws(Errno) -> ProcessID {
        let firstUnused = (inherited.map(\.target).max() ?? 2) + 1
        // The copies happen one after the other: a target that is another's source would overwrite
        // it. So every source is taken out of the range of the targets first.
        var moved: [Int32] = []
        defer { for descriptor in moved { close(descriptor) } }
        var sources: [Int32] = []
        for descriptor in inherited {
            var source = descriptor.source
            if source < firstUnused {
                source = cshims_duplicate_above(source, firstUnused)
                guard source >= 0 else { throw Errno.current }
                moved.append(source)
            }
            sources.append(source)
        }
        var id: Int32 = 0
        let arguments = CStringArray(program.arguments)
        let error = unsafe CStringArray(environment).withPointers { environment in
            unsafe arguments.withPointers { arguments in
                unsafe cshims_spawn(
                    &id, program.path, arguments, environment, sources, inherited.map(\.target),
                    Int32(inherited.count), firstUnused, isDetached ? 1 : 0, held.bits)
            }
        }
        guard error == 0 else { throw Errno(rawValue: error) }
        return ProcessID(rawValue: id)
    }
}

/// Texts in the form in which C passes arguments: an array of pointers that ends with a null.
@safe struct CStringArray: ~Copyable {
    private let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        unsafe pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            unsafe (pointers + index).initialize(to: strdup(text))
        }
        unsafe (pointers + count).initialize(to: nil)
    }

    /// Lends the pointers for the duration of a call.
    borrowing func withPointers(
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        unsafe body(pointers)
    }

    deinit {
        for index in 0..<count { unsafe free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}
