// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The c-ares library. The only files that call it are this one and AresReports.swift.

internal import CCares
internal import OS

/// One channel of c-ares: its servers, its sockets and its open questions.
///
/// Everything that it has to tell goes to its `AresReports`, also during `deinit`.
@safe struct AresChannel: ~Copyable {
    /// What a channel is made from, as often as needed.
    struct Configuration {
        let servers: [SocketAddress]
        /// Read only if there are no `servers`, apart from its options.
        let systemFile: StaticString
        let questionTimeout: Int32
        let roundLimit: Int32
        /// Whether servers are asked for records, and what they say is told as it is.
        var isPlain = false
    }

    private let channel: ares_channel
    private let reports: AresReports

    init(_ configuration: Configuration, reports: AresReports) throws(ResolutionFailure) {
        guard Self.isLibraryReady, let channel = unsafe Self.open(configuration, reports) else {
            throw .outOfResources
        }
        guard unsafe Self.setServers(configuration.servers, of: channel) else {
            unsafe ares_destroy(channel)
            throw .outOfResources
        }
        unsafe self.channel = channel
        self.reports = reports
    }

    /// Ends all questions, which are still reported, and closes all sockets.
    deinit { unsafe ares_destroy(channel) }

    /// Looks for a name in /etc/hosts, then asks the servers.
    ///
    /// Without a server to ask, or with the name in the file, the answer is there on return.
    func ask(_ question: Question) {
        let name = question.name
        let question = unsafe Unmanaged.passRetained(AresQuestion(question, reports))
        var hints = ares_addrinfo_hints()
        hints.ai_family = AresReports.anyFamily
        reports.isAsking = true
        defer { reports.isAsking = false }
        unsafe (name.bytes + [0]).withUnsafeBytes { bytes in
            unsafe ares_getaddrinfo(
                channel, bytes.assumingMemoryBound(to: CChar.self).baseAddress, nil, &hints,
                { argument, status, _, result in
                    guard let argument = unsafe argument else { return }
                    let question = unsafe Unmanaged<AresQuestion>.fromOpaque(argument)
                        .takeRetainedValue()
                    unsafe question.finish(status: status, result: result)
                    unsafe ares_freeaddrinfo(result)
                }, question.toOpaque())
        }
    }

    /// Asks the servers for one kind of record.
    func query(_ name: QueryName, _ type: RecordType, token: UInt64) {
        let query = unsafe Unmanaged.passRetained(AresQuery(token, reports))
        unsafe (name.bytes + [0]).withUnsafeBytes { bytes in
            unsafe ares_query(
                channel, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Self.internet,
                Int32(type.rawValue),
                { argument, status, _, message, count in
                    guard let argument = unsafe argument else { return }
                    let query = unsafe Unmanaged<AresQuery>.fromOpaque(argument)
                        .takeRetainedValue()
                    unsafe query.finish(status: status, message: message, count: count)
                }, query.toOpaque())
        }
    }

    /// The class of all records that are asked for.
    private static var internet: Int32 { 1 }

    /// Moves the sockets that are ready.
    func processReady() {
        for _ in 0..<Self.turnLimit {
            let count = reports.wait()
            guard count > 0 else { return }
            for index in 0..<count {
                let event = reports.event(index)
                // Closed while an earlier event of this batch was being processed.
                guard reports.isOpen(event.number) else { continue }
                unsafe ares_process_fd(
                    channel, event.isReadable ? event.number : Self.noSocket,
                    event.isWritable ? event.number : Self.noSocket)
                if event.isReadable { reports.rearm(event.number) }
            }
        }
    }

    /// Repeats or gives up the questions that took too long.
    func processTimeouts() { unsafe ares_process_fd(channel, Self.noSocket, Self.noSocket) }

    /// When the first open question has taken too long; nil if there is none.
    var timeoutMilliseconds: Int? {
        var time = timeval()
        guard unsafe ares_timeout(channel, nil, &time) != nil else { return nil }
        // Rounded up, for to come too early is to come twice.
        return max(0, time.tv_sec * 1_000 + (Int(time.tv_usec) + 999) / 1_000)
    }

    private static var noSocket: Int32 { -1 }

    /// How often the sockets are looked at in one turn; the rest comes in the next.
    private static var turnLimit: Int { 4 }

    private static let isLibraryReady =
        ares_library_init(ARES_LIB_INIT_NONE) == AresReports.success

    private static func open(
        _ configuration: Configuration, _ reports: AresReports
    ) -> ares_channel? {
        var options = unsafe ares_options()
        var mask =
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS
            | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF
        // Aliases come from a file that an environment variable names.
        unsafe options.flags =
            ARES_FLAG_NOALIASES
            | (configuration.isPlain ? ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH : 0)
        unsafe options.timeout = configuration.questionTimeout
        unsafe options.tries = configuration.roundLimit
        unsafe options.sock_state_cb_data = Unmanaged.passUnretained(reports).toOpaque()
        unsafe options.sock_state_cb = { data, number, readable, writable in
            guard let data = unsafe data else { return }
            let reports = unsafe Unmanaged<AresReports>.fromOpaque(data).takeUnretainedValue()
            reports.socketChanged(number, isOpen: readable != 0 || writable != 0)
        }
        // Servers that the operator names are asked for names as they stand: no search domains.
        if !configuration.servers.isEmpty { mask |= ARES_OPT_DOMAINS }
        var channel: ares_channel?
        // The library copies both texts, and changes neither.
        let status = unsafe withUnsafeTemporaryCopy(of: "fb") { lookups in
            unsafe withUnsafeTemporaryCopy(of: configuration.systemFile) { path in
                unsafe options.lookups = lookups
                unsafe options.resolvconf_path = path
                return unsafe ares_init_options(&channel, &options, mask)
            }
        }
        return unsafe status == AresReports.success ? channel : nil
    }

    /// Replaces the system's servers, unless there are none to replace them with.
    private static func setServers(_ servers: [SocketAddress], of channel: ares_channel) -> Bool {
        var list: [UInt8] = []
        for server in servers where !server.isUnix { list += server.text + [UInt8(ascii: ",")] }
        guard !list.isEmpty else { return true }
        list[list.count - 1] = 0
        let status = unsafe list.withUnsafeBytes { bytes in
            unsafe ares_set_servers_ports_csv(
                channel, bytes.assumingMemoryBound(to: CChar.self).baseAddress)
        }
        return status == AresReports.success
    }

    /// Calls `body` with a copy of a text that C may write to.
    private static func withUnsafeTemporaryCopy(
        of text: StaticString, _ body: (UnsafeMutablePointer<CChar>?) -> Int32
    ) -> Int32 {
        var bytes = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            .map { CChar(bitPattern: $0) }
        bytes.append(0)
        return unsafe bytes.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
    }
}

extension Resolver {
    /// What c-ares says about itself.
    package static var libraryVersion: String { unsafe String(cString: ares_version(nil)) }
}
