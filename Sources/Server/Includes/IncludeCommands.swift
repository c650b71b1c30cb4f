// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The commands that a page may have, and their parameters.

extension IncludeCommand {
    /// The commands; the raw value is the name.
    enum Kind: String {
        case include, echo, config, set, `if`, block
        case elseIf = "elif"
        case otherwise = "else"
        case endIf = "endif"
        case endBlock = "endblock"

        /// Whether it makes sense behind an `if` only.
        var isOfCondition: Bool { self == .elseIf || self == .otherwise || self == .endIf }

        /// The names of its parameters.
        private var parameters: [String] {
            switch self {
            case .include: ["virtual", "file", "wait", "set", "stub"]
            case .echo: ["var", "default", "encoding"]
            case .config: ["errmsg", "timefmt"]
            case .set: ["var", "value"]
            case .if, .elseIf: ["expr"]
            case .block: ["name"]
            case .otherwise, .endIf, .endBlock: []
            }
        }

        /// Those that it cannot do without.
        private var mandatory: [String] {
            switch self {
            case .include, .config: []
            case .echo: ["var"]
            default: parameters
            }
        }

        /// The parameters of a command, by their names.
        func values(of command: IncludeCommand) throws(IncludeFlaw) -> [String: [UInt8]] {
            var values: [String: [UInt8]] = [:]
            for parameter in command.parameters {
                let name = LogEscape.text(parameter.name)
                guard parameters.contains(name) else {
                    throw IncludeFlaw(
                        "invalid parameter name: \"\(name)\" in \"\(rawValue)\" SSI command")
                }
                guard values[name] == nil else {
                    throw IncludeFlaw(
                        "duplicate \"\(name)\" parameter in \"\(rawValue)\" SSI command")
                }
                values[name] = parameter.value
            }
            for name in mandatory where values[name] == nil {
                throw IncludeFlaw(
                    "mandatory \"\(name)\" parameter is absent in \"\(rawValue)\" SSI command")
            }
            return values
        }
    }
}
