// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Which statement is handed out for which certificate, and until when.

import Testing

@testable import TLS

@Suite struct StaplesTests {
    private let one: Certificate
    private let other: Certificate
    private let staples = Staples()

    init() throws {
        one = try CertificateChain(parsing: Array(Fixtures.leaf.utf8)).leaf
        other = try CertificateChain(parsing: Array(Fixtures.alone.utf8)).leaf
    }

    @Test func `a statement is handed out for its certificate while it is valid`() throws {
        staples.put([1], for: one, until: 100)
        staples.put([2], for: other, until: 200)
        #expect(staples.response(for: one, at: 100) == [1])
        #expect(staples.response(for: one, at: 101) == nil)
        #expect(staples.response(for: other, at: 101) == [2])
        // The same certificate, read again.
        let again = try CertificateChain(parsing: Array(Fixtures.leaf.utf8)).leaf
        #expect(staples.response(for: again, at: 1) == [1])
    }

    @Test func `the last statement counts`() {
        staples.put([1], for: one, until: 100)
        staples.put([3], for: one, until: 50)
        #expect(staples.response(for: one, at: 50) == [3])
        #expect(staples.response(for: one, at: 51) == nil)
    }

    @Test func `those about other certificates are forgotten`() {
        staples.put([1], for: one, until: 100)
        staples.put([2], for: other, until: 100)
        staples.keep([other])
        #expect(staples.response(for: one, at: 1) == nil)
        #expect(staples.response(for: other, at: 1) == [2])
    }
}

@Suite struct StatusQuestionTests {
    private let question: StatusQuestion
    private let context: TLSContext

    init() throws {
        let leaf = try CertificateChain(parsing: Array(Fixtures.leaf.utf8)).leaf
        let issuer = try CertificateChain(parsing: Array(Fixtures.intermediate.utf8)).leaf
        question = StatusQuestion(leaf, issuer: issuer, helpers: [])
        context = try TLSContext(versions: .usual)
    }

    @Test func `a question and its key are about one certificate`() throws {
        let root = try CertificateChain(parsing: Array(Fixtures.root.utf8)).leaf
        let other = StatusQuestion(question.certificate, issuer: root, helpers: [])
        #expect(question.bytes != nil && question.bytes != other.bytes)
        #expect(question.key != nil && question.key != other.key)
        #expect(question.key?.count == 60)
    }

    @Test(
        arguments: [
            ([], "d2i_OCSP_RESPONSE() failed"),
            ([0x30, 0x80], "d2i_OCSP_RESPONSE() failed"),
            ([0x30, 0x03, 0x0A, 0x01, 0x03], "OCSP response not successful (3: trylater)"),
            ([0x30, 0x03, 0x0A, 0x01, 0x00], "OCSP_response_get1_basic() failed"),
        ] as [([UInt8], String)])
    func `an answer that says nothing is refused`(_ answer: [UInt8], _ message: String) {
        do throws(StatusFlaw) {
            _ = try question.verdict(of: answer, by: context, trusting: .anybody)
            Issue.record("it was believed")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test func `the issuer stands beside a certificate or among those that are trusted`() throws {
        let leaf = try CertificateChain(parsing: Array(Fixtures.leaf.utf8)).leaf
        let issuer = question.issuer
        #expect(context.issuer(of: CertificateChain(leaf: leaf)) == nil)
        let found = context.issuer(of: CertificateChain(leaf: leaf, rest: [leaf, issuer]))
        #expect(found === issuer)
        try context.trust([issuer])
        #expect(context.issuer(of: CertificateChain(leaf: leaf))?.isSame(as: issuer) == true)
    }
}

@Suite struct RevocationListsTests {
    @Test(arguments: [
        ("", "it is empty"), (Fixtures.leaf, "it holds a certificate"),
        (
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            "the revocation list on line 1 is damaged"
        ),
        ("-----BEGIN X509 CRL-----\nAAAA\n", "line 1: \"-----BEGIN X509 CRL-----\" has no"),
    ])
    func `what is no list is refused`(_ text: String, _ message: String) {
        do throws(CertificateFlaw) {
            _ = try RevocationLists(parsing: Array(text.utf8))
            Issue.record("it was taken")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }

    @Test(arguments: [
        ("", "it is empty"), (Fixtures.leaf, "it holds a certificate"),
        (
            "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
            "the parameters on line 1 are damaged"
        ),
    ])
    func `what are no parameters is refused`(_ text: String, _ message: String) {
        do throws(CertificateFlaw) {
            _ = try DHParameters(parsing: Array(text.utf8))
            Issue.record("it was taken")
        } catch {
            #expect(error.message.hasPrefix(message))
        }
    }
}
