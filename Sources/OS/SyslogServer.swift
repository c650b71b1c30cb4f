// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where log lines go as datagrams, and how they are headed.
//
// Spec: RFC 3164, as nginx writes it.

/// A syslog server, and what lines say about where they come from.
package struct SyslogServer: Hashable, Sendable {
    package var address: SocketAddress
    /// 0 to 23.
    package var facility: Int
    /// 0 to 7, of lines that are of no level themselves.
    package var severity: Int
    package var tag: [UInt8]
    /// This machine; nil where lines do not say it.
    package var hostName: [UInt8]?

    package init(
        address: SocketAddress, facility: Int = 23, severity: Int = 6, tag: [UInt8],
        hostName: [UInt8]?
    ) {
        self.address = address
        self.facility = facility
        self.severity = severity
        self.tag = tag
        self.hostName = hostName
    }

    /// The most that is sent of a line of the error log, its head included.
    package static var errorByteLimit: Int { 2048 }

    /// What stands before a line: "<190>Nov 23 06:15:00 host nginx: ".
    package func head(severity: Int, at time: LocalTime) -> [UInt8] {
        let name = Self.monthNames[max(0, min(11, time.month - 1))]
        let day = time.day < 10 ? " \(time.day)" : "\(time.day)"
        let clock = [time.hour, time.minute, time.second].map { $0 < 10 ? "0\($0)" : "\($0)" }
        var head = Array("<\(facility * 8 + severity)>\(name) \(day) ".utf8)
        head += Array(clock.joined(separator: ":").utf8) + [0x20]
        if let hostName { head += hostName + [0x20] }
        return head + tag + Array(": ".utf8)
    }

    private static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
