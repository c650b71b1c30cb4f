// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which siblings are written, which are kept, and which go.

import Compression
import OS
import Precompression
import Synchronization
import Testing

@Suite struct PrecompressorTests {
    private static let suffixes = SiblingKind.all.map { String(decoding: $0.suffix, as: UTF8.self) }

    @Test func `every compressible file gets every kind of sibling`() throws {
        let folder = try Folder()
        try folder.makeDirectory("assets")
        try folder.write("index.html")
        try folder.write("assets/app.js")
        let report = folder.precompress()
        #expect(report.failures.isEmpty)
        #expect(
            report.files.map { String(decoding: $0.path, as: UTF8.self) } == [
                "assets/app.js", "index.html",
            ])
        #expect(try folder.names() == (["assets", "index.html"] + siblings("index.html")).sorted())
        #expect(try folder.names(in: "assets") == (["app.js"] + siblings("app.js")).sorted())
    }

    @Test func `a sibling is the file, coded as small as the library can`() throws {
        let folder = try Folder()
        try folder.write("a.css")
        let report = folder.precompress()
        for (kind, outcome) in zip(report.kinds, report.files[0].outcomes) {
            let bytes = try folder.read("a.css." + kind.name)
            #expect(outcome == .written(byteCount: bytes.count))
            #expect(bytes.count < 100)
            let content = Array(Folder.text.utf8)
            let best = kind.coding.bestLevel
            #expect(Encoder.encode(content.span, as: kind.coding, level: best) == bytes)
        }
    }

    @Test func `siblings have the time and the permissions of their file`() throws {
        let folder = try Folder()
        try folder.write("a.js", at: 86_400)
        try FileSystem.setMode(folder("a.js"), 0o640)
        folder.precompress()
        let original = try folder.status("a.js")
        for name in siblings("a.js") {
            let status = try folder.status(name)
            #expect(status.mode == 0o640)
            #expect(status.modifiedSeconds == 86_400)
            #expect(status.modifiedNanoseconds == original.modifiedNanoseconds)
        }
    }

    @Test func `the number of threads changes no byte`() throws {
        let (one, many) = (try Folder(), try Folder())
        for folder in [one, many] {
            for i in 0..<20 { try folder.write("\(i).json", "\(i)" + Folder.text) }
        }
        one.precompress { $0.jobCount = 1 }
        many.precompress { $0.jobCount = 7 }
        let names = try one.names()
        #expect(names.count == 20 * (1 + SiblingKind.all.count))
        #expect(try names == many.names())
        for name in names { #expect(try one.read(name) == many.read(name)) }
    }

    @Test(arguments: [
        "photo.png", "font.woff2", "movie.mp4", "archive.tar.gz", "image.svgz", "app.js.br",
        "noextension",
        ".env.js", ".hidden.html",
    ])
    func `other files get none`(name: String) throws {
        let folder = try Folder()
        try folder.write(name)
        #expect(folder.precompress().files.isEmpty)
        #expect(try folder.names() == [name])
    }

    @Test func `folders that begin with a dot are passed over, except the one that is served`()
        throws
    {
        let folder = try Folder()
        try folder.makeDirectory(".git")
        try folder.makeDirectory(".well-known")
        try folder.write(".git/a.json")
        try folder.write(".well-known/b.json")
        #expect(folder.precompress().files.map(\.path) == [Array(".well-known/b.json".utf8)])
        #expect(try folder.names(in: ".git") == ["a.json"])
    }

    @Test func `small files get none`() throws {
        let folder = try Folder()
        try folder.write("a.js", String(repeating: "a", count: 255))
        try folder.write("b.js", String(repeating: "a", count: 256))
        #expect(folder.precompress().files.map(\.path) == [Array("b.js".utf8)])
        folder.precompress { $0.byteMinimum = 20 }
        #expect(try folder.names().contains("a.js.gz"))
    }

    @Test func `only the kinds that are wanted are made`() throws {
        let folder = try Folder()
        try folder.write("a.js")
        folder.precompress { $0.kinds = [SiblingKind.named("gzip")].compactMap(\.self) }
        #expect(try folder.names() == ["a.js", "a.js.gz"])
    }
}

// MARK: - Again

extension PrecompressorTests {
    @Test(arguments: [1_000_000, 1_000_001])
    func `siblings that are not older are kept`(time: Int) throws {
        let folder = try Folder()
        try folder.write("a.js", at: 1_000_000)
        try folder.write("a.js.gz", "made by somebody else", at: time)
        let report = folder.precompress()
        let kept = SiblingOutcome.kept(byteCount: 21)
        #expect(report.files[0].outcomes.filter { $0 == kept }.count == 1)
        #expect(try folder.read("a.js.gz") == Array("made by somebody else".utf8))
    }

    @Test func `older ones are made anew, and all of them when that is wanted`() throws {
        let folder = try Folder()
        try folder.write("a.js", at: 1_000_000)
        try folder.write("a.js.gz", "old", at: 999_999)
        folder.precompress()
        let made = try folder.read("a.js.gz")
        #expect(made != Array("old".utf8))
        try folder.write("a.js.gz", "of the same time", at: 1_000_000)
        folder.precompress { $0.isForced = true }
        #expect(try folder.read("a.js.gz") == made)
    }

    @Test func `what does not become smaller has no sibling, not even an old one`() throws {
        let folder = try Folder()
        try FileSystem.replaceFile(folder("noise.js"), content: Random.bytes(600).span)
        try folder.setTime(of: "noise.js", to: 1_000_000)
        #expect(folder.precompress().files[0].outcomes.allSatisfy { $0 == .notSmaller })
        #expect(try folder.names() == ["noise.js"])
        try folder.write("noise.js.br", "old", at: 999_999)
        #expect(folder.precompress().files[0].outcomes.contains(.removed))
        #expect(try folder.names() == ["noise.js"])
    }

    @Test func `a file that became small loses its old siblings`() throws {
        let folder = try Folder()
        try folder.write("a.js", "short", at: 1_000_000)
        try folder.write("a.js.br", "old", at: 999_999)
        #expect(folder.precompress().files[0].outcomes.contains(.removed))
        #expect(try folder.names() == ["a.js"])
    }

    @Test func `a dry run changes nothing and says what is to do`() throws {
        let folder = try Folder()
        try folder.write("a.js")
        let report = folder.precompress { $0.isDryRun = true }
        #expect(report.files[0].outcomes.allSatisfy { $0 == .planned })
        #expect(try folder.names() == ["a.js"])
    }
}

// MARK: - Trouble

extension PrecompressorTests {
    @Test func `links are not followed, neither to files nor to folders`() throws {
        let (folder, outside) = (try Folder(), try Folder())
        try outside.write("secret.html")
        try outside.makeDirectory("inner")
        try outside.write("inner/a.js")
        try FileSystem.makeSymbolicLink(folder("secret.html"), to: outside("secret.html"))
        try FileSystem.makeSymbolicLink(folder("inner"), to: outside("inner"))
        try FileSystem.makeSymbolicLink(folder("loop"), to: folder.path)
        #expect(folder.precompress().files.isEmpty)
        #expect(try outside.names(in: "inner") == ["a.js"])
    }

    @Test func `a link in the place of a sibling is replaced, and its target left alone`() throws {
        let (folder, outside) = (try Folder(), try Folder())
        try folder.write("a.js")
        try outside.write("target", "precious", at: 2_000_000)
        try FileSystem.makeSymbolicLink(folder("a.js.br"), to: outside("target"))
        #expect(folder.precompress().failures.isEmpty)
        #expect(try folder.status("a.js.br").kind == .regular)
        #expect(try outside.read("target") == Array("precious".utf8))
    }

    @Test func `what fails for one file does not stop the others`() throws {
        let folder = try Folder()
        try folder.write("a.js")
        try folder.makeDirectory("a.js.br")
        try folder.write("b.js")
        let report = folder.precompress()
        #expect(report.failures.map(\.line) == ["a.js.br: a folder has the sibling's name"])
        #expect(try folder.names().contains("a.js.gz"))
        #expect(try folder.names().contains("b.js.br"))
    }

    @Test func `a folder that is not there is a failure of its own`() {
        let report = Precompressor(
            PrecompressionSettings(directory: Array("/tmp/beranda-none".utf8))
        ) { _ in }.run()
        #expect(report.failures.map(\.line) == ["the folder: No such file or directory"])
    }

    @Test func `progress is told once for each file, and counts to the end`() throws {
        let folder = try Folder()
        for i in 0..<9 { try folder.write("\(i).html") }
        let told = Mutex<[Int]>([])
        var settings = PrecompressionSettings(directory: folder.path)
        settings.jobCount = 3
        _ = Precompressor(settings) { progress in
            #expect(progress.totalCount == 9)
            #expect(progress.percent == progress.finishedCount * 100 / 9)
            told.withLock { $0.append(progress.finishedCount) }
        }.run()
        #expect(told.withLock { $0 } == Array(1...9))
    }

    private func siblings(_ name: String) -> [String] { Self.suffixes.map { name + $0 } }
}
