// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which cached entries depend on which names in the file system, and which directories are watched
// for them. It adds and drops watches, but reads no events and opens no files.

/// The names that cached entries depend on, as a tree from the root directory.
///
/// Every directory on the way to a name is watched, so that not only a change of the file itself is
/// seen but also a renamed parent and a symbolic link that points elsewhere now.
/// Invariant: a node has a child, a dependent or a pin, or it is the root.
struct PathTree {
    private var nodes: [Node] = [Node(parent: 0, name: [])]
    private var freeNodes: [Int] = []
    /// The nodes of each watch: more than one where links lead to the same directory.
    private var nodesOfWatch: [Int32: [Int]] = [:]

    /// How many directories may be watched; files in others are looked at again after a while.
    private let watchLimit: Int

    init(watchLimit: Int) { self.watchLimit = watchLimit }

    /// How many directories are watched.
    var watchCount: Int { nodesOfWatch.count }
    /// How many names are known.
    var nodeCount: Int { nodes.count - freeNodes.count }

    /// A name that something depends on, and how often it had changed when that was found out.
    struct Dependency {
        var node: Int
        var changeCount: Int
    }

    /// What events come to.
    struct Changes {
        /// The records of entries that are no longer true.
        var records: Set<Int> = []
        /// The folders that are to be looked through again.
        var surveys: Set<Int> = []
    }

    /// What `register` found.
    struct Registration {
        var dependency: Dependency
        /// Whether every change will be seen.
        var isWatched: Bool
    }

    private struct Node {
        var parent: Int
        var name: [UInt8]
        var children: [[UInt8]: Int] = [:]
        /// The records of the entries that depend on this very name.
        var dependents: Set<Int> = []
        /// The folders that are looked through again when this or what is in it changes.
        var surveys: Set<Int> = []
        var watch: Int32?
        /// What the watch reports.
        var interest = WatchInterest.passage
        /// How often it, or something above it, has changed.
        var changeCount = 0
        /// How many loads under way depend on it.
        var pinCount = 0
    }

    // MARK: Registering

    /// Watches every directory on the way to `path` and pins its name.
    ///
    /// Where the way ends early, the first name that does not exist is pinned instead: its coming
    /// into being is what would change the answer.
    mutating func register(_ path: [UInt8], watcher: borrowing PathWatcher) -> Registration {
        var node = 0
        var isWatched = true
        var position = path.startIndex
        var name = Self.nextName(in: path, from: &position)
        while let current = name {
            let following = Self.nextName(in: path, from: &position)
            switch watchOnTheWay(node, following == nil ? .contents : .passage, watcher) {
            case .watched: break
            case .unwatchable: isWatched = false
            case .missing: return pin(node, isWatched)
            }
            node = child(current, of: node)
            name = following
        }
        return pin(node, isWatched)
    }

    /// Pins the name of a directory, and watches the directory itself as well.
    mutating func register(
        directory path: [UInt8], watcher: borrowing PathWatcher
    ) -> Dependency {
        let dependency = register(path, watcher: watcher).dependency
        if self.path(of: dependency.node) == path {
            _ = watch(dependency.node, .names, watcher)
        }
        return dependency
    }

    /// Watches a directory; if it is not there, the one that it would come into being in.
    private mutating func watchOnTheWay(
        _ node: Int, _ interest: WatchInterest, _ watcher: borrowing PathWatcher
    ) -> WatchState {
        let state = watch(node, interest, watcher)
        let parent = nodes[node].parent
        guard state == .missing, nodes[parent].watch != nil, nodes[parent].interest < .names
        else { return state }
        _ = watch(parent, .names, watcher)
        // It may have come before anybody looked.
        return watch(node, interest, watcher)
    }

    private enum WatchState {
        case watched
        case unwatchable
        case missing
    }

    private mutating func watch(
        _ node: Int, _ interest: WatchInterest, _ watcher: borrowing PathWatcher
    ) -> WatchState {
        if nodes[node].watch != nil, nodes[node].interest >= interest { return .watched }
        if nodes[node].watch == nil, nodesOfWatch.count >= watchLimit { return .unwatchable }
        switch watcher.add(path(of: node), interest) {
        case .missing: return .missing
        case .unwatchable: return .unwatchable
        case .watched(let watch, let interest):
            if let old = nodes[node].watch, old != watch { forget(old, node) }
            if nodes[node].watch != watch { nodesOfWatch[watch, default: []].append(node) }
            nodes[node].watch = watch
            nodes[node].interest = interest
            return .watched
        }
    }

    private func path(of node: Int) -> [UInt8] {
        var names: [[UInt8]] = []
        var current = node
        while current != 0 {
            names.append(nodes[current].name)
            current = nodes[current].parent
        }
        var path: [UInt8] = []
        for name in names.reversed() {
            path.append(UInt8(ascii: "/"))
            path += name
        }
        return path.isEmpty ? [UInt8(ascii: "/")] : path
    }

    private mutating func pin(_ node: Int, _ isWatched: Bool) -> Registration {
        nodes[node].pinCount += 1
        let dependency = Dependency(node: node, changeCount: nodes[node].changeCount)
        return Registration(dependency: dependency, isWatched: isWatched)
    }

    private static func nextName(in path: [UInt8], from position: inout Int) -> [UInt8]? {
        while position < path.endIndex, path[position] == UInt8(ascii: "/") { position += 1 }
        let start = position
        while position < path.endIndex, path[position] != UInt8(ascii: "/") { position += 1 }
        return start == position ? nil : Array(path[start..<position])
    }

    private mutating func child(_ name: [UInt8], of parent: Int) -> Int {
        if let known = nodes[parent].children[name] { return known }
        let fresh = Node(parent: parent, name: name)
        let index: Int
        if let free = freeNodes.popLast() {
            index = free
            nodes[free] = fresh
        } else {
            index = nodes.count
            nodes.append(fresh)
        }
        nodes[parent].children[name] = index
        return index
    }

    // MARK: Depending

    /// Whether nothing has changed since the dependency was registered.
    func holds(_ dependency: Dependency) -> Bool {
        nodes[dependency.node].changeCount == dependency.changeCount
    }

    /// Ends the load that registered the dependency.
    mutating func unpin(_ dependency: Dependency, watcher: borrowing PathWatcher) {
        nodes[dependency.node].pinCount -= 1
        trim(dependency.node, watcher)
    }

    mutating func attach(_ record: Int, to node: Int) {
        nodes[node].dependents.insert(record)
    }

    mutating func detach(_ record: Int, from node: Int, watcher: borrowing PathWatcher) {
        nodes[node].dependents.remove(record)
        trim(node, watcher)
    }

    mutating func attach(survey: Int, to dependency: Dependency) {
        nodes[dependency.node].surveys.insert(survey)
    }

    /// Ends what `register(directory:)` began.
    mutating func detach(
        survey: Int, from dependency: Dependency, watcher: borrowing PathWatcher
    ) {
        nodes[dependency.node].surveys.remove(survey)
        unpin(dependency, watcher: watcher)
    }

    /// Removes a node that nothing needs any more, and those above it that only it needed.
    private mutating func trim(_ node: Int, _ watcher: borrowing PathWatcher) {
        var current = node
        while current != 0, nodes[current].children.isEmpty, nodes[current].dependents.isEmpty,
            nodes[current].pinCount == 0
        {
            unwatch(current, watcher)
            let parent = nodes[current].parent
            nodes[parent].children[nodes[current].name] = nil
            nodes[current] = Node(parent: 0, name: [])
            freeNodes.append(current)
            current = parent
        }
    }

    private mutating func unwatch(_ node: Int, _ watcher: borrowing PathWatcher) {
        guard let watch = nodes[node].watch else { return }
        forget(watch, node)
        if nodesOfWatch[watch] == nil { watcher.remove(watch) }
    }

    private mutating func forget(_ watch: Int32, _ node: Int) {
        nodes[node].watch = nil
        nodes[node].interest = .passage
        guard var sharing = nodesOfWatch[watch] else { return }
        sharing.removeAll { $0 == node }
        nodesOfWatch[watch] = sharing.isEmpty ? nil : sharing
    }

    // MARK: Changes

    /// Takes note of one event.
    mutating func apply(
        _ event: PathEvent, watcher: borrowing PathWatcher, changes: inout Changes
    ) {
        guard let watching = nodesOfWatch[event.watch] else { return }
        for node in watching {
            if event.name.isEmpty {
                if event.isGone { nodesOfWatch[event.watch] = nil }
                change(node, isReplaced: event.isReplaced, watcher, &changes)
                continue
            }
            if event.isReplaced { changes.surveys.formUnion(nodes[node].surveys) }
            if let child = nodes[node].children[event.name] {
                change(child, isReplaced: event.isReplaced, watcher, &changes)
            }
        }
    }

    /// Takes note that anything may have changed.
    mutating func applyOverflow(watcher: borrowing PathWatcher, changes: inout Changes) {
        change(0, isReplaced: true, watcher, &changes)
    }

    /// Everything at and below a node may have changed.
    ///
    /// If the name stands for something else now,
    /// the watches below it look at the wrong directories and go.
    private mutating func change(
        _ top: Int, isReplaced: Bool, _ watcher: borrowing PathWatcher, _ changes: inout Changes
    ) {
        var pending = [top]
        while let node = pending.popLast() {
            nodes[node].changeCount += 1
            changes.records.formUnion(nodes[node].dependents)
            changes.surveys.formUnion(nodes[node].surveys)
            if isReplaced { unwatch(node, watcher) }
            pending += nodes[node].children.values
        }
    }
}
