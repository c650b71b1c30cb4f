// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reads typed values from the arguments of a directive.

extension Invocation {
    /// `on` or `off`.
    package func flag(_ index: Int = 0) throws(Diagnostic) -> Bool {
        if arguments[index].equals("on") { return true }
        if arguments[index].equals("off") { return false }
        throw error(
            at: index,
            "invalid value \"\(text(index))\" in \"\(name.text)\" directive, "
                + "it must be \"on\" or \"off\"",
            expected: "expected \"on\" or \"off\"")
    }

    /// A time with units down to milliseconds, such as `1h 30m`, `75s`, `500ms`, or plain seconds.
    package func time(_ index: Int) throws(Diagnostic) -> Int {
        guard let value = ValueSyntax.milliseconds(bytes(index)) else {
            throw invalidValue(at: index, expected: ValueSyntax.timeExpectation)
        }
        return value
    }

    /// A time with units down to seconds.
    package func seconds(_ index: Int) throws(Diagnostic) -> Int {
        guard let value = ValueSyntax.seconds(bytes(index)) else {
            throw invalidValue(at: index, expected: "expected a time such as 30s, 5m or 1h 30m")
        }
        return value
    }

    /// A number of bytes with `k`, `m` or `g`.
    package func size(_ index: Int) throws(Diagnostic) -> Int {
        guard let value = ValueSyntax.size(bytes(index)) else {
            throw invalidValue(at: index, expected: "expected a size such as 512, 8k, 10m or 1g")
        }
        return value
    }

    /// A whole number without sign or unit.
    package func integer(
        _ index: Int, in range: ClosedRange<Int> = 0...Int.max
    ) throws(Diagnostic) -> Int {
        guard let value = ValueSyntax.integer(bytes(index)[...]) else {
            throw invalidValue(at: index, expected: "expected a number")
        }
        guard range.contains(value) else {
            let isOpen = range.upperBound == Int.max
            let expectation =
                isOpen
                ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw invalidValue(at: index, expected: "expected a number, \(expectation)")
        }
        return value
    }

    /// One of a list of words; gives back what the word stands for.
    package func keyword<Value>(
        _ index: Int, _ choices: KeyValuePairs<String, Value>
    ) throws(Diagnostic) -> Value {
        for (word, value) in choices where arguments[index].equals(word) { return value }
        throw invalidValue(at: index, expected: expectation(choices.map { $0.key }, index))
    }

    /// One of a list of words; gives back the word.
    package func keyword(_ index: Int, _ choices: [String]) throws(Diagnostic) -> String {
        for word in choices where arguments[index].equals(word) { return word }
        throw invalidValue(at: index, expected: expectation(choices, index))
    }

    /// An argument cut into text and variables.
    package func template(_ index: Int) throws(Diagnostic) -> [TemplateSegment] {
        try TemplateParser.parse(arguments[index])
    }

    /// An argument of the form `name=value`; nil when it has no `=`.
    package func parameter(_ index: Int) -> (name: String, value: [UInt8])? {
        let word = bytes(index)
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        return (String(decoding: word[..<equals], as: UTF8.self), Array(word[(equals + 1)...]))
    }

    private func expectation(_ words: [String], _ index: Int) -> String {
        if let near = closestName(to: bytes(index), among: words) {
            return "did you mean `\(near)`?"
        }
        let quoted = words.map { "\"\($0)\"" }
        guard let last = quoted.last, quoted.count > 1 else {
            return "expected " + quoted.joined()
        }
        return "expected " + quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}
