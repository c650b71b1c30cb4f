// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The prefix locations of one level, as a radix tree over bytes.
//
// This file knows names and indices only: what a location does is not its business.

/// Finds the exact or the longest prefix location of a path.
///
/// Spec: nginx `location`: an exact match wins at once, otherwise the longest prefix is remembered
///       and the regular expressions of its level are tried.
/// Cost: one pass over the path, no allocation.
struct LocationTree: Sendable {
    /// One edge and the node below it.
    ///
    /// Why: plain numbers into two arrays, so that a walk touches no reference count.
    private struct Node: BitwiseCopyable, Sendable {
        /// The bytes of the edge, within `labels`.
        var labelStart: Int32
        var labelCount: Int32
        /// The location `= path`, or -1.
        var exact: Int32 = -1
        /// The location `path` or `^~ path`, or -1.
        var prefix: Int32 = -1
        /// The first node below, or -1.
        var firstChild: Int32 = -1
        /// The next node below the same parent, or -1.
        var nextSibling: Int32 = -1
        /// Whether `prefix` ends with a slash and answers the path without it by a redirect.
        var redirectsWithoutSlash = false
    }

    /// What a path meets.
    enum Match: BitwiseCopyable, Equatable {
        /// `location = path`.
        case exact(Int)
        /// The longest prefix.
        case prefix(Int)
        /// The path lacks only the final slash of this prefix location.
        case slashMissing(Int)
        case none
    }

    private var labels: [UInt8] = []
    private var nodes: [Node] = [Node(labelStart: 0, labelCount: 0)]

    /// Adds `location = name`.
    mutating func insert(exact name: [UInt8], _ location: Int) {
        nodes[node(for: name)].exact = Int32(location)
    }

    /// Adds `location name` or `location ^~ name`.
    mutating func insert(prefix name: [UInt8], _ location: Int, redirectsWithoutSlash: Bool) {
        let index = node(for: name)
        nodes[index].prefix = Int32(location)
        nodes[index].redirectsWithoutSlash = redirectsWithoutSlash && name.last == UInt8(ascii: "/")
    }

    /// Finds what `path` meets.
    func match(_ path: Span<UInt8>) -> Match {
        var best = -1
        var current = 0
        var position = 0
        while true {
            if nodes[current].prefix >= 0 { best = Int(nodes[current].prefix) }
            if position == path.count {
                if nodes[current].exact >= 0 { return .exact(Int(nodes[current].exact)) }
                if nodes[current].prefix < 0, let missing = slashMissing(below: current) {
                    return .slashMissing(missing)
                }
                break
            }
            let next = child(of: current, startingWith: path[position])
            guard next >= 0 else { break }
            let count = Int(nodes[next].labelCount)
            let common = commonCount(of: next, path, from: position)
            guard common == count else {
                // All of the path is spelt but for one final slash.
                if position &+ common == path.count, common &+ 1 == count,
                    nodes[next].redirectsWithoutSlash
                {
                    return .slashMissing(Int(nodes[next].prefix))
                }
                break
            }
            position &+= count
            current = next
        }
        return best >= 0 ? .prefix(best) : .none
    }

    private func slashMissing(below node: Int) -> Int? {
        let slash = child(of: node, startingWith: UInt8(ascii: "/"))
        guard slash >= 0, nodes[slash].labelCount == 1, nodes[slash].redirectsWithoutSlash
        else { return nil }
        return Int(nodes[slash].prefix)
    }

    @inline(__always)
    private func child(of node: Int, startingWith byte: UInt8) -> Int {
        var next = Int(nodes[node].firstChild)
        while next >= 0, labels[Int(nodes[next].labelStart)] != byte {
            next = Int(nodes[next].nextSibling)
        }
        return next
    }

    @inline(__always)
    private func commonCount(of node: Int, _ path: Span<UInt8>, from position: Int) -> Int {
        let start = Int(nodes[node].labelStart)
        let count = min(Int(nodes[node].labelCount), path.count &- position)
        var offset = 1
        while offset < count, labels[start &+ offset] == path[position &+ offset] { offset &+= 1 }
        return offset
    }

    // MARK: Building

    /// The node that spells `name`, made by splitting edges where needed.
    private mutating func node(for name: [UInt8]) -> Int {
        var current = 0
        var position = 0
        while position < name.count {
            let next = child(of: current, startingWith: name[position])
            guard next >= 0 else { return append(name[position...], below: current) }
            let count = commonCount(of: next, name.span, from: position)
            if count < Int(nodes[next].labelCount) { split(next, at: count) }
            position += count
            current = next
        }
        return current
    }

    private mutating func append(_ label: ArraySlice<UInt8>, below parent: Int) -> Int {
        var node = Node(labelStart: Int32(labels.count), labelCount: Int32(label.count))
        node.nextSibling = nodes[parent].firstChild
        labels += label
        nodes.append(node)
        nodes[parent].firstChild = Int32(nodes.count - 1)
        return nodes.count - 1
    }

    /// Cuts the edge of a node in two; the node keeps the upper part and its place.
    private mutating func split(_ index: Int, at count: Int) {
        var lower = nodes[index]
        lower.labelStart += Int32(count)
        lower.labelCount -= Int32(count)
        lower.nextSibling = -1
        nodes.append(lower)
        var upper = Node(labelStart: nodes[index].labelStart, labelCount: Int32(count))
        upper.nextSibling = nodes[index].nextSibling
        upper.firstChild = Int32(nodes.count - 1)
        nodes[index] = upper
    }
}
