// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The directives about server side includes.

internal import Configuration

/// The rows of `ssi…`.
enum IncludeDirectives {
    static let rows: [Directive<LevelDraft>] = [
        .simple(
            "ssi", in: [.http, .server, .location, .locationIf], .flag, default: "off",
            summary: """
                Whether commands in pages, `<!--# … -->`, are obeyed: `include`, `echo`, `set`, \
                `if`, `elif`, `else`, `endif`, `block`, `endblock` and `config`.
                """
        ) { $0.settings.includes.isOn = try $1.flag() },
        .simple(
            "ssi_silent_errors", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether nothing is said in a page where a command in it was wrong."
        ) { $0.settings.includes.hidesErrors = try $1.flag() },
        .simple(
            "ssi_last_modified", in: .httpServerLocation, .flag, default: "off",
            summary: "Whether a page keeps its `Last-Modified`, and a weak `ETag`."
        ) { $0.settings.includes.keepsLastModified = try $1.flag() },
        .simple(
            "ssi_types", in: .httpServerLocation, .atLeast(1), syntax: "type ...",
            default: "text/html", repeats: true,
            summary: "The media types of pages with commands, beside text/html; `*` for all."
        ) {
            try $1.readMediaTypes(
                into: &$0.settings.includes.types, at: $0.level, always: "may have commands")
        },
        .simple(
            "ssi_value_length", in: .httpServerLocation, .exactly(1), syntax: "length",
            default: "256", summary: "How long a value in a command may be."
        ) { $0.settings.includes.valueByteLimit = min(try $1.size(0), 64 << 10) },
        .simple(
            "subrequest_output_buffer_size", in: .httpServerLocation, .exactly(1), syntax: "size",
            default: "8k", summary: "How much `include … set` may put into a variable."
        ) { $0.settings.includes.capturedByteLimit = min(try $1.size(0), 16 << 20) },
        .ignored(
            "ssi_min_file_chunk", in: .httpServerLocation, .exactly(1), syntax: "size",
            why: "pages with commands are read into memory"),
        .ignored(
            "ssi_ignore_recycled_buffers", in: .httpServerLocation, .flag,
            why: "there are no such buffers"),
    ]
}
