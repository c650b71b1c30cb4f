// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Reading the files of users and groups.

import OS
import Testing

@Suite struct UsersTests {
    private static let users = Users(
        users: Array(
            """
            root:x:0:0:root:/root:/bin/bash
            # a comment
            www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
            broken:x:abc:33::/:/bin/sh
            short:x:5
            big:x:4294967295:33::/:/bin/sh
            larger:x:99999999999:33::/:/bin/sh
            signed:x:+7:33::/:/bin/sh
            :x:8:8::/:/bin/sh
            twice:x:9:9::/:/bin/sh
            twice:x:10:10::/:/bin/sh
            """.utf8),
        groups: Array(
            """
            root:x:0:
            www-data:x:33:
            adm:x:4:syslog,www-data
            ssl:x:101:www-data,other
            data:x:102:www-data2,notwww-data
            same:x:33:www-data
            bad:x:-1:www-data
            """.utf8))

    @Test func `a user has numbers and groups`() throws {
        let identity = try Self.users.identity(user: "www-data")
        #expect(
            identity
                == UserIdentity(userID: 33, groupID: 33, supplementaryGroups: [33, 4, 101]))
    }

    @Test func `a named group replaces the user's own`() throws {
        let identity = try Self.users.identity(user: "www-data", group: "data")
        #expect(identity.groupID == 102)
        #expect(identity.supplementaryGroups == [102, 4, 101, 33])
    }

    @Test(arguments: [
        "nobody", "", "broken", "short", "big", "larger", "signed", "# a comment", "ROOT", "root:x",
    ])
    func `a name without a proper line is unknown`(name: String) {
        #expect(throws: Users.Failure.unknownUser) { try Self.users.identity(user: name) }
    }

    @Test func `an unknown group is told apart from an unknown user`() {
        #expect(throws: Users.Failure.unknownGroup) {
            try Self.users.identity(user: "root", group: "bad")
        }
    }

    @Test func `the first line of a name counts`() throws {
        #expect(try Self.users.identity(user: "twice").userID == 9)
    }

    @Test func `empty files know nobody`() {
        #expect(Users(users: [], groups: []).user(named: "root") == nil)
        #expect(Users(users: [], groups: []).group(named: "root") == nil)
    }
}
