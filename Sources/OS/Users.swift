// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Names of users and groups, read from the files where they stand.
//
// A static glibc has no name service, so getpwnam would find nobody. The parsers take bytes and
// know no files.

/// Who a process acts as.
package struct UserIdentity: Equatable, Sendable {
    /// The number of the user.
    package var userID: UInt32

    /// The number of the user's group.
    package var groupID: UInt32

    /// The numbers of all groups that the process shall be in, without repetition.
    package var supplementaryGroups: [UInt32]

    /// Who has no rights, where no user is called so.
    package static var nobody: UserIdentity {
        UserIdentity(userID: 65_534, groupID: 65_534, supplementaryGroups: [])
    }

    package init(userID: UInt32, groupID: UInt32, supplementaryGroups: [UInt32]) {
        self.userID = userID
        self.groupID = groupID
        self.supplementaryGroups = supplementaryGroups
    }
}

/// The user and group files, as bytes.
///
/// Spec: passwd(5), group(5). Lines that do not have their form are skipped, as glibc does.
package struct Users: Sendable {
    private let users: [UInt8]
    private let groups: [UInt8]

    /// Takes the contents of `/etc/passwd` and `/etc/group`; an empty one knows nobody.
    package init(users: [UInt8], groups: [UInt8]) {
        self.users = users
        self.groups = groups
    }

    /// Why a name could not be turned into an identity.
    package enum Failure: Error, Equatable {
        /// There is no such user.
        case unknownUser
        /// There is no such group.
        case unknownGroup
    }

    /// Finds the user, the group (by default the user's own), and all groups that the user is in.
    package func identity(
        user name: String, group groupName: String? = nil
    ) throws(Failure) -> UserIdentity {
        guard let user = user(named: name) else { throw .unknownUser }
        var groupID = user.groupID
        if let groupName {
            guard let found = group(named: groupName) else { throw .unknownGroup }
            groupID = found
        }
        var all = [groupID]
        for group in groupsWithMember(name) where !all.contains(group) { all.append(group) }
        return UserIdentity(userID: user.userID, groupID: groupID, supplementaryGroups: all)
    }

    /// The numbers of the user, if there is one of that name.
    package func user(named name: String) -> (userID: UInt32, groupID: UInt32)? {
        let name = Array(name.utf8)
        for line in users.split(separator: Self.newline) {
            let fields = Self.fields(line)
            guard fields.count >= 4, fields[0].elementsEqual(name), !name.isEmpty,
                let userID = Self.number(fields[2]), let groupID = Self.number(fields[3])
            else { continue }
            return (userID, groupID)
        }
        return nil
    }

    /// The home folder of the user, if it is known.
    package func home(of name: String) -> String? {
        for line in users.split(separator: Self.newline) {
            let fields = Self.fields(line)
            guard fields.count >= 6, fields[0].elementsEqual(name.utf8), !fields[5].isEmpty else {
                continue
            }
            return String(decoding: fields[5], as: UTF8.self)
        }
        return nil
    }

    /// The number of the group, if there is one of that name.
    package func group(named name: String) -> UInt32? {
        let name = Array(name.utf8)
        for line in groups.split(separator: Self.newline) {
            let fields = Self.fields(line)
            guard fields.count >= 3, fields[0].elementsEqual(name), !name.isEmpty else { continue }
            if let number = Self.number(fields[2]) { return number }
        }
        return nil
    }

    /// The groups whose line lists the user as a member.
    private func groupsWithMember(_ name: String) -> [UInt32] {
        let name = Array(name.utf8)
        var found: [UInt32] = []
        for line in groups.split(separator: Self.newline) {
            let fields = Self.fields(line)
            guard fields.count >= 4, let number = Self.number(fields[2]) else { continue }
            let members = fields[3].split(separator: UInt8(ascii: ","))
            if members.contains(where: { $0.elementsEqual(name) }) { found.append(number) }
        }
        return found
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    }

    /// Reads a decimal number; all ones is no user, but what system calls take for "unchanged".
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard !digits.isEmpty, digits.count <= 10 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return value < UInt64(UInt32.max) ? UInt32(value) : nil
    }

    private static let newline = UInt8(ascii: "\n")
}
