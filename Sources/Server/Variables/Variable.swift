// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables of the configuration language, as they are known once a configuration is loaded.
//
// Names are resolved when the configuration is read, so that nothing is looked up by name while a
// request is served.

/// A variable in a template.
///
/// Spec: nginx's variables; https://nginx.org/en/docs/varindex.html
enum Variable: Sendable, Equatable {
    /// A fixed name.
    case builtIn(BuiltInVariable)
    /// `$arg_name`; the name in lower case.
    case argument([UInt8])
    /// `$cookie_name`.
    case cookie([UInt8])
    /// `$http_name`; dashes of the field name are underscores here.
    case requestField([UInt8])
    /// `$sent_http_name`.
    case responseField([UInt8])
    /// `$sent_trailer_name`.
    case responseTrailer([UInt8])
    /// `$upstream_http_name`.
    case upstreamField([UInt8])
    /// `$upstream_cookie_name`.
    case upstreamCookie([UInt8])
    /// `$upstream_trailer_name`.
    case upstreamTrailer([UInt8])
    /// `$proxy_protocol_tlv_name`.
    case proxyOption(ProxyOption)
    /// `$1` to `$9`, of the last regular expression that matched.
    case capture(Int)
    /// Set by `set` or by a named capture: an index into the exchange's values.
    case stored(Int)
    /// Computed by a `map`, a `geo` or a `split_clients`: an index of `Site.computed`.
    case computed(Int)
}

/// The variables whose names are fixed; the raw value is the name in a configuration.
enum BuiltInVariable: String, CaseIterable, Sendable {
    case args
    case binaryRemoteAddress = "binary_remote_addr"
    case bodyBytesSent = "body_bytes_sent"
    case bytesReceived = "bytes_received"
    case bytesSent = "bytes_sent"
    case connection
    case connectionRequests = "connection_requests"
    case connectionsActive = "connections_active"
    case connectionsReading = "connections_reading"
    case connectionsWaiting = "connections_waiting"
    case connectionsWriting = "connections_writing"
    case connectionTime = "connection_time"
    case contentLength = "content_length"
    case contentType = "content_type"
    case dateGMT = "date_gmt"
    case dateLocal = "date_local"
    case documentRoot = "document_root"
    case documentURI = "document_uri"
    case gzipRatio = "gzip_ratio"
    case host
    case hostname
    case http2
    case https
    case invalidReferer = "invalid_referer"
    case isArgs = "is_args"
    case isRequestPort = "is_request_port"
    case limitConnectionsStatus = "limit_conn_status"
    case limitRequestsStatus = "limit_req_status"
    case limitRate = "limit_rate"
    case msec
    case nginxVersion = "nginx_version"
    case pid
    case pipe
    case proxyAddXForwardedFor = "proxy_add_x_forwarded_for"
    case proxyHost = "proxy_host"
    case proxyPort = "proxy_port"
    case transportProtocol = "protocol"
    case proxyProtocolAddress = "proxy_protocol_addr"
    case proxyProtocolPort = "proxy_protocol_port"
    case proxyProtocolServerAddress = "proxy_protocol_server_addr"
    case proxyProtocolServerPort = "proxy_protocol_server_port"
    case queryString = "query_string"
    case realipRemoteAddress = "realip_remote_addr"
    case realipRemotePort = "realip_remote_port"
    case realPathRoot = "realpath_root"
    case remoteAddress = "remote_addr"
    case remotePort = "remote_port"
    case remoteUser = "remote_user"
    case request
    case requestBody = "request_body"
    case requestBodyFile = "request_body_file"
    case requestCompletion = "request_completion"
    case requestFilename = "request_filename"
    case requestID = "request_id"
    case requestLength = "request_length"
    case requestMethod = "request_method"
    case requestPort = "request_port"
    case requestTime = "request_time"
    case requestURI = "request_uri"
    case scheme
    case secureLink = "secure_link"
    case secureLinkExpires = "secure_link_expires"
    case serverAddress = "server_addr"
    case serverName = "server_name"
    case serverPort = "server_port"
    case serverProtocol = "server_protocol"
    case sessionTime = "session_time"
    case sslChosenProtocol = "ssl_alpn_protocol"
    case sslCipher = "ssl_cipher"
    case sslCiphers = "ssl_ciphers"
    case sslClientCertificate = "ssl_client_cert"
    case sslClientEnd = "ssl_client_v_end"
    case sslClientEscapedCertificate = "ssl_client_escaped_cert"
    case sslClientFingerprint = "ssl_client_fingerprint"
    case sslClientIssuer = "ssl_client_i_dn"
    case sslClientLegacyIssuer = "ssl_client_i_dn_legacy"
    case sslClientLegacySubject = "ssl_client_s_dn_legacy"
    case sslClientRawCertificate = "ssl_client_raw_cert"
    case sslClientRemainder = "ssl_client_v_remain"
    case sslClientSerial = "ssl_client_serial"
    case sslClientStart = "ssl_client_v_start"
    case sslClientSubject = "ssl_client_s_dn"
    case sslClientVerify = "ssl_client_verify"
    case sslClientSignature = "ssl_client_sigalg"
    case sslCurve = "ssl_curve"
    case sslCurves = "ssl_curves"
    case sslEarlyData = "ssl_early_data"
    case sslHiddenHelloStatus = "ssl_ech_status"
    case sslOuterServerName = "ssl_ech_outer_server_name"
    case sslProtocol = "ssl_protocol"
    case sslServerName = "ssl_server_name"
    case sslSessionID = "ssl_session_id"
    case sslSessionReused = "ssl_session_reused"
    case sslSignature = "ssl_sigalg"
    case sslSignatures = "ssl_sigalgs"
    case sslPrereadProtocols = "ssl_preread_alpn_protocols"
    case sslPrereadServerName = "ssl_preread_server_name"
    case sslPrereadVersion = "ssl_preread_protocol"
    case status
    case tcpReceiveSpace = "tcpinfo_rcv_space"
    case tcpRoundTripTime = "tcpinfo_rtt"
    case tcpRoundTripVariation = "tcpinfo_rttvar"
    case tcpSendWindow = "tcpinfo_snd_cwnd"
    case timeISO8601 = "time_iso8601"
    case timeLocal = "time_local"
    case upstreamAddress = "upstream_addr"
    case upstreamBytesReceived = "upstream_bytes_received"
    case upstreamBytesSent = "upstream_bytes_sent"
    case upstreamConnectTime = "upstream_connect_time"
    case upstreamFirstByteTime = "upstream_first_byte_time"
    case upstreamHeaderTime = "upstream_header_time"
    case upstreamQueueTime = "upstream_queue_time"
    case upstreamResponseLength = "upstream_response_length"
    case upstreamResponseTime = "upstream_response_time"
    case upstreamSessionTime = "upstream_session_time"
    case upstreamStatus = "upstream_status"
    case uri
}

/// What the blocks around a directive are about: names mean different things in them.
enum BlockLanguage: BitwiseCopyable, Sendable { case http, stream }

extension BuiltInVariable {
    /// Whether nginx has it in such blocks.
    func isKnown(in language: BlockLanguage) -> Bool {
        switch language {
        case .http: !Self.onlyOfStream.contains(self)
        case .stream: Self.onlyOfStream.contains(self) || Self.alsoOfStream.contains(self)
        }
    }

    private static let onlyOfStream: Set<BuiltInVariable> = [
        .bytesReceived, .transportProtocol, .sessionTime, .sslPrereadProtocols,
        .sslPrereadServerName, .sslPrereadVersion, .upstreamFirstByteTime, .upstreamSessionTime,
    ]

    private static let alsoOfStream: Set<BuiltInVariable> = [
        .binaryRemoteAddress, .bytesSent, .connection, .hostname, .limitConnectionsStatus, .msec,
        .nginxVersion, .pid, .proxyProtocolAddress, .proxyProtocolPort,
        .proxyProtocolServerAddress, .proxyProtocolServerPort, .realipRemoteAddress,
        .realipRemotePort, .remoteAddress, .remotePort, .serverAddress, .serverName, .serverPort,
        .sslChosenProtocol, .sslCipher, .sslCiphers, .sslClientCertificate, .sslClientEnd,
        .sslClientEscapedCertificate, .sslClientFingerprint, .sslClientIssuer,
        .sslClientRawCertificate, .sslClientRemainder, .sslClientSerial, .sslClientStart,
        .sslClientSubject, .sslClientVerify, .sslCurve, .sslCurves, .sslProtocol, .sslServerName,
        .sslSessionID, .sslSessionReused, .sslSignatures, .sslSignature, .sslClientSignature,
        .sslHiddenHelloStatus, .sslOuterServerName,
        .status, .timeISO8601, .timeLocal, .upstreamAddress, .upstreamBytesReceived,
        .upstreamBytesSent, .upstreamConnectTime,
    ]
}

extension Variable {
    /// Whether it is one of many by the name of what it is read from.
    var isOfFamily: Bool {
        switch self {
        case .builtIn, .capture, .stored, .computed: false
        default: true
        }
    }

    /// Resolves the names whose meaning does not depend on a configuration.
    ///
    /// - Returns: nil for a name that only the configuration itself could define.
    init?(name: [UInt8], in language: BlockLanguage = .http) {
        if let text = String(validating: name, as: UTF8.self),
            let builtIn = BuiltInVariable(rawValue: text), builtIn.isKnown(in: language)
        {
            self = .builtIn(builtIn)
            return
        }
        let families: [(StaticString, ([UInt8]) -> Variable)] = [
            ("arg_", Variable.argument), ("cookie_", Variable.cookie),
            ("http_", Variable.requestField), ("sent_http_", Variable.responseField),
            ("sent_trailer_", Variable.responseTrailer),
            ("upstream_http_", Variable.upstreamField),
            ("upstream_cookie_", Variable.upstreamCookie),
            ("upstream_trailer_", Variable.upstreamTrailer),
            ("proxy_protocol_tlv_", { Variable.proxyOption(ProxyOption(name: $0)) }),
        ]
        for (prefix, make) in families {
            if language == .stream, !prefix.description.hasPrefix("proxy_protocol") { continue }
            let prefix = Array(prefix.description.utf8)
            if name.starts(with: prefix) {
                self = make(Array(name[prefix.count...]))
                return
            }
        }
        return nil
    }
}
