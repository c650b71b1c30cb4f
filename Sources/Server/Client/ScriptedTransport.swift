// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// A transport that plays the kernel from a script, so that connections can be driven without
// sockets. Debug builds only.

#if DEBUG
    internal import Memory
    internal import OS

    /// What a scripted transport does next when it is asked for bytes, and what it was given.
    final class ScriptedTransport {
        /// What each receive yields, in order; then `wouldBlock`.
        enum Arrival {
            case bytes([UInt8])
            case wouldBlock
            case end
            case failure(Errno)
        }

        var arrivals: [Arrival]
        /// How many bytes each send takes, in order; nil takes everything; then everything.
        var sendLimits: [Int?] = []
        /// Everything that was sent.
        private(set) var sent: [UInt8] = []
        private(set) var isShutDown = false
        /// Whether closing would send a reset.
        var willReset = false

        init(_ arrivals: [Arrival]) {
            self.arrivals = arrivals
        }

        func receive(into buffer: inout Buffer, atMost room: Int) -> Transfer {
            guard !arrivals.isEmpty else { return .wouldBlock }
            switch arrivals.removeFirst() {
            case .bytes(let bytes):
                let count = min(bytes.count, room)
                if count < bytes.count { arrivals.insert(.bytes(Array(bytes[count...])), at: 0) }
                // Puts the bytes where `receive` counts them: behind the readable ones.
                var space = buffer.free
                for index in 0..<count {
                    space.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
                }
                return .bytes(count)
            case .wouldBlock: return .wouldBlock
            case .end: return .endOfStream
            case .failure(let error): return .failed(error)
            }
        }

        func send(_ bytes: RawSpan) -> Transfer {
            let limit = sendLimits.isEmpty ? nil : sendLimits.removeFirst()
            let count = min(limit ?? bytes.byteCount, bytes.byteCount)
            if count == 0, bytes.byteCount > 0 { return .wouldBlock }
            for index in 0..<count {
                sent.append(unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self))
            }
            return .bytes(count)
        }

        func shutdownWrite() { isShutDown = true }
    }
#endif
