// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Loads arbitrary bytes as a configuration, with every directive that there is, as `beranda -t`
// does. Whatever the bytes are: a site, or errors that say what is wrong, and never a trap.

internal import Configuration
internal import Server

/// What a configuration may include.
private let files = [
    SourceFile(path: "/etc/beranda/a.conf", bytes: Array("location /a { return 204; }".utf8)),
    SourceFile(path: "/etc/beranda/map.conf", bytes: Array("a b;".utf8)),
]

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    var options = LoadOptions(
        .text(String(decoding: bytes, as: UTF8.self), name: "site.conf"), prefix: "/etc/beranda/",
        reader: FileReader(files: files))
    options.environment = ["NAME": "example.com", "SIZE": "1m"]
    let loaded = SiteLoader.load(options)
    precondition((loaded.site == nil) == loaded.diagnostics.hasErrors, "a site, or a reason")
    let printed = loaded.diagnostics.render(color: size % 2 == 0)
    precondition(!printed.isEmpty || !loaded.diagnostics.hasErrors, "an error must be said")
    return 0
}
