// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Starting programs: what they inherit and what they do not.
//
// Nothing is reaped here: that would take the children of other tests away from them.

import OS
import Testing

@Suite struct ProcessTests {
    /// Runs a shell script that writes to descriptor 3, and returns what it wrote.
    private func output(
        of script: String, environment: [String] = ["PATH=/usr/bin:/bin"],
        inheriting others: [InheritedDescriptor] = [], holding held: SignalSet = [],
        isDetached: Bool = false
    ) throws -> String {
        let pipe = try Pipe()
        _ = try Process.spawn(
            Program(path: "/bin/sh", arguments: ["sh", "-c", script]), environment: environment,
            inherited: [InheritedDescriptor(pipe.writing.number, as: 3)] + others,
            holding: held, isDetached: isDetached)
        let reading = pipe.finishWriting()
        var text: [UInt8] = []
        while let byte = Pipe.nextByte(from: reading.number) { text.append(byte) }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `a program gets its arguments, its environment and its descriptor`() throws {
        let text = try output(of: "printf '%s %s' \"$0\" \"$NAME\" >&3", environment: ["NAME=v w"])
        #expect(text == "sh v w")
    }

    /// A pipe whose numbers are none that a program is given here.
    private func distantPipe() throws -> Pipe {
        let pipe = try Pipe()
        guard pipe.reading.number < 10 else { return pipe }
        // It is closed when one with other numbers is there.
        return try distantPipe()
    }

    @Test func `a program inherits nothing else`() throws {
        let leak = try distantPipe()
        try leak.reading.setInherited(true)
        let text = try output(
            of: "for n in /proc/self/fd/*; do printf '%s ' \"${n##*/}\"; done >&3")
        let numbers = text.split(separator: " ").compactMap { Int($0) }
        // The shell itself opens one more to list the folder.
        #expect(Set(numbers).isSuperset(of: [0, 1, 2, 3]))
        #expect(!numbers.contains(Int(leak.reading.number)))
    }

    @Test func `descriptors can change places without overwriting each other`() throws {
        let first = try distantPipe()
        let second = try distantPipe()
        Pipe.writeByte(to: first.writing.number, UInt8(ascii: "1"))
        Pipe.writeByte(to: second.writing.number, UInt8(ascii: "2"))
        let (a, b) = (first.reading.number, second.reading.number)
        let text = try output(
            of: "head -c1 </proc/self/fd/\(b) >&3; head -c1 </proc/self/fd/\(a) >&3",
            inheriting: [InheritedDescriptor(a, as: b), InheritedDescriptor(b, as: a)]
        )
        #expect(text == "12")
    }

    @Test func `a program starts with no signal blocked or ignored`() throws {
        Signal.ignoreBrokenPipe()
        let text = try output(of: "grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2 >&3")
        let sets = text.split(separator: "\n").compactMap { UInt64($0, radix: 16) }
        // Signals 32 and 33 belong to glibc, which leaves them ignored in every child.
        #expect(sets.map { $0 & ~(0b11 << 31) } == [0, 0])
    }

    @Test func `a signal that is held waits for the program`() throws {
        // The shell has no way to read a blocked signal: it stays pending instead of ending it.
        let text = try output(
            of: "kill -TERM $$; grep ShdPnd /proc/$$/status | cut -f2 >&3",
            holding: [Signal.terminate, Signal.hangUp])
        #expect(UInt64(text.dropLast(), radix: 16) == 1 << 14)
    }

    @Test func `a detached program leads a session of its own`() throws {
        let script =
            "read -r a b c d e session rest < /proc/self/stat; printf '%s' \"$session\" >&3"
        #expect(try output(of: script) != "")
        let own = try output(of: script)
        let detached = try output(of: script, isDetached: true)
        #expect(own != detached)
    }

    @Test func `a program that does not exist is an error`() {
        #expect(throws: Errno.noSuchFile) {
            _ = try Process.spawn(
                Program(path: "/nonexistent", arguments: ["x"]), environment: [])
        }
    }

    @Test(arguments: [Int32(0), -1])
    func `a signal goes to one process, never to a group`(number: Int32) {
        #expect(throws: Errno.self) { try Process.send(0, to: ProcessID(rawValue: number)) }
    }

    @Test func `the environment is what the kernel handed over`() {
        let path = Process.environmentValue("PATH")
        #expect(path != nil)
        #expect(Process.environment.contains("PATH=\(path ?? "")"))
        #expect(Process.environmentValue("BERANDA_SURELY_UNSET") == nil)
    }

    @Test func `a sealed memory file can be read and not be changed`() throws {
        let file = try Process.sealedMemoryFile("test", content: Array("content".utf8))
        #expect(try file.readAll() == Array("content".utf8))
        #expect(throws: Errno.notPermitted) { try file.setSize(0) }
        #expect(throws: Errno.notPermitted) { try file.writeAll(Array("x".utf8).span) }
    }
}
