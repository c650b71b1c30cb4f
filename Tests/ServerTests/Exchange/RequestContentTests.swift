// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Where the content of a request is kept.

import Memory
import OS
import Testing

@testable import Server

@Suite struct RequestContentTests {
    private func settings(
        _ file: ClientSettings.ContentFile = .whenLarge, in folder: String = "/tmp"
    ) -> Settings {
        var settings = Settings()
        settings.client.contentBufferSize = 8
        settings.client.contentByteLimit = 100
        settings.client.contentFile = file
        settings.contentTemporaryPath = bytes(folder)
        return settings
    }

    private func append(
        _ text: String, to content: inout RequestContent, _ settings: Settings, known: Bool = true
    ) -> RequestContent.Outcome {
        content.append(Array(text.utf8).span, settings, ofKnownLength: known)
    }

    private func all(_ content: borrowing RequestContent) -> [UInt8] {
        var buffer = Buffer(capacity: 0)
        content.appendAll(to: &buffer)
        return buffer.copied()
    }

    @Test(arguments: [
        ("12345678", true, false), ("123456789", true, false), ("1234567890", true, true),
        ("12345678", false, false), ("123456789", false, true),
    ])
    func `a known length may exceed the buffer by a quarter`(
        _ text: String, _ isKnown: Bool, _ isInFile: Bool
    ) {
        var content = RequestContent()
        #expect(append(text, to: &content, settings(), known: isKnown) == .taken)
        #expect(content.finish(settings()) == .taken)
        let hasFile = content.isInFile
        #expect(hasFile == isInFile)
        let heldByteCount = content.heldByteCount
        #expect(heldByteCount == text.utf8.count)
        #expect(all(content) == (isInFile ? [] : bytes(text)))
        var name = content.fileName
        #expect(name.isEmpty == !isInFile)
        content.reset()
        name = content.fileName
        #expect(name.isEmpty)
    }

    @Test(arguments: [ClientSettings.ContentFile.kept, .removed])
    func `all content goes to a file with a name where that is wanted`(
        _ file: ClientSettings.ContentFile
    ) throws {
        let directory = try Bench.Directory()
        let settings = settings(file, in: directory.path)
        var content = RequestContent()
        #expect(append("abc", to: &content, settings) == .taken)
        let isInFile = content.isInFile
        #expect(!isInFile)
        #expect(content.finish(settings) == .taken)
        let name = content.fileName
        #expect(try FileSystem.status(name).size == 3)
        content.reset()
        #expect(((try? FileSystem.status(name)) != nil) == (file == .kept))
    }

    @Test func `content that is passed on goes to no file, and is remembered while it is small`() {
        let settings = settings(.kept)
        var content = RequestContent()
        content.isStreamed = true
        content.isRecorded = true
        #expect(append("abcd", to: &content, settings) == .taken)
        content.consume(4)
        #expect(append("efgh", to: &content, settings) == .taken)
        content.consume(4)
        #expect(all(content) == bytes("abcdefgh"))
        #expect(append("i", to: &content, settings) == .taken)
        #expect(all(content) == [])
        #expect(content.finish(settings) == .taken)
        let isInFile = content.isInFile
        #expect(!isInFile)
    }

    @Test func `the limit is not for what is dropped`() {
        var content = RequestContent()
        let long = String(repeating: "x", count: 101)
        #expect(append(long, to: &content, settings()) == .tooLarge)
        content.isDiscarded = true
        #expect(append(long, to: &content, settings()) == .taken)
        let heldByteCount = content.heldByteCount
        #expect(heldByteCount == 0)
    }
}
