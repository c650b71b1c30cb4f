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
        if name.hasPrefix("jwt_") { return true }
        return ofVariables.contains { module in
            module.names.contains { $0.hasSuffix("_") ? name.hasPrefix($0) : name == $0 }
        }
    }

    /// Whether it is one of `stream`.
    package var isOfStream: Bool { name.hasPrefix("ngx_stream_") }

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
        default: short.hasPrefix("stream_") ? "ngx_\(short)_module" : "ngx_http_\(short)_module"
        }
    }
}
