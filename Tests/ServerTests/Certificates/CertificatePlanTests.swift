// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// How a certificate and its key are loaded, and what is said where they cannot be.

import Configuration
import TLS
import Testing

@testable import Server

@Suite struct CertificatePlanTests {
    private let plan = CertificatePlan(
        certificate: .file(bytes("/a.crt")), key: .file(bytes("/a.key")),
        passwordFile: bytes("/words"))

    private func trouble(_ files: [String: String]) -> CertificateTrouble? {
        do throws(CertificateTrouble) {
            _ = try plan.load { path in
                files[String(decoding: path, as: UTF8.self)].map { .bytes(bytes($0)) } ?? .missing
            }
            return nil
        } catch {
            return error
        }
    }

    @Test func `files that are taken up together are told of`() {
        #expect(plan.paths == [bytes("/a.crt"), bytes("/a.key"), bytes("/words")])
        let one = CertificatePlan(
            certificate: .file(bytes("/a")), key: .file(bytes("/a")), passwordFile: nil)
        #expect(one.paths == [bytes("/a")])
        let inner = CertificatePlan(
            certificate: .inline([]), key: .inline([]), passwordFile: bytes("/words"))
        #expect(inner.paths.isEmpty && !inner.isOfFiles)
    }

    @Test func `passwords stand in lines whose ends do not count`() throws {
        let words = try plan.readPasswords { _ in .bytes(bytes("one\r\n\ntwo \n\r\nthree")) }
        #expect(words == [bytes("one"), bytes("two "), bytes("three")])
    }

    @Test func `a pair that fits is loaded`() {
        let pair = PairOfTest.first
        #expect(
            trouble(["/a.crt": pair.certificate, "/a.key": pair.key, "/words": ""]) == nil)
    }

    @Test func `what is to blame is told with its file`() {
        let (first, second) = (PairOfTest.first, PairOfTest.second)
        let missing = trouble([:])
        #expect(missing?.part == .certificate && missing?.reason == .missing)
        #expect(
            missing?.line == "cannot load certificate \"/a.crt\": No such file or directory")
        let lost = trouble(["/a.crt": first.certificate])
        #expect(lost?.part == .passwords)
        #expect(lost?.line == "cannot load passwords \"/words\": No such file or directory")
        let other = trouble([
            "/a.crt": first.certificate, "/a.key": second.key, "/words": "",
        ])
        #expect(other?.part == .key)
        #expect(
            other?.line
                == "cannot load certificate key \"/a.key\": the key does not fit the certificate; "
                + "it is an EC key (P-256), but not that of \"CN=first.example\"")
    }
}

@Suite struct CertificateTroubleTests {
    @Test(arguments: [
        (CertificateTrouble.Part.certificate, "cannot load certificate \"x\": gone"),
        (.key, "cannot load certificate key \"x\": gone"),
        (.passwords, "cannot load passwords \"x\": gone"),
        (.authorities, "cannot load certificate \"x\": gone"),
        (.revocations, "cannot load revocation list \"x\": gone"),
        (.parameters, "cannot load DH parameters \"x\": gone"),
        (.response, "cannot load OCSP response \"x\": gone"),
        (.ticketKey, "cannot load ticket key \"x\": gone"),
        (.context, "gone"),
    ])
    func `a message names what was to be loaded`(
        _ part: CertificateTrouble.Part, _ message: String
    ) {
        #expect(CertificateTrouble(part, "x", .unreadable("gone")).message == message)
        #expect(CertificateTrouble(part, "x", .refused("gone")).line == message)
    }
}
