// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about how fast contents are sent, and how files are.

internal import Configuration

/// The rows of rates and of sending.
enum RateDirectives {
    static var rows: [Directive<LevelDraft>] { rates + sending }

    private static let rates: [Directive<LevelDraft>] = [
        .simple(
            "limit_rate", in: [.http, .server, .location, .locationIf], .exactly(1),
            syntax: "rate", default: "0",
            summary: """
                How many bytes of a response are sent each second; 0 for as many as the client \
                takes. The variable `$limit_rate` and the field `X-Accel-Limit-Rate` of a peer \
                come before it.
                """
        ) { $0.settings.rate.limit = try $1.sizeTemplate(0, $0.site) },
        .simple(
            "limit_rate_after", in: [.http, .server, .location, .locationIf], .exactly(1),
            syntax: "size", default: "0",
            summary: "How much of a response is sent before `limit_rate` begins to count."
        ) { $0.settings.rate.after = try $1.sizeTemplate(0, $0.site) },
    ]

    private static let sending: [Directive<LevelDraft>] = [
        .simple(
            "sendfile", in: [.http, .server, .location, .locationIf], .flag, default: "on",
            summary: """
                Whether the kernel sends large files by itself. `off` is for file systems where \
                that goes wrong, such as the shared folders of some virtual machines.
                """
        ) { $0.settings.rate.sending.usesSendfile = try $1.flag() },
        .simple(
            "sendfile_max_chunk", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "2m",
            summary: """
                How much of a file one client is sent before the others have their turn; 0 for as \
                much as it takes.
                """
        ) { $0.settings.rate.sending.chunkByteLimit = try $1.size(0) },
    ]

    /// What nginx needs to be told and we do not.
    static var ignored: [Directive<LevelDraft>] {
        let everywhere = Contexts.httpServerLocation
        let kernel = "the page cache serves large files, and a thread fills it where it is cold"
        return [
            .ignored(
                "tcp_nopush", in: everywhere, .flag, why: "it is always done where it helps"),
            .ignored(
                "aio", in: everywhere, .exactly(1), syntax: "on | off | threads[=pool]",
                why: "a slow disk is always read by a thread of its own"),
            .ignored(
                "aio_write", in: everywhere, .flag,
                why: "files are written to the memory of the kernel"),
            .ignored(
                "directio", in: everywhere, .exactly(1), syntax: "size | off", why: kernel),
            .ignored(
                "directio_alignment", in: everywhere, .exactly(1), syntax: "size", why: kernel),
            .ignored(
                "read_ahead", in: everywhere, .exactly(1), syntax: "size",
                why: "the kernel knows best"),
            .ignored(
                "output_buffers", in: everywhere, .exactly(2), syntax: "number size",
                why: "memory is not taken from pools of a fixed size"),
            .ignored(
                "postpone_output", in: everywhere, .exactly(1), syntax: "size",
                why: "what is ready in one turn leaves together, and nothing waits for more"),
        ]
    }
}

extension Invocation {
    /// A size that may have variables; checked here when it has none.
    func sizeTemplate(_ index: Int, _ site: SiteDraft) throws(Diagnostic) -> Template {
        let template = try template(index, site)
        if template.constant != nil { _ = try size(index) }
        return template
    }
}
