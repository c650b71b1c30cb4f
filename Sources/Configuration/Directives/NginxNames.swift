// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The names of nginx's directives, so that one that we lack is told from one that does not exist.

/// What is known about a directive that nginx has.
struct NginxDirective {
    let name: String
    let contexts: Contexts

    /// The message for one that we do not have.
    func unsupported(at location: SourceLocation) -> Diagnostic {
        Diagnostic("nginx's \"\(name)\" is not supported yet", at: location)
    }
}

/// Looks names up.
enum NginxNames {
    static func find(_ name: String) -> NginxDirective? { nil }
}
