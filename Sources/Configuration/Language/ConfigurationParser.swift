// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// From words to statements, across all files that a configuration includes.
//
// Knows the shape of the language; knows no directive but `include`.

/// What reading a configuration yields.
package struct ParsedConfiguration {
    /// The statements of the main file, with what it includes in place.
    package let statements: [Statement]
    /// Every file that was read, each once, in the order of opening.
    package let sources: [SourceFile]
    /// What was wrong with the text, to be continued by what is wrong with the directives.
    package var diagnostics: Diagnostics
}

/// Reads a configuration and all that it includes.
package struct ConfigurationParser {
    private let reader: FileReader
    private let environment: [String: String]
    private let limits: ParsingLimits

    /// Makes a parser that opens files through `reader`.
    package init(
        reader: FileReader, environment: [String: String] = [:], limits: ParsingLimits = .standard
    ) {
        self.reader = reader
        self.environment = environment
        self.limits = limits
    }

    /// Reads a main file; relative includes start from its directory.
    ///
    /// - Parameter globals: directives from the command line; they come first.
    package func parse(path: String, globals: String? = nil) -> ParsedConfiguration {
        var run = makeRun(directory: directoryName(of: path))
        let prelude = run.readGlobals(globals)
        let statements = run.readFile(path, from: nil)
        return run.result(prelude + statements)
    }

    /// Reads a configuration that is no file; `name` stands for its path in messages.
    package func parse(
        text: String, name: String, directory: String = "", globals: String? = nil
    ) -> ParsedConfiguration {
        var run = makeRun(directory: directory)
        let prelude = run.readGlobals(globals)
        let statements = run.readText(
            SourceFile(path: name, bytes: Array(text.utf8), isFile: false))
        return run.result(prelude + statements)
    }

    private func makeRun(directory: String) -> ParserRun {
        ParserRun(reader: reader, environment: environment, limits: limits, directory: directory)
    }

    private func directoryName(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        let directory = String(path[..<slash])
        return directory.isEmpty ? "/" : directory
    }
}

/// One pass over a main file and its includes.
private struct ParserRun {
    let reader: FileReader
    let environment: [String: String]
    let limits: ParsingLimits
    let directory: String

    private var sources: [SourceFile] = []
    /// The number of each file read, by its normalised path.
    private var indexes: [String: Int] = [:]
    private var diagnostics = Diagnostics()
    private var inclusionCount = 0
    /// The files being read at the moment, outermost first.
    private var openFiles: [Int] = []
    private var blockDepth = 0

    init(
        reader: FileReader, environment: [String: String], limits: ParsingLimits, directory: String
    ) {
        self.reader = reader
        self.environment = environment
        self.limits = limits
        self.directory = directory
    }

    consuming func result(_ statements: [Statement]) -> ParsedConfiguration {
        var diagnostics = diagnostics
        diagnostics.sources = sources
        return ParsedConfiguration(
            statements: statements, sources: sources, diagnostics: diagnostics)
    }

    // MARK: Files

    mutating func readGlobals(_ text: String?) -> [Statement] {
        guard let text else { return [] }
        // As nginx does it, the last directive on the command line may lack its semicolon.
        let trimmed = text.utf8.last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
        let isEnded = trimmed == nil || trimmed == UInt8(ascii: ";") || trimmed == UInt8(ascii: "}")
        let bytes = Array(text.utf8) + (isEnded ? [] : [UInt8(ascii: ";")])
        return readText(SourceFile(path: "command line", bytes: bytes, isFile: false))
    }

    mutating func readText(_ file: SourceFile) -> [Statement] {
        sources.append(file)
        return read(sources.count - 1)
    }

    /// Reads a file, or reports why not, at the include that names it.
    mutating func readFile(_ path: String, from include: Word?) -> [Statement] {
        let normalized = normalizedPath(path)
        if let known = indexes[normalized] { return read(known, from: include) }
        do throws(FileReader.Failure) {
            let bytes = try reader.read(path)
            guard bytes.count <= limits.fileByteLimit else {
                throw FileReader.Failure("File too large")
            }
            indexes[normalized] = sources.count
            return readText(SourceFile(path: path, bytes: bytes))
        } catch {
            diagnostics.add(
                Diagnostic("cannot read \(path): \(error.message)", at: include?.location))
            return []
        }
    }

    private mutating func read(_ index: Int, from include: Word? = nil) -> [Statement] {
        guard !openFiles.contains(index) else {
            diagnostics.add(
                Diagnostic(
                    "\(sources[index].path) includes itself", at: include?.location,
                    label: "this file is being read already"))
            return []
        }
        openFiles.append(index)
        defer { openFiles.removeLast() }
        var lexer = Lexer(
            file: index, bytes: sources[index].bytes, environment: environment, limits: limits)
        return readBlock(&lexer, opener: nil)
    }

    // MARK: Statements

    /// Reads up to the closing brace of `opener`, or to the end of the file when there is none.
    private mutating func readBlock(_ lexer: inout Lexer, opener: Word?) -> [Statement] {
        var statements: [Statement] = []
        var words: [Word] = []
        while true {
            switch lexer.next(&diagnostics) {
            case .word(let word):
                words.append(word)
            case .semicolon(let location):
                if words.isEmpty {
                    diagnostics.add(Diagnostic("unexpected \";\"", at: location))
                } else {
                    finish(&words, block: nil, at: location, into: &statements)
                }
            case .open(let location):
                readChildren(&lexer, &words, at: location, into: &statements)
            case .close(let location):
                if let last = words.last {
                    diagnostics.add(.missingSemicolon(after: last, before: "\"}\""))
                    finish(&words, block: nil, at: location, into: &statements)
                }
                if opener != nil { return statements }
                diagnostics.add(
                    Diagnostic(
                        "unexpected \"}\"", at: location, label: "there is no block to close"))
            case .end where lexer.isAborted:
                return statements
            case .end(let location):
                reportEnd(&lexer, at: location, words: words, opener: opener)
                if !words.isEmpty {
                    finish(&words, block: nil, at: location, into: &statements)
                }
                return statements
            }
        }
    }

    private mutating func readChildren(
        _ lexer: inout Lexer, _ words: inout [Word], at location: SourceLocation,
        into statements: inout [Statement]
    ) {
        let opener = words.first ?? Word(bytes: [], location: location)
        if words.isEmpty {
            diagnostics.add(
                Diagnostic(
                    "unexpected \"{\"", at: location, label: "a block needs a name before it"))
        }
        guard blockDepth < limits.blockDepthLimit else {
            diagnostics.add(
                Diagnostic(
                    "blocks are nested too deeply", at: location,
                    label: "at most \(limits.blockDepthLimit) levels"))
            lexer.abort()
            words = []
            return
        }
        var children: [Statement] = []
        if opener.text.hasSuffix("_by_lua_block") {
            lexer.skipForeignBlock()
        } else {
            blockDepth += 1
            children = readBlock(&lexer, opener: opener)
            blockDepth -= 1
        }
        if !words.isEmpty { finish(&words, block: children, at: location, into: &statements) }
    }

    private mutating func finish(
        _ words: inout [Word], block: [Statement]?, at end: SourceLocation,
        into statements: inout [Statement]
    ) {
        let (name, arguments) = (words[0], Array(words.dropFirst()))
        words = []
        if name.equals("include"), block == nil {
            statements += include(name, arguments)
        } else {
            statements.append(
                Statement(name: name, arguments: arguments, block: block, end: end))
        }
    }

    private mutating func reportEnd(
        _ lexer: inout Lexer, at location: SourceLocation, words: [Word], opener: Word?
    ) {
        if let last = words.last {
            diagnostics.add(.missingSemicolon(after: last, before: "the end of the file"))
            lexer.abort()
        } else if let opener {
            diagnostics.add(
                Diagnostic(
                    "unexpected end of file, expecting \"}\"", at: opener.location,
                    label: "this block is never closed"))
            lexer.abort()
        }
    }

    // MARK: Includes

    private mutating func include(_ name: Word, _ arguments: [Word]) -> [Statement] {
        guard let pattern = arguments.first, arguments.count == 1 else {
            let flaw = arguments.count < 2 ? name : arguments[1]
            diagnostics.add(
                Diagnostic(
                    "invalid number of arguments in \"include\" directive", at: flaw.location,
                    label: "expected one path or pattern"))
            return []
        }
        guard openFiles.count <= limits.includeDepthLimit else {
            diagnostics.add(
                Diagnostic(
                    "includes are nested too deeply", at: pattern.location,
                    label: "at most \(limits.includeDepthLimit) levels"))
            return []
        }
        var statements: [Statement] = []
        for path in paths(of: pattern) {
            guard inclusionCount < limits.inclusionLimit else {
                diagnostics.add(
                    Diagnostic(
                        "too many files are included", at: pattern.location,
                        label: "at most \(limits.inclusionLimit)"))
                break
            }
            inclusionCount += 1
            statements += readFile(path, from: pattern)
        }
        return statements
    }

    private func paths(of pattern: Word) -> [String] {
        let text = pattern.text
        let isComplete = text.hasPrefix("/") || directory.isEmpty
        let path = isComplete ? text : directory + (directory.hasSuffix("/") ? "" : "/") + text
        return GlobPattern.isPattern(path)
            ? reader.glob(path, limit: limits.inclusionLimit) : [path]
    }
}
