// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The smallest worker: it does with the handover what the real one has to do.

import OS
import Supervisor

/// Answers every connection with "generation pid sockets", then closes it.
enum ProbeWorker {
    private static let signalToken: UInt64 = 1 << 32
    private static let controlToken: UInt64 = 1 << 33

    static func run(_ handover: WorkerHandover) -> Int32 {
        let wish = FileDescriptor(owning: handover.snapshot)
        let text = String(decoding: (try? wish.readAll()) ?? [], as: UTF8.self)
        if text == "fails" { return 7 }
        do {
            return try serve(handover, isStubborn: text == "stubborn")
        } catch {
            return 98
        }
    }

    private static func serve(_ handover: WorkerHandover, isStubborn: Bool) throws -> Int32 {
        let signals = try SignalReader([
            Signal.terminate, Signal.interrupt, Signal.quit, Signal.hangUp, Signal.user1,
        ])
        try handover.enter()
        var poller = try Poller()
        try poller.addLevel(signals.number, token: signalToken)
        try poller.addLevel(handover.control, token: controlToken)
        let count = handover.listeners.reduce(0) { $0 + $1.count }
        for number in handover.listeners.joined() {
            try poller.addLevel(number, token: UInt64(number))
        }
        handover.reportReady()
        let answer = Array("\(handover.generation) \(Process.id) \(count)\n".utf8)
        while true {
            for index in 0..<poller.wait(timeoutMilliseconds: -1) {
                let token = poller.event(index).token
                if token == controlToken { return 0 }
                if token != signalToken {
                    answerConnection(on: Int32(truncatingIfNeeded: token), with: answer)
                    continue
                }
                while let signal = signals.next() {
                    if signal == Signal.user1 {
                        try reopenLog()
                    } else if !isStubborn {
                        return 0
                    }
                }
            }
        }
    }

    private static func reopenLog() throws {
        let folder = Process.environmentValue("PROBE_FOLDER") ?? "."
        let log = try FileSystem.open(folder + "/access.log", [.write, .append])
        try log.writeAll(Array("reopened\n".utf8).span)
    }

    private static func answerConnection(on number: Int32, with answer: [UInt8]) {
        let listener = Listener(adopting: FileDescriptor(owning: number))
        if case .connection(let socket, _) = listener.accept() {
            Process.write(answer, to: socket.number)
            var byte: [UInt8] = [0]
            var span = byte.mutableSpan
            // The client sends its byte before it connects to nothing else; a moment is enough.
            var poller = try? Poller()
            try? poller?.addLevel(socket.number, token: 0)
            _ = poller?.wait(timeoutMilliseconds: 50)
            _ = unsafe socket.receive(into: span.mutableBytes)
            if byte[0] == UInt8(ascii: "!") { try? Process.send(4, to: Process.id) }
        }
        _ = listener.take().take()
    }
}
