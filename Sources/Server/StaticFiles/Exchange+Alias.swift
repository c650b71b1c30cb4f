// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What an alias makes of a path, and the paths that would lead out of it. Knows no file.

internal import HTTP
internal import Memory

extension Exchange {
    /// Empties `services.path` where the request has brought `..` into the path of an alias.
    ///
    /// Why: a path is without `..` before a location is chosen. Behind `location /img` it may begin
    ///      with dots nevertheless, and `alias /files/img/` makes a way up of `/img../secret`; so
    ///      does an alias with a capture. An empty path is never there, so that the answer is 404.
    /// - Parameter start: how much of the path the configuration alone has written.
    func refuseClimbing(from start: Int, _ services: inout Services) {
        guard AliasPath.climbs(services.path.readable, from: start) else { return }
        services.logPathError(.error, self, "", " leads out of its alias")
        services.path.removeAll()
    }

    /// How much of `services.path` the configuration alone has written.
    ///
    /// - Parameter root: the value of an alias with variables, with which the path ends.
    func constantCount(ofRoot root: ByteRange, _ services: borrowing Services) -> Int {
        let template = services.site.locations[locationIndex].settings.files.root
        guard case .literal(let text) = template.segments.first else {
            return services.path.count - root.count
        }
        return services.path.count - root.count + text.count
    }
}

/// The paths that aliases make.
enum AliasPath {
    /// Whether one of the names in a path is `..`, from the name on in which `start` lies.
    static func climbs(_ path: Span<UInt8>, from start: Int) -> Bool {
        let slash = UInt8(ascii: "/")
        let dot = UInt8(ascii: ".")
        var name = min(start, path.count)
        while name > 0, path[name &- 1] != slash { name &-= 1 }
        while name < path.count {
            var end = name
            while end < path.count, path[end] != slash { end &+= 1 }
            if end &- name == 2, path[name] == dot, path[name &+ 1] == dot { return true }
            name = end &+ 1
        }
        return false
    }
}
