// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What nginx has, by module, for the page that says what of it works here.

/// A module of nginx with the names that it defines.
package struct NginxModules: Sendable {
    /// Its name as nginx's manual writes it.
    package let name: String
    /// Directives or variables, sorted.
    package let names: [String]

    /// The modules with their directives.
    package static let ofDirectives = parse(directiveTable)

    /// The modules with their variables; a name that ends with an underscore is a family.
    package static let ofVariables = parse(variableTable)

    /// Whether nginx or nginx Plus has a variable.
    package static func hasVariable(_ name: String) -> Bool {
        if name.hasPrefix("jwt_") || others.contains(name) { return true }
        return ofVariables.contains { module in
            module.names.contains { $0.hasSuffix("_") ? name.hasPrefix($0) : name == $0 }
        }
    }

    /// Variables of nginx Plus and of `stream`.
    private static let others: Set = [
        "bytes_received", "session_time", "upstream_first_byte_time", "upstream_queue_time",
        "upstream_session_time",
    ]

    /// What to do instead of using a variable that there is not; nil when there is nothing to say.
    package static func advice(onVariable name: String) -> String? {
        NginxFamily.find(name)?.advice
    }

    private static func parse(_ table: String) -> [NginxModules] {
        var modules: [NginxModules] = []
        var (module, names): (String?, [String]) = (nil, [])
        func finish() {
            guard let module else { return }
            modules.append(NginxModules(name: manualName(module), names: names.sorted()))
        }
        for word in table.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if word.hasSuffix(":") {
                finish()
                (module, names) = (String(word.dropLast()), [])
            } else {
                names.append(String(word))
            }
        }
        finish()
        return modules
    }

    private static func manualName(_ short: String) -> String {
        switch short {
        case "main": "ngx_core_module"
        case "google_perftools": "ngx_google_perftools_module"
        default: "ngx_http_\(short)_module"
        }
    }
}
