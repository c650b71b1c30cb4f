// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What clients are told of failed peers, written out.

import HTTP1
import Memory
import OS
import Testing

@testable import Server

@Suite struct FailureReportTests {
    private func report(
        _ status: Int, isRepeatable: Bool = true, tries: [FailureReport.Try]? = nil
    ) -> FailureReport {
        FailureReport(
            status: status, requestID: bytes("00112233445566778899aabbccddeeff"),
            isRepeatable: isRepeatable, tries: tries)
    }

    private func problem(_ report: FailureReport) -> String {
        var output = Buffer(capacity: 0)
        report.writeProblem(to: &output)
        return String(decoding: output.copied(), as: UTF8.self)
    }

    private func page(_ report: FailureReport) -> String {
        var output = Buffer(capacity: 0)
        FailurePage.write(report, to: &output)
        return String(decoding: output.copied(), as: UTF8.self)
    }

    private let failed = FailureReport.Try(
        address: bytes("<a>\"b\""), reason: "x \"y\" & z", duration: 12,
        lastAnswer: FailureReport.LastAnswer(status: 200, age: 3400))

    @Test func `a problem has the members that the standard names`() {
        #expect(
            problem(report(504)) == """
                {"type":"about:blank","title":"Gateway Time-out","status":504,\
                "detail":"The application behind this server did not answer in time.",\
                "instance":"urn:uuid:00112233-4455-6677-8899-aabbccddeeff",\
                "request_id":"00112233445566778899aabbccddeeff"}

                """)
    }

    @Test func `names and reasons cannot leave their string`() {
        let text = problem(report(502, tries: [failed, failed]))
        let one = """
            {"address":"<a>\\"b\\"","reason":"x \\"y\\" & z","milliseconds":12,\
            "last_answer":{"status":200,"milliseconds_ago":3400}}
            """
        #expect(text.hasSuffix(",\"peers\":[\(one),\(one)]}\n"))
    }

    @Test func `an address that is no text does not spoil what it stands in`() {
        let odd = FailureReport.Try(
            address: [0x2F, 0xFF, 0xC3, 0x28], reason: "refused", duration: 1)
        #expect(problem(report(502, tries: [odd])).contains("\"address\":\"/\u{FFFD}\u{FFFD}(\""))
        for write in [FailurePage.write, { $0.writeProblem(to: &$1) }] {
            var output = Buffer(capacity: 0)
            write(report(502, tries: [odd]), &output)
            #expect((try? UTF8Span(validating: output.readable)) != nil)
        }
    }

    @Test func `names and reasons cannot leave their cell`() {
        let text = page(report(502, tries: [failed]))
        #expect(
            text.contains(
                "<tr><td><code>&lt;a&gt;&quot;b&quot;</code></td>"
                    + "<td>x &quot;y&quot; &amp; z</td><td>12 ms</td><td>200, 3 s ago</td></tr>"))
    }

    @Test func `a page is small, and has a script only where it may ask again`() {
        let text = page(report(502))
        #expect(text.utf8.count < 4096)
        #expect(text.contains("<script>") && !text.contains("<table>"))
        #expect(!page(report(502, isRepeatable: false)).contains("<script>"))
    }

    @Test func `the policy names both digests`() {
        let policy = String(decoding: FailurePage.policy, as: UTF8.self)
        #expect(policy.split(separator: "'sha256-").count == 3)
        #expect(policy.hasPrefix("default-src 'none'; "))
    }

    @Test(
        arguments: [
            (
                .cannotConnect(.connectionRefused), "connect() failed (111: Connection refused)",
                "refused the connection: nothing listens there"
            ),
            (
                .cannotConnect(.accessDenied), "connect() failed (13: Permission denied)",
                "could not be connected to (Permission denied)"
            ),
            (
                .readTimedOut, "upstream timed out (110: Connection timed out)",
                "did not answer in time"
            ),
            (
                .closedEarly, "upstream prematurely closed connection",
                "closed the connection before it answered"
            ),
            (.status(503), "upstream answered 503, trying the next one", "answered 503"),
        ] as [(PeerFailure, String, String)])
    func `failures have words for logs and for people`(
        _ failure: PeerFailure, _ reason: String, _ explanation: String
    ) {
        #expect(failure.reason == reason)
        #expect(failure.explanation == explanation)
    }

    @Test func `the last answers are limited in number`() {
        let answers = LastAnswers()
        let now = Instant(milliseconds: 5)
        answers.note(bytes("a"), 200, at: now)
        answers.note(bytes("a"), 404, at: now)
        #expect(answers[bytes("a")]?.status == 404)
        #expect(answers[bytes("b")] == nil)
        for number in 0..<300 { answers.note(bytes("\(number)"), 200, at: now) }
        #expect(answers[bytes("299")]?.status == 200)
        #expect(answers[bytes("a")] == nil)
    }
}
