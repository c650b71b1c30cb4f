// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What peers say about how long they wait, and how long connections rest.

import Memory
import Testing

@testable import Server

@Suite struct PeerPatienceTests {
    @Test(arguments: [
        ("timeout=5", Int64(5_000), false), ("timeout=5, max=100", 5_000, false),
        ("max=0,timeout=20", 20_000, true), ("  TIMEOUT=7  ", 7_000, false),
        ("timeout=0", 0, false), ("max=1", nil, false), ("", nil, false), (",,", nil, false),
        ("timeout", nil, false), ("timeout=", nil, false), ("timeout=5s", nil, false),
        ("timeout=-1", nil, false), ("timeouts=5", nil, false), ("timeout=9999999999", nil, false),
        ("timeout=999999999", 999_999_999_000, false), ("tim", nil, false), ("m=0", nil, false),
    ])
    func `a field is read as far as it can be`(_ text: String, _ timeout: Int64?, _ isOver: Bool) {
        let patience = PeerPatience(parsing: Array(text.utf8).span)
        #expect(patience.timeout == timeout)
        #expect(patience.isOver == isOver)
    }

    @Test(arguments: [
        (false, Int64?.none, Int64?.some(4_000)), (false, 5_000, 4_000), (false, 20_000, 19_000),
        (false, .max, 60_000),
        (false, 3_000, 2_000), (false, 1_000, nil), (false, 0, nil),
        (true, nil, 4_000), (true, 20_000, 4_000), (true, 3_000, 2_000), (true, 1_000, nil),
    ])
    func `the peer's word counts, less a second, within what is configured`(
        _ isSet: Bool, _ peer: Int64?, _ rest: Int64?
    ) {
        var settings = UpstreamKeepAlive()
        settings.isTimeoutSet = isSet
        #expect(settings.rest(for: peer) == rest)
    }
}
