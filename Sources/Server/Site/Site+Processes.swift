// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a loaded site says about processes, for whoever starts them.

internal import Memory
package import OS

/// Memory that workers share.
package struct SiteSharedZone: Sendable {
    /// The directive that asks for it, in the words of nginx's messages.
    package let directive: String
    package let name: [UInt8]
    package let key: [UInt8]
    package let byteCount: Int
}

/// An address that needs a socket.
package struct SiteSocket: Sendable {
    package let address: SocketAddress
    package let options: ListenerOptions
}

extension Site {
    /// The addresses to open, in the order in which `WorkerProcess.run` expects their sockets.
    package var sockets: [SiteSocket] {
        var sockets: [SiteSocket] = []
        for index in 0..<listeners.count where listeners[index].isBound {
            sockets.append(
                SiteSocket(address: listeners[index].address, options: listeners[index].options))
        }
        return sockets
    }

    /// The zones to make or to keep, in the order in which `SharedState` expects them.
    package var sharedZones: [SiteSharedZone] {
        (0..<zones.count).map { index in
            SiteSharedZone(
                directive: zones[index].use.directive, name: zones[index].name,
                key: zones[index].keyText,
                byteCount: zones[index].byteCount)
        }
    }

    /// The zone of a kind of which there is one at most.
    func zone(for use: SiteZone.Use) -> Int? {
        (0..<zones.count).first { zones[$0].use == use }
    }

    /// How many threads serve.
    package var threadCount: Int { max(1, processes.threadCount ?? Processors.available) }

    package var processFile: [UInt8]? { processes.processFile }
    package var runsAsDaemon: Bool { processes.runsAsDaemon }
    package var user: String? { processes.user }
    package var group: String? { processes.group }
    /// Units: milliseconds; 0 means for ever.
    package var shutdownTimeout: Int { processes.shutdownTimeout }
    package var openFilesLimit: Int? { processes.openFilesLimit }

    /// The files that lines are appended to.
    package var logPaths: [[UInt8]] {
        logFiles.compactMap { file in
            guard case .file(let path) = file.destination else { return nil }
            return path
        }
    }

    /// The files whose changes a worker wants to hear of, by groups that belong together.
    package var followedFiles: [[[UInt8]]] { certificates.groups }

    /// The folders for temporary files that the configuration names.
    package var temporaryFolders: [[UInt8]] {
        var folders: [[UInt8]] = []
        for index in 0..<locations.count {
            let settings = locations[index].settings
            for folder in [settings.contentTemporaryPath, settings.proxy.temporaryPath]
            where folder != Settings.usualTemporaryPath && !folders.contains(folder) {
                folders.append(folder)
            }
        }
        return folders
    }

    /// The main error logs that other processes can write to: each with the path of a file, a
    /// syslog server or, for standard error, neither, and how grave a line must at least be there:
    /// 0 is the gravest.
    package var errorLogs: [(path: [UInt8]?, server: SyslogServer?, level: Int)] {
        processes.errors.compactMap { log in
            switch logFiles[log.file].destination {
            case .file(let path): (path, nil, log.level.rawValue)
            case .syslog(let server): (nil, server, log.level.rawValue)
            case .standardError, .standardOutput: (nil, nil, log.level.rawValue)
            case .memory, .none: nil
            }
        }
    }
}
