// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives of the main level and of `events`.

internal import Configuration

/// The rows of the main level.
enum MainDirectives {
    static var rows: [Directive<MainDraft>] { processes + blocks + ignored }

    private static let processes: [Directive<MainDraft>] = [
        .simple(
            "worker_processes", in: [.main], .exactly(1), syntax: "number | auto",
            default: "auto",
            summary: "How many threads serve; `auto` for one for each CPU that may be used."
        ) { main, invocation in
            let isAutomatic = invocation.argument(0, is: "auto")
            main.processes.threadCount = isAutomatic ? nil : try invocation.integer(0, in: 1...512)
        },
        .simple(
            "worker_rlimit_nofile", in: [.main], .exactly(1), syntax: "number",
            summary: "How many files and connections may be open."
        ) { $0.processes.openFilesLimit = try $1.integer(0, in: 1...1 << 30) },
        .simple(
            "worker_shutdown_timeout", in: [.main], .exactly(1), syntax: "time",
            summary: "How long connections may live on after a reload or `-s quit`."
        ) { $0.processes.shutdownTimeout = try $1.time(0) },
        .simple(
            "pid", in: [.main], .exactly(1), syntax: "file",
            summary: "Where the number of the process is written, once it serves."
        ) { main, invocation in
            main.processes.processFile = main.level.site.absolute(invocation.bytes(0))
        },
        .simple(
            "daemon", in: [.main], .flag, default: "off",
            summary: "Whether the server leaves the terminal."
        ) { $0.processes.runsAsDaemon = try $1.flag() },
        .simple(
            "user", in: [.main], .between(1, 2), syntax: "user [group]", default: "nobody",
            summary: "Who serves, where root started the server with `-c`."
        ) { main, invocation in
            main.processes.user = invocation.text(0)
            main.processes.group = invocation.arguments.count > 1 ? invocation.text(1) : nil
        },
        .simple(
            "worker_connections", in: [.events], .exactly(1), syntax: "number", default: "512",
            summary: "How many connections each thread may have, those to peers included."
        ) { $0.processes.connectionLimit = try $1.integer(0, in: 1...1 << 22) },
        .simple(
            "ssl_handshakes_per_turn", in: [.events], .exactly(1), syntax: "number", default: "4",
            summary: """
                How many TLS handshakes a thread begins, and how many it goes on with, before it \
                looks again at all other connections. Further ones wait for their turn, in order.
                """
        ) { $0.processes.handshakesPerTurn = try $1.integer(0, in: 1...1 << 16) },
    ]

    private static let blocks: [Directive<MainDraft>] = [
        .block(
            "events", in: [.main], .exactly(0), repeats: false,
            summary: "Holds what concerns connections of all kinds; may be left out."
        ) { main, invocation in
            invocation.applyChildren(SiteTables.main, in: .events, to: &main)
        },
        .block(
            "http", in: [.main], .exactly(0), repeats: false,
            summary: """
                Holds the servers; may be left out, and a file may simply list `server`, \
                `upstream` and `map` blocks.
                """
        ) { main, invocation in
            main.level.site.applyHTTP(&main, &invocation)
        },
    ]

    private static let ignored: [Directive<MainDraft>] = {
        let scheduling = "the kernel places threads well"
        let kernel = "there is one way to wait for events here, and one process that accepts"
        let builtIn = "all features are built in"
        return [
            .ignored(
                "master_process", in: [.main], .flag, why: "there is always a supervising process"),
            .ignored("worker_cpu_affinity", in: [.main], .atLeast(1), why: scheduling),
            .ignored("worker_priority", in: [.main], .exactly(1), why: scheduling),
            .ignored(
                "ssl_object_cache_inheritable", in: [.main], .flag,
                why: "files of certificates are read with the configuration, and when they change"),
            .ignored("pcre_jit", in: [.main], .flag, why: "patterns are always compiled"),
            .ignored("thread_pool", in: [.main], .between(2, 3), why: "it is sized by itself"),
            .ignored(
                "timer_resolution", in: [.main], .exactly(1), why: "the clock is cheap to read"),
            .ignored("lock_file", in: [.main], .exactly(1), why: "nothing needs to be locked"),
            .ignored("load_module", in: [.main], .exactly(1), why: builtIn),
            .ignored("ssl_engine", in: [.main], .exactly(1), why: builtIn),
            .ignored(
                "env", in: [.main], .exactly(1), why: "the environment is passed on as it is"),
            .ignored("use", in: [.events], .exactly(1), why: kernel),
            .ignored("multi_accept", in: [.events], .flag, why: kernel),
            .ignored(
                "debug_connection", in: [.events], .exactly(1), syntax: "address | CIDR | unix:",
                why: "nothing is told that only a debugger of this server could use"),
            .ignored("accept_mutex", in: [.events], .flag, why: kernel),
            .ignored("accept_mutex_delay", in: [.events], .exactly(1), why: kernel),
            .ignored("worker_aio_requests", in: [.events], .exactly(1), why: kernel),
            .ignored(
                "server_names_hash_max_size", in: [.http], .exactly(1), syntax: "size",
                why: "tables grow by themselves"),
            .ignored(
                "server_names_hash_bucket_size", in: [.http], .exactly(1), syntax: "size",
                why: "tables grow by themselves"),
        ]
    }()
}

extension SiteDraft {
    /// Applies the statements of the `http` level.
    func applyHTTP(_ main: inout MainDraft, _ invocation: inout Invocation) {
        let outer = main.level
        main.level = outer.nested
        let statements = SiteDraft.formatsFirst(invocation.children)
        SiteTables.main.apply(statements, in: .http, to: &main, &invocation.diagnostics)
        inheritResolver(of: main.level, in: .http)
        main.level = outer
    }

    /// The statements with those in front that others refer to by name.
    static func formatsFirst(_ statements: [Statement]) -> [Statement] {
        statements.filter { $0.name.equals("log_format") }
            + statements.filter { !$0.name.equals("log_format") }
    }
}
