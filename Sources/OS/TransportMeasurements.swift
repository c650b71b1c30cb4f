// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the kernel has measured of a TCP connection.

internal import CShims

/// How a TCP connection does.
package struct TransportMeasurements: BitwiseCopyable, Sendable {
    /// Units: microseconds.
    package let roundTripTime: UInt32
    package let roundTripVariation: UInt32
    /// Units: segments.
    package let sendWindow: UInt32
    /// Units: bytes.
    package let receiveSpace: UInt32

    /// Nil for what is no TCP connection.
    ///
    /// Cost: one system call.
    package init?(of descriptor: Int32) {
        var values: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        let outcome = unsafe withUnsafeMutablePointer(to: &values) { pointer in
            unsafe pointer.withMemoryRebound(to: UInt32.self, capacity: 4) { values in
                unsafe cshims_measure(descriptor, values)
            }
        }
        guard outcome == 0 else { return nil }
        (roundTripTime, roundTripVariation, sendWindow, receiveSpace) = values
    }
}
