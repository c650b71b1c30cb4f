// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Certificates and keys for tests. They open nothing: their authority is trusted by nobody.

/// What files hold.
enum Fixtures {
    /// An authority that vouches for itself.
    static let root = """
        -----BEGIN CERTIFICATE-----
        MIIBgDCCASWgAwIBAgIUWeAsJUevxLb8bjJANf4IeJgAQpIwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTI2MTEyMzE5MTczMloYDzIxMjYxMDMw
        MTkxNzMyWjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASbNKZ4Hal/+TUTKXh8r1Q/eepIxKfOW851lnt7xRTYhLJgoU3ec/fC
        EmgyI1N9t8YT/l1h8nLJOo+/6LYmcfvGo1MwUTAdBgNVHQ4EFgQUyxhbcODgkckv
        g6zgYtlcNqg9eZkwHwYDVR0jBBgwFoAUyxhbcODgkckvg6zgYtlcNqg9eZkwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAyKnYbbMA/5fga7N3HL3T
        BYNXbxCeGed0/SwF14a+nmICIQC1qcd2Gt3UUQopaArlUCcCIkLCceNIDsd6vZwJ
        I6I8Dw==
        -----END CERTIFICATE-----

        """

    /// One that the root vouches for.
    static let intermediate = """
        -----BEGIN CERTIFICATE-----
        MIIBhjCCAS2gAwIBAgIUI//R7JeFaYlofOc/EMbzNzRwKwgwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJdGVzdCByb290MCAXDTI2MTEyMzE5MTczMloYDzIxMjYxMDMw
        MTkxNzMyWjAcMRowGAYDVQQDDBF0ZXN0IGludGVybWVkaWF0ZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABH88auuuKKiTPWaQiZrqczICYTf/04bl7+EBxb5IHP6T
        wCr9jyaq+HQXp0SJ1x0Mtna+sU6bCLe980D3UTm9Sy6jUzBRMA8GA1UdEwEB/wQF
        MAMBAf8wHQYDVR0OBBYEFNOuWzTOX9xWuuAUyE+Zxqi4vnwfMB8GA1UdIwQYMBaA
        FMsYW3Dg4JHJL4Os4GLZXDaoPXmZMAoGCCqGSM49BAMCA0cAMEQCIHl9JBhx27gx
        ccnTyojetRppBXri9rw7vtLJwDH/EJi9AiB9KB6tCdQ/36Xfk/4nOgyVfcNacAZC
        gQQD9YgPRQj9jQ==
        -----END CERTIFICATE-----

        """

    /// For example.com, www.example.com and 192.0.2.1, by the intermediate.
    static let leaf = """
        -----BEGIN CERTIFICATE-----
        MIIBpjCCAU2gAwIBAgIUEt5FmjqomxIPP3HJwZl8s0imoaMwCgYIKoZIzj0EAwIw
        HDEaMBgGA1UEAwwRdGVzdCBpbnRlcm1lZGlhdGUwIBcNMjYxMTIzMTkxNzMyWhgP
        MjEyNjEwMzAxOTE3MzJaMBYxFDASBgNVBAMMC2V4YW1wbGUuY29tMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEXrPvK6EZH/ORGPJVjjg3Sajld9ZrvB2R3o0U+EJ2
        aPv16bf1l7ZeuPlAHEP59NZv+E53tyqWxHOfBzkXU75i9aNxMG8wLQYDVR0RBCYw
        JIILZXhhbXBsZS5jb22CD3d3dy5leGFtcGxlLmNvbYcEwAACATAdBgNVHQ4EFgQU
        FO1kEfyY6QRkynPmCr5SdTtEw64wHwYDVR0jBBgwFoAU065bNM5f3Fa64BTIT5nG
        qLi+fB8wCgYIKoZIzj0EAwIDRwAwRAIgHaUV/LkM3gfDjPMkcagPZ6PobCZQbQkv
        TuYd69eh2cgCICAeJSPObwFRhcGFF9u0Kfp5Wmq5a+8uXCyAJj+XwzL0
        -----END CERTIFICATE-----

        """

    /// An EC key.
    static let leafKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEILUgdusMv8vOyb/tEBSsmDNmAEG+DraNdzft+LfOwu6boAoGCCqGSM49
        AwEHoUQDQgAEXrPvK6EZH/ORGPJVjjg3Sajld9ZrvB2R3o0U+EJ2aPv16bf1l7Ze
        uPlAHEP59NZv+E53tyqWxHOfBzkXU75i9Q==
        -----END EC PRIVATE KEY-----

        """

    /// By the intermediate, and says where that one's certificate is.
    static let alone = """
        -----BEGIN CERTIFICATE-----
        MIIByzCCAXGgAwIBAgIUEt5FmjqomxIPP3HJwZl8s0imoaQwCgYIKoZIzj0EAwIw
        HDEaMBgGA1UEAwwRdGVzdCBpbnRlcm1lZGlhdGUwIBcNMjYxMTIzMTkxNzMyWhgP
        MjEyNjEwMzAxOTE3MzJaMBgxFjAUBgNVBAMMDWFsb25lLmV4YW1wbGUwWTATBgcq
        hkjOPQIBBggqhkjOPQMBBwNCAAR7oF6afdQJhWBueaTzWQuapQ7SX74udvks1pLM
        7PCFwHgqB/ecHxuMxL1xLyQG5ANTv1bT1EUp20kgsGVgAczyo4GSMIGPMBgGA1Ud
        EQQRMA+CDWFsb25lLmV4YW1wbGUwMwYIKwYBBQUHAQEEJzAlMCMGCCsGAQUFBzAC
        hhdodHRwOi8vY2EuZXhhbXBsZS9pLmNlcjAdBgNVHQ4EFgQUnj9kL6TFujTD6wNp
        Iimw9PknRtkwHwYDVR0jBBgwFoAU065bNM5f3Fa64BTIT5nGqLi+fB8wCgYIKoZI
        zj0EAwIDSAAwRQIgaUnYbXNo5emKmoLtFtBbMK4sd2mEGTvkX40jBDwdm+QCIQC2
        htG/K8jdjG4cyRUpM1BA5Wr9NsADWhP2nzxNaK27NQ==
        -----END CERTIFICATE-----

        """

    /// Was valid in 2010, with the key of the leaf.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBEDCBuAIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwHhcN
        MTAwMTAxMDAwMDAwWhcNMTEwMTAxMDAwMDAwWjAWMRQwEgYDVQQDDAtvbGQuZXhh
        bXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABF6z7yuhGR/zkRjyVY44N0mo
        5XfWa7wdkd6NFPhCdmj79em39Ze2Xrj5QBxD+fTWb/hOd7cqlsRznwc5F1O+YvUw
        CgYIKoZIzj0EAwIDRwAwRAIgHyVU+6E7tMs662Uq+znopoGJjzW/VYoFr/ZEjpze
        LT4CICyqp+qnnB3R+fEMxCfzouFqtxasoqyqHhs/8OnqcGjr
        -----END CERTIFICATE-----

        """

    /// Will be valid in 2090, with the key of the leaf.
    static let future = """
        -----BEGIN CERTIFICATE-----
        MIIBFDCBvAIBAjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAl0ZXN0IHJvb3QwIhgP
        MjA5MDAxMDEwMDAwMDBaGA8yMDkxMDEwMTAwMDAwMFowFjEUMBIGA1UEAwwLb2xk
        LmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARes+8roRkf85EY8lWO
        ODdJqOV31mu8HZHejRT4QnZo+/Xpt/WXtl64+UAcQ/n01m/4Tne3KpbEc58HORdT
        vmL1MAoGCCqGSM49BAMCA0cAMEQCICJMnFW47sC8Hz6vITecANv5wdLrqN3QIGkG
        SWHYuIzxAiANtjpwVk3QWT+ioLqUTWijX/JyvtgXyGleDjGfCP+v3Q==
        -----END CERTIFICATE-----

        """

    /// Vouches for itself, with 2048 bits of RSA.
    static let rsa = """
        -----BEGIN CERTIFICATE-----
        MIIDDzCCAfegAwIBAgIUE4bihKfXpwZudYHLHaW5nH8daN8wDQYJKoZIhvcNAQEL
        BQAwFjEUMBIGA1UEAwwLcnNhLmV4YW1wbGUwIBcNMjYxMTIzMTkxNzMyWhgPMjEy
        NjEwMzAxOTE3MzJaMBYxFDASBgNVBAMMC3JzYS5leGFtcGxlMIIBIjANBgkqhkiG
        9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr7VeoRf/azipeIOwYHe5WYxPzX5MlsU9a4uL
        WaVMykln3GINrJvregp0rkQ8ePtkcBxilhOBSpE5qhvROvMtfmOOmG6hwAmJbVwm
        RPpqMB5WaBTsCDNuPw6u3+Urw+Si4pI6zxnKGqHHEfIZ3SlW7DtshR3QM5en40o4
        vhUraaJJmjZTsMzFjh2rkVOddkjP+hr9C2OkZIBEqguWqI2ppWKjy010xuwi/HU2
        M1drTSZxgXy0Wu9GkiGtv0EpuhMeJJw/DqR0OpvbSGcs9SfJanmIyUWHQT/SuSCT
        3pyqmzAypxTn6fMsIZrErhzjejfqThELC0ceYQD37YkC54tfmwIDAQABo1MwUTAd
        BgNVHQ4EFgQUMTeZZ2I8s1ZWiokdLSJWVZPBEu4wHwYDVR0jBBgwFoAUMTeZZ2I8
        s1ZWiokdLSJWVZPBEu4wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOC
        AQEAAxVTssUOs9qmBmFVW8u3/4LpXee4lxDgdZwPaEnAleBuTzmjOB2fG2AeUD1U
        OP7/v0Eo0u0HY0G1jK3eWb4qwozdMeEC3hX6YGYfY6E6L6Y4u0NC/KIZon1+XxNo
        qnrIx24QSvhjH0wCPac3Bvsx9a0CoYJcMy/47va9+JO5U7WkOTKlK+3h6qs+3+uQ
        Xa0jdz+XVsJfj09zZfgt36ZHAOaDR3ivwWn9eMGPcR7uSm51jMtaU7NqcoAO0acQ
        D67HzQ80ynrg5jaSf43CT7wTS/5Ic0yxx7DrfN4KRw93qskRg9irR9hQ8khe2e09
        og7UzN1TQoH/ysRWPM+k65XulA==
        -----END CERTIFICATE-----

        """

    /// In the form that only RSA has.
    static let rsaKey = """
        -----BEGIN RSA PRIVATE KEY-----
        MIIEowIBAAKCAQEAr7VeoRf/azipeIOwYHe5WYxPzX5MlsU9a4uLWaVMykln3GIN
        rJvregp0rkQ8ePtkcBxilhOBSpE5qhvROvMtfmOOmG6hwAmJbVwmRPpqMB5WaBTs
        CDNuPw6u3+Urw+Si4pI6zxnKGqHHEfIZ3SlW7DtshR3QM5en40o4vhUraaJJmjZT
        sMzFjh2rkVOddkjP+hr9C2OkZIBEqguWqI2ppWKjy010xuwi/HU2M1drTSZxgXy0
        Wu9GkiGtv0EpuhMeJJw/DqR0OpvbSGcs9SfJanmIyUWHQT/SuSCT3pyqmzAypxTn
        6fMsIZrErhzjejfqThELC0ceYQD37YkC54tfmwIDAQABAoIBABKZrDsjc4oh2mwu
        jJ+kV5OviHckH+7J/HbZCSxj6kgeaIc/k1uquc0WiZmKZwMWTGCYhfswdLxfDpqq
        YoYks16GItSSHuoEWG73lU7cr3Gz6ckPhe5W+3G4wocNwd9KjHpYU9oT9ygbPhvx
        OWRceZ4nqupAk1y9eNaqccKgMmihH3eKvXSmoLjp4Q7EBmJWfBiGkoyfxcuxlios
        xtFMhLG9n+rrwBMckT/EhXotC7x/qsGHTu/ZHSkVGMfX4mttZp8WSxkC98zI9NT1
        gEinO/9bUjz+U8vNcs6JycVnrOG6ZwgDOHlHGzEJZvuM4OzmcPL44nWtnUaRc2PK
        WlxzlAkCgYEA3H9/u+f5iPseS4eV4sMYjsmHiHkfMZXnsQ3RCl/wNIpzc/aHwtEy
        Vpl19ee48UQeeJitJm+QAZu1Kpj9DcWI8+3+BiOffY6iL4EOkYRXAZKuC9U5b4dJ
        RNBMV2TAu7PGg1hr/7In8od9fS6pEupgnG6hEzYaftBBZT3Pm9uR5R8CgYEAy/+7
        UPJVpu/dcMRRHV6YCdO5I8o7mgCRsZ5ocIg0vEaZkRqi377eYKnHnxpJ/b+MX1lU
        LjHsUC9sxpFpVOSLRSUIPdbO3OAfvcn9mlDRAKv4cn+9+614NfcGoVdaejYSu44Y
        C1c2FRpFU8/ZsLzVTgrDneYe+NUGAR6IO9s7WgUCgYBJVeqA761x3rt7uXOjgOnZ
        C7QVMtuqHUZ6/7Jn9fKpNuchSXxr0jIg1VeDWveK3vIXgAgOwYouzr/ZlBqOCwX6
        w0v6dLymANt2W0EiKtbZQhS7AMbijidTSMgrROpJQ4ihxLXezD03D9Mv4GYBUYyi
        WrUd85+qT8+AQaecGdITVwKBgQCvGbHx2CBW6xqa2Zd6ayB7huUqaELifEySNhMV
        TIRfewYDe+aDwPRl6jUzRsBt8sWNbkKIaEebyClJA7Vyrb0xO4koc0IaarI0GLX6
        iBXtyq61sRokdhBx2bgyMqWxsso/fMb8rP35/RO2zfjf8CXzF+AynzzEfyzpNwje
        v93g9QKBgGIVXAJyJrG3SVDDWW5YNILMWQjPoJyoakgx5NMidWv9bVZXySLImqRD
        Uadg9RltbAfvCD33VFJw6O+P4UWDJOpd+29j/Zrn3XYuYF3XoNvYgMwaZVuqbo0h
        TCP+pk3WpSklBpfVVdGxlO6c2aA/mrNScPHvlF/RlI5t7kB+81Gw
        -----END RSA PRIVATE KEY-----

        """

    /// Vouches for itself, with 1024 bits of RSA.
    static let weak = """
        -----BEGIN CERTIFICATE-----
        MIICDDCCAXWgAwIBAgIUU/cPnvsnAxoq3KNc4QClzfgy654wDQYJKoZIhvcNAQEL
        BQAwFzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMCAXDTI2MTEyMzE5MTczMloYDzIx
        MjYxMDMwMTkxNzMyWjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwgZ8wDQYJKoZI
        hvcNAQEBBQADgY0AMIGJAoGBALhR5MVNjlgeTXi7CPjkpEc69N/q/2IFC+YdnP8V
        2riqgxKTCJ24Vi5d7bIsv2Unn3n6n2U8DrkyZtBVcbVxfy1e351BrV3S9GSKU1Lp
        jnrfth/+WhPH736paXTGA8yNMWGbDO0VzgXVyJYWPEtop8ITuVb8VeiIluD529F4
        739nAgMBAAGjUzBRMB0GA1UdDgQWBBTsSuRmeyFU7HVSR+zVdutTN012szAfBgNV
        HSMEGDAWgBTsSuRmeyFU7HVSR+zVdutTN012szAPBgNVHRMBAf8EBTADAQH/MA0G
        CSqGSIb3DQEBCwUAA4GBAHI03xvSsuMebCyY/GzG97MUhmypWCFss8rBSRZeNsoM
        9VL3M9QoQM+nohGlXxCWQz3G4UOkfD8Lo1+AQn6v0UcC7tpKuEo4wBkGRf9ESaKN
        lv94gmflj3YlPc9mQmWlWKEwoNAwVF8OsB2r68dsdOH07fcoZRrhfgYWOGJceBe5
        -----END CERTIFICATE-----

        """

    /// The key of it.
    static let weakKey = """
        -----BEGIN PRIVATE KEY-----
        MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALhR5MVNjlgeTXi7
        CPjkpEc69N/q/2IFC+YdnP8V2riqgxKTCJ24Vi5d7bIsv2Unn3n6n2U8DrkyZtBV
        cbVxfy1e351BrV3S9GSKU1Lpjnrfth/+WhPH736paXTGA8yNMWGbDO0VzgXVyJYW
        PEtop8ITuVb8VeiIluD529F4739nAgMBAAECgYBHVzsqusf7h08JCauBWk3TXBhn
        irdqIvXmDVQ0zyqnCyhMSiitkymYLLbRncw+xMVPGxgSwNoaCE4PGOM4DUPhjNqq
        3SJBAgpCcCzJn72Y8SI5syFqUxyR11A4r6N4GcLhj82bdonzRmVpSu0oAUZ3d5/P
        em5GbCUbw8EhGWoZQQJBAO3zNxllMYZBhdOaVjBMT0EN1rQdT5yeLAiW8kW6hyIz
        UtN7rxWjkGgJYthGVx0luVRIiKs7zBsHI8FOW9HnYdECQQDGTToYuoRNEcXNPHNs
        YjJAyaSSH5CXreEXcitONPfbTyp3Pc6PgHymuIWxOtrRWLqsWniCk6IgOB6AYVPg
        2SO3AkBAnP6lQrlD/57batlknBQZUiyvFBZ+LOVAH90B2ji/rLgc/UT510RrO8E/
        gTo+i/PbUybpeH9gB3xKDYEZan9BAkA5HW0qSi5o9EGAh3THNtE6j9lyrNy8kzxN
        wHhwohjxda/JgGfKNTux2VvIXCdCPMgndDdZhKQhm4hNebrq/B+pAkANgFOo4WCh
        SZLYnMCLIWthFd1nBsKeBXlhW7Gypk4RKGNSsnyWjwaDK6D5aVX8hOjjTE6YplgH
        6r3BulVqHg/w
        -----END PRIVATE KEY-----

        """

    /// A key of nobody.
    static let ed25519Key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJv8/zB2CdOd1x4oIvAuLGfFOn5juF/+9+KCb2DYNEjq
        -----END PRIVATE KEY-----

        """

    /// A key of nobody.
    static let p384Key = """
        -----BEGIN EC PRIVATE KEY-----
        MIGkAgEBBDBy2d1xLbjjnxwgbkxpq3jVnkLvDI+ZntbEdZqRZuuylfMMVWUs0qGn
        GIMabez+7CegBwYFK4EEACKhZANiAAQ7DHBdkqWS2Tn/wiEIT2BA0ppXcZ2uOjlw
        7w6CFzjRo6z/vsDpN9dB2buuy9+4cLeT60PbhRjNOvzhcdpyeiDN5fp5L6BnD0wy
        YTSOYisbH+W5EsQ39dGen9BHXY6evrQ=
        -----END EC PRIVATE KEY-----

        """

    /// The key of the leaf as PKCS #8, with the password "geheim".
    static let encryptedKey = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgbFopSW96tZgICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEBpuloSzXhVKwyiv3m7BmhUEgZDW
        1uHQPHHEwZMdxQdTG3FtULK/5SJ3h3FjzEvtZwzECQx7niNGx0k8UDt//RuFixaX
        I86y37n6Tpsz2XyWBaHEkoUmlIsa76q/PDfJNAbxZJjNRU07ocA4zmMVcJHvfY/p
        6vO9QNA06HQdMpWeKcpx4qlNDjMd20BW6aMgkQAbDiJ8uBgtsf1ujqqiqEsGQb4=
        -----END ENCRYPTED PRIVATE KEY-----

        """

    /// The same in the older form.
    static let oldEncryptedKey = """
        -----BEGIN EC PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,ADE6D1CD59FFEB74A5FF0F2EF291E1C6

        uuWuLYE+XboR96y3WQkYjbPgS1YY2DEn4dk6l0fZ+qJVC4COgQFWy6HZm+rfKlfx
        wh8ySwo9fNkZaBwUyCARETYB26gHBsHYZZ7A/3vQckdciALrSlL6oucRVM42WoDh
        zVYBEjJ56Nn+I72Mt6cTaAGTqKIuiP6wcjGZjb4cCQc=
        -----END EC PRIVATE KEY-----

        """
}
