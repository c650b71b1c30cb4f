// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The target graph is the layer diagram of docs/architecture.md: imports only go down, and
// `make check` refuses any import that is not listed here.

import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// The library for Swift's own patterns is visible everywhere unless it is told not to be, and one
/// call, as of `contains` with a text, brings more than a megabyte into the executable.
let lean: [SwiftSetting] = [
    .unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"]),
    // The linker puts functions in an order of its own: see `Scripts/order.py`.
    .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release)),
]

/// Profiles need the names of functions, which `make build` strips (see Benchmarks/profile.sh).
let keepsSymbols = Context.environment["BERANDA_KEEP_SYMBOLS"] != nil

/// What makes the executable small, with the linker that comes with Swift.
let slim = [
    "-Xlinker", "-s", "-Xlinker", "--no-eh-frame-hdr",
    "-Xlinker", "-T", "-Xlinker", Context.packageDirectory + "/Scripts/no-unwinding.ld",
]

/// Functions that run while it serves lie side by side, so that few pages hold them.
let order = [
    "-Xlinker", "--symbol-ordering-file=" + Context.packageDirectory + "/Scripts/order.txt",
    "-Xlinker", "--no-warn-symbol-ordering",
]

/// A module of ours, with the settings that hold for all of them.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict + lean)
}

/// A module whose objects belong to one thread each.
///
/// Debug builds, and so all tests and fuzzers, check that accesses to them do not overlap. To find
/// it out again for each access was a sixth of what a request over HTTP/2 costs.
func loneModule(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + lean + [
            .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
        ])
}

/// A module that works when a server starts, is told something, or looks a name up: its size
/// counts there, not its speed.
func coldModule(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies,
        swiftSettings: strict + lean + [
            .unsafeFlags(["-Osize"], .when(configuration: .release))
        ])
}

/// The tests that mirror a module of ours.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A module map for a C library, installed as a Debian package.
func library(_ name: String, _ pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "beranda",
    products: [
        .executable(name: "beranda", targets: ["beranda"])
    ],
    targets: [
        library("CZlib", "zlib", apt: "zlib1g-dev"),
        library("CBrotli", "libbrotlienc", apt: "libbrotli-dev"),
        library("CZstd", "libzstd", apt: "libzstd-dev"),
        library("CPCRE2", "libpcre2-8", apt: "libpcre2-dev"),
        library("CCares", "libcares", apt: "libc-ares-dev"),
        library("COpenSSL", "openssl", apt: "libssl-dev"),
        library("CNGHTTP2", "libnghttp2", apt: "libnghttp2-dev"),
        library("CCrypt", "libcrypt", apt: "libcrypt-dev"),
        .target(
            name: "CShims",
            cSettings: [.define("_GNU_SOURCE"), .treatAllWarnings(as: .error)]),

        module("Memory"),
        module("OS", ["CShims"]),
        module("EventLoop", ["OS", "Memory"]),
        module("HTTP", ["Memory"]),
        module("HTTP1", ["HTTP", "Memory"]),
        module("Regex", ["CPCRE2"]),
        module("Compression", ["CZlib", "CBrotli", "CZstd", "Memory"]),
        module("Digests", ["CCrypt", "COpenSSL", "Memory"]),
        module("TLS", ["COpenSSL", "Memory", "OS"]),
        loneModule("HTTP2", ["CNGHTTP2", "HTTP", "Memory"]),
        coldModule("Configuration"),
        module("FileCache", ["Compression", "EventLoop", "HTTP", "Memory", "OS"]),
        coldModule("Resolver", ["CCares", "Memory", "OS"]),
        module(
            "Server",
            [
                "Compression", "Configuration", "Digests", "EventLoop", "FileCache", "HTTP",
                "HTTP1", "HTTP2", "Memory", "OS", "Regex", "Resolver", "TLS",
            ]),
        coldModule("Supervisor", ["EventLoop", "OS"]),
        coldModule("Precompression", ["Compression", "HTTP", "Memory", "OS"]),
        coldModule("Command"),
        .executableTarget(
            name: "beranda",
            dependencies: [
                "Command", "Configuration", "OS", "Precompression", "Server", "Supervisor",
            ],
            swiftSettings: strict + lean,
            linkerSettings: [
                .unsafeFlags(
                    ["-static-executable", "-use-ld=lld"] + order + (keepsSymbols ? [] : slim),
                    .when(configuration: .release))
            ]),

        tests("MemoryTests", ["Memory"]),
        tests("OSTests", ["OS", "Memory"]),
        tests("EventLoopTests", ["EventLoop", "OS", "Memory"]),
        tests("HTTPTests", ["HTTP", "Memory"]),
        tests("HTTP1Tests", ["HTTP1", "HTTP", "Memory"]),
        tests("RegexTests", ["Regex"]),
        .systemLibrary(
            name: "CDecoders", path: "Tests/CDecoders", pkgConfig: "libbrotlidec",
            providers: [.apt(["zlib1g-dev", "libbrotli-dev", "libzstd-dev"])]),
        .target(
            name: "Decoders", dependencies: ["CDecoders", "Compression"], path: "Tests/Decoders",
            swiftSettings: strict),
        tests("CompressionTests", ["Compression", "Decoders", "Memory"]),
        tests("DigestsTests", ["Digests"]),
        tests("TLSTests", ["TLS", "Memory", "OS"]),
        tests("HTTP2Tests", ["HTTP2", "HTTP", "Memory"]),
        tests("ConfigurationTests", ["Configuration"]),
        tests(
            "FileCacheTests",
            ["FileCache", "Compression", "EventLoop", "HTTP", "Memory", "OS"]),
        tests("ResolverTests", ["Resolver", "Memory", "OS"]),
        tests(
            "ServerTests",
            [
                "Compression", "Decoders", "Digests", "Server", "Configuration", "EventLoop",
                "FileCache", "HTTP", "HTTP1", "HTTP2", "Memory", "OS", "Resolver", "TLS",
            ]),
        // A program that the tests of processes start: it supervises a worker of a few lines.
        .executableTarget(
            name: "SupervisorProbe", dependencies: ["OS", "Supervisor"],
            path: "Tests/SupervisorProbe", swiftSettings: strict),
        tests("SupervisorTests", ["Supervisor", "SupervisorProbe", "OS"]),
        tests("PrecompressionTests", ["Precompression", "Compression", "OS"]),
        tests("CommandTests", ["Command"]),
    ]
)

/// A target for libFuzzer, which brings its own `main`.
func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Fuzz/\(name)",
        swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
}

// Only on demand: without the sanitizer they have nothing to start them.
if Context.environment["BERANDA_FUZZ"] != nil {
    package.targets += [
        fuzz("FuzzChunked", ["HTTP", "HTTP1"]),
        fuzz("FuzzClientHello", ["Server"]),
        fuzz("FuzzConditions", ["HTTP", "Memory"]),
        fuzz("FuzzConfiguration", ["Configuration", "Regex"]),
        fuzz("FuzzHTTP2", ["HTTP2", "Memory"]),
        fuzz("FuzzPage", ["HTTP", "Memory"]),
        fuzz("FuzzRequestHead", ["HTTP", "HTTP1", "Memory"]),
        fuzz("FuzzResponseHead", ["HTTP", "HTTP1"]),
        fuzz("FuzzSubstitution", ["Memory", "Server"]),
        fuzz("FuzzSite", ["Configuration", "Server"]),
        fuzz("FuzzURI", ["HTTP", "Memory"]),
    ]
}
