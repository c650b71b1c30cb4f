// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates that vouch for themselves, and their keys, for tests. They open nothing.

/// A certificate and its key as files hold them.
struct PairOfTest {
    let certificate: String
    let key: String

    /// For first.example.
    static let first = PairOfTest(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBhzCCAS2gAwIBAgIUTWIpBXs1wYUD0JUA8jGALNw063kwCgYIKoZIzj0EAwIw
            GDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTAgFw0yNjExMjMyMzEyNTdaGA8yMTI2
            MTAzMDIzMTI1N1owGDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTBZMBMGByqGSM49
            AgEGCCqGSM49AwEHA0IABFxZ24mtScnFbju5aeMtbDXFLZijSmgcXshzwvVFk45i
            9ZYZDn3RhMlKk9R0e6C3IG+9r5Qga7saZN961ARc3zijUzBRMB0GA1UdDgQWBBTn
            QfGFtvTw9h7d9t0ypzi1cjN3DDAfBgNVHSMEGDAWgBTnQfGFtvTw9h7d9t0ypzi1
            cjN3DDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIDDPQcoKFTvA
            9NWdnp5/JMAkaafsjVGhgRkGTc15VQBvAiEAhZERjImWSPrUgHfEWYXZ69J4a4Gb
            2tH8vZzQjFfwVEE=
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVc97c8tWxvndrpx5
            I/UDTtICFxNEH65hcPNYNS1KlJqhRANCAARcWduJrUnJxW47uWnjLWw1xS2Yo0po
            HF7Ic8L1RZOOYvWWGQ590YTJSpPUdHugtyBvva+UIGu7GmTfetQEXN84
            -----END PRIVATE KEY-----

            """)

    /// For second.example.
    static let second = PairOfTest(
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBiDCCAS+gAwIBAgIUC43Rq5ie7dyvg+wt54cZLrmZEZcwCgYIKoZIzj0EAwIw
            GTEXMBUGA1UEAwwOc2Vjb25kLmV4YW1wbGUwIBcNMjYxMTIzMjMxMjU3WhgPMjEy
            NjEwMzAyMzEyNTdaMBkxFzAVBgNVBAMMDnNlY29uZC5leGFtcGxlMFkwEwYHKoZI
            zj0CAQYIKoZIzj0DAQcDQgAEUZ78GWlFY1X2pFlULY7YzLDgE/NA+27sgem2x48o
            aturLwNP6Vq1fYdfMYjlHk9ffZobdwy9n/FxdH9pT6A+aqNTMFEwHQYDVR0OBBYE
            FPfe13carSV3HDHlI8AEd6hXFj5rMB8GA1UdIwQYMBaAFPfe13carSV3HDHlI8AE
            d6hXFj5rMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgM0D5qb4z
            ISY9l956SrFFjcWQH03v7A9bgkVSzhA6eXACIGDorhHTbiyVAZeJKTw8Z9VN1xB8
            c/qOLOLUb5zbT0sn
            -----END CERTIFICATE-----

            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjWRkjI+wMPnuAW+P
            rb1lc/gZRp0ay11CS4douh+9KtqhRANCAARRnvwZaUVjVfakWVQtjtjMsOAT80D7
            buyB6bbHjyhq26svA0/pWrV9h18xiOUeT199mht3DL2f8XF0f2lPoD5q
            -----END PRIVATE KEY-----

            """)
}
