// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Commands found in pages, however the pages are cut.

import Memory
import Testing

@testable import Server

@Suite struct IncludeParserTests {
    /// What a page consists of, as one text: commands in brackets, flaws in braces.
    private func read(_ page: String, cutInto size: Int, valueByteLimit: Int = 256) -> String {
        var parser = IncludeParser(valueByteLimit: valueByteLimit)
        var result = ""
        let page = bytes(page)
        var start = 0
        while start < page.count {
            let piece = Array(page[start..<min(start + size, page.count)])
            start += size
            var offset = 0
            reading: while true {
                var text = Buffer(capacity: 0)
                let event = parser.next(piece.span, from: &offset, text: &text)
                result += String(decoding: text.copied(), as: UTF8.self)
                switch event {
                case .needsBytes: break reading
                case .command(let command):
                    let parameters = command.parameters.map { parameter in
                        String(decoding: parameter.name, as: UTF8.self) + "="
                            + String(decoding: parameter.value, as: UTF8.self)
                    }
                    let name = String(decoding: command.name, as: UTF8.self)
                    result += "[" + ([name] + parameters).joined(separator: ",") + "]"
                case .flaw: result += "{}"
                }
            }
        }
        var text = Buffer(capacity: 0)
        parser.finish(text: &text)
        return result + String(decoding: text.copied(), as: UTF8.self)
    }

    static let pages: [(String, String)] = [
        ("", ""), ("plain", "plain"), ("a<b", "a<b"), ("<!-- c -->", "<!-- c -->"),
        ("x<!--#echo var=\"a\" -->y", "x[echo,var=a]y"),
        ("<!--#echo var='a\"b' default=\"c'd\"-->", "[echo,var=a\"b,default=c'd]"),
        ("<!--#\n\techo\r\n var = \"a\" -->", "[echo,var=a]"), ("<!--#endif-->", "[endif]"),
        ("<!--#set value=\"a\\\"b\" -->", "[set,value=a\\\"b]"),
        ("<<!<!-<!--<!--#a --><", "<<!<!-<!--[a]<"), ("<!--#echo var=a -->b", "{}b"),
        ("<!--#echo var-->b", "{}b"), ("<!--#echo var\"a\" -->b", "{}b"),
        ("<!--#echo x- -->b", "{}b"), ("<!--#echo a=\"b\"c -->d", "{}d"),
        ("<!--#echo - a -- b -->c", "{}c"), ("text <!--", "text <!--"), ("text <!--#ec", "text "),
    ]

    @Test(arguments: pages)
    func `commands are found at every split`(_ page: String, _ expected: String) {
        for size in 1...max(1, page.utf8.count) {
            #expect(read(page, cutInto: size) == expected, "in pieces of \(size)")
        }
    }

    @Test func `names, values and their number are bounded`() {
        let long = String(repeating: "x", count: 1000)
        #expect(read("<!--#\(long) -->a", cutInto: 7) == "{}a")
        #expect(read("<!--#echo \(long)=\"a\" -->a", cutInto: 7) == "{}a")
        #expect(read("<!--#echo var=\"\(long)\" -->a", cutInto: 7) == "{}a")
        #expect(read("<!--#a b=\"123\" -->", cutInto: 7, valueByteLimit: 3) == "[a,b=123]")
        #expect(read("<!--#a b=\"1234\" -->", cutInto: 7, valueByteLimit: 3) == "{}")
        let many = String(repeating: " a=\"b\"", count: 100)
        #expect(read("<!--#echo\(many) -->a", cutInto: 7) == "{}a")
    }

    @Test func `a command can be written out again`() {
        let parameter = IncludeCommand.Parameter(name: bytes("var"), value: bytes("a"))
        let command = IncludeCommand(name: bytes("echo"), parameters: [parameter])
        #expect(command.text == bytes("<!--#echo var=\"a\" -->"))
    }
}
