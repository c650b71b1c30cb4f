// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Passwords and the hashes that other programs have made of them.

import Digests
import Testing

@Suite struct PasswordHashTests {
    @Test(arguments: [
        ("saHW9GdxihkGQ", "secret"), ("$1$salt$qJH7.N4xYta3aEG/dfqo/0", "password"),
        ("$1$salt$UsdFqFVB.FsuinRDK5eE..", ""), ("$1$salt$l2VGtrrDS6SYU7RcQwz0R1", "päss"),
        ("$5$salt$Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1", "password"),
        (
            "$6$rounds=1000$salt$3vBeMoIBCZmJ4eCcMIwvPNc95YGEiwXRFVnraFjhWt/"
                + "VML2.nZZw92Zhc3JUEybKd5kZ1u70KaxHApHj3Ghyd.", "pass:word"
        ),
        ("$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", "password"),
        ("$2y$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", "password"),
        ("$y$j75$salt$5DzP8h1OS5x.STYzqZZaSwHc9tV0MEjdIbeUuTjHlB1", "password"),
        ("$apr1$salt$Xxd1irWT9ycqoYxGFn4cb.", "password"),
        ("$apr1$12345678$sHuPAw7VA9xjRbJz7zKV7/", ""),
        ("$apr1$12345678$zbBEMgfXu4mAHPrplrtNt.", "x"),
        ("$apr1$abc$Plz1qsLbl4zyg/zdjBqBH1", "a rather long password of many characters"),
        ("{PLAIN}password", "password"), ("{PLAIN}", ""), ("{PLAIN}a b", "a b"),
        ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "password"),
        ("{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0", "password"),
    ])
    func `the right password matches, and no other`(_ text: String, _ password: String) {
        let hash = PasswordHash(Array(text.utf8))
        #expect(hash.matches(Array(password.utf8)))
        for wrong in [password + "x", "X" + password, password + "\0", "\0", text] {
            #expect(!hash.matches(Array(wrong.utf8)), "\(wrong)")
        }
    }

    @Test(arguments: [
        "", "$1$", "$apr1$", "$apr1$salt$", "{SHA}", "{SHA}Zm9vCg==",
        "{SHA}_____Mm5Pz8GgiULbPgzG37mj9g=", "{SSHA}", "{SSHA}Zm9vCg==",
        "{SSHA}_____wQadOA1e+/f+T+H3eCQQhRzYWx0", "*", "*0", "!", "x", "$2b$04$", "$6$", "$y$",
        "$2b$99$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm", "password", "{MD5}x",
        "{plain}password", "\0", "$1$\0",
    ])
    func `a broken hash matches nothing`(_ text: String) {
        let hash = PasswordHash(Array(text.utf8))
        for password in ["password", "", "1", "*0", "*1", text] {
            #expect(!hash.matches(Array(password.utf8)), "\(password)")
        }
    }

    @Test(arguments: [
        ("{PLAIN}a", false), ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", false), ("", false),
        ("$apr1$salt$Xxd1irWT9ycqoYxGFn4cb.", true), ("$6$salt$x", true), ("sa3tHJ3/KuYvI", true),
    ])
    func `what takes long is known beforehand`(_ text: String, _ isSlow: Bool) {
        #expect(PasswordHash(Array(text.utf8)).isSlow == isSlow)
    }
}
