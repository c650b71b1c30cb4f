// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// Status codes with the words that nginx gives them.
//
// The reason phrases are nginx's, not the ones of RFC 9110: users' monitoring and tests match them.

/// A status code.
@usableFromInline
package struct Status: RawRepresentable, BitwiseCopyable, Equatable, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt16
    @inlinable package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// An interim response: more will follow for the same request.
    @inlinable package var isInformational: Bool { rawValue >= 100 && rawValue < 200 }

    @inlinable package var isSuccess: Bool { rawValue >= 200 && rawValue < 300 }
    @inlinable package var isRedirection: Bool { rawValue >= 300 && rawValue < 400 }
    @inlinable package var isError: Bool { rawValue >= 400 }

    /// Whether a response of this status can have content at all.
    ///
    /// Spec: RFC 9112 §6.3 rule 1.
    @inlinable package var allowsContent: Bool {
        !(isInformational || rawValue == 204 || rawValue == 304)
    }

    /// The code that goes to the wire: nginx's own codes 494 to 497 are told as 400.
    @inlinable package var onTheWire: Status {
        rawValue >= 494 && rawValue <= 497 ? Status(rawValue: 400) : self
    }

    /// The reason phrase, nil where there is none.
    package var reason: StaticString? {
        switch rawValue {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 103: "Early Hints"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Moved Temporarily"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 402: "Payment Required"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Time-out"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Request Entity Too Large"
        case 414: "Request-URI Too Large"
        case 415: "Unsupported Media Type"
        case 416: "Requested Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 425: "Too Early"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Temporarily Unavailable"
        case 504: "Gateway Time-out"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: nil
        }
    }

    /// The whole status line with its line end, nil for codes without a reason phrase.
    package var line: StaticString? {
        switch rawValue {
        case 100: "HTTP/1.1 100 Continue\r\n"
        case 101: "HTTP/1.1 101 Switching Protocols\r\n"
        case 103: "HTTP/1.1 103 Early Hints\r\n"
        case 200: "HTTP/1.1 200 OK\r\n"
        case 201: "HTTP/1.1 201 Created\r\n"
        case 202: "HTTP/1.1 202 Accepted\r\n"
        case 204: "HTTP/1.1 204 No Content\r\n"
        case 206: "HTTP/1.1 206 Partial Content\r\n"
        case 301: "HTTP/1.1 301 Moved Permanently\r\n"
        case 302: "HTTP/1.1 302 Moved Temporarily\r\n"
        case 303: "HTTP/1.1 303 See Other\r\n"
        case 304: "HTTP/1.1 304 Not Modified\r\n"
        case 307: "HTTP/1.1 307 Temporary Redirect\r\n"
        case 308: "HTTP/1.1 308 Permanent Redirect\r\n"
        case 400: "HTTP/1.1 400 Bad Request\r\n"
        case 401: "HTTP/1.1 401 Unauthorized\r\n"
        case 402: "HTTP/1.1 402 Payment Required\r\n"
        case 403: "HTTP/1.1 403 Forbidden\r\n"
        case 404: "HTTP/1.1 404 Not Found\r\n"
        case 405: "HTTP/1.1 405 Not Allowed\r\n"
        case 406: "HTTP/1.1 406 Not Acceptable\r\n"
        case 408: "HTTP/1.1 408 Request Time-out\r\n"
        case 409: "HTTP/1.1 409 Conflict\r\n"
        case 410: "HTTP/1.1 410 Gone\r\n"
        case 411: "HTTP/1.1 411 Length Required\r\n"
        case 412: "HTTP/1.1 412 Precondition Failed\r\n"
        case 413: "HTTP/1.1 413 Request Entity Too Large\r\n"
        case 414: "HTTP/1.1 414 Request-URI Too Large\r\n"
        case 415: "HTTP/1.1 415 Unsupported Media Type\r\n"
        case 416: "HTTP/1.1 416 Requested Range Not Satisfiable\r\n"
        case 417: "HTTP/1.1 417 Expectation Failed\r\n"
        case 421: "HTTP/1.1 421 Misdirected Request\r\n"
        case 422: "HTTP/1.1 422 Unprocessable Content\r\n"
        case 425: "HTTP/1.1 425 Too Early\r\n"
        case 426: "HTTP/1.1 426 Upgrade Required\r\n"
        case 429: "HTTP/1.1 429 Too Many Requests\r\n"
        case 431: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        case 500: "HTTP/1.1 500 Internal Server Error\r\n"
        case 501: "HTTP/1.1 501 Not Implemented\r\n"
        case 502: "HTTP/1.1 502 Bad Gateway\r\n"
        case 503: "HTTP/1.1 503 Service Temporarily Unavailable\r\n"
        case 504: "HTTP/1.1 504 Gateway Time-out\r\n"
        case 505: "HTTP/1.1 505 HTTP Version Not Supported\r\n"
        case 507: "HTTP/1.1 507 Insufficient Storage\r\n"
        default: nil
        }
    }

    /// What the built-in error page says, code included; nil where there is no such page.
    package var title: StaticString? {
        switch rawValue {
        case 301: "301 Moved Permanently"
        case 302: "302 Found"
        case 303: "303 See Other"
        case 307: "307 Temporary Redirect"
        case 308: "308 Permanent Redirect"
        case 400: "400 Bad Request"
        case 401: "401 Authorization Required"
        case 402: "402 Payment Required"
        case 403: "403 Forbidden"
        case 404: "404 Not Found"
        case 405: "405 Not Allowed"
        case 406: "406 Not Acceptable"
        case 408: "408 Request Time-out"
        case 409: "409 Conflict"
        case 410: "410 Gone"
        case 411: "411 Length Required"
        case 412: "412 Precondition Failed"
        case 413: "413 Request Entity Too Large"
        case 414: "414 Request-URI Too Large"
        case 415: "415 Unsupported Media Type"
        case 416: "416 Requested Range Not Satisfiable"
        case 417: "417 Expectation Failed"
        case 421: "421 Misdirected Request"
        case 422: "422 Unprocessable Content"
        case 425: "425 Too Early"
        case 426: "426 Upgrade Required"
        case 429: "429 Too Many Requests"
        case 431: "431 Request Header Fields Too Large"
        case 494: "400 Request Header Or Cookie Too Large"
        case 495: "400 The SSL certificate error"
        case 496: "400 No required SSL certificate was sent"
        case 497: "400 The plain HTTP request was sent to HTTPS port"
        case 500: "500 Internal Server Error"
        case 501: "501 Not Implemented"
        case 502: "502 Bad Gateway"
        case 503: "503 Service Temporarily Unavailable"
        case 504: "504 Gateway Time-out"
        case 505: "505 HTTP Version Not Supported"
        case 507: "507 Insufficient Storage"
        default: nil
        }
    }
}

extension Status {
    @inlinable package static var `continue`: Status { Status(rawValue: 100) }
    @inlinable package static var switchingProtocols: Status { Status(rawValue: 101) }
    @inlinable package static var earlyHints: Status { Status(rawValue: 103) }
    @inlinable package static var ok: Status { Status(rawValue: 200) }
    @inlinable package static var created: Status { Status(rawValue: 201) }
    @inlinable package static var accepted: Status { Status(rawValue: 202) }
    @inlinable package static var noContent: Status { Status(rawValue: 204) }
    @inlinable package static var partialContent: Status { Status(rawValue: 206) }
    @inlinable package static var movedPermanently: Status { Status(rawValue: 301) }
    @inlinable package static var movedTemporarily: Status { Status(rawValue: 302) }
    @inlinable package static var seeOther: Status { Status(rawValue: 303) }
    @inlinable package static var notModified: Status { Status(rawValue: 304) }
    @inlinable package static var temporaryRedirect: Status { Status(rawValue: 307) }
    @inlinable package static var permanentRedirect: Status { Status(rawValue: 308) }
    @inlinable package static var badRequest: Status { Status(rawValue: 400) }
    @inlinable package static var unauthorized: Status { Status(rawValue: 401) }
    @inlinable package static var paymentRequired: Status { Status(rawValue: 402) }
    @inlinable package static var forbidden: Status { Status(rawValue: 403) }
    @inlinable package static var notFound: Status { Status(rawValue: 404) }
    @inlinable package static var notAllowed: Status { Status(rawValue: 405) }
    @inlinable package static var notAcceptable: Status { Status(rawValue: 406) }
    @inlinable package static var requestTimeout: Status { Status(rawValue: 408) }
    @inlinable package static var conflict: Status { Status(rawValue: 409) }
    @inlinable package static var gone: Status { Status(rawValue: 410) }
    @inlinable package static var lengthRequired: Status { Status(rawValue: 411) }
    @inlinable package static var preconditionFailed: Status { Status(rawValue: 412) }
    @inlinable package static var contentTooLarge: Status { Status(rawValue: 413) }
    @inlinable package static var targetTooLong: Status { Status(rawValue: 414) }
    @inlinable package static var unsupportedMediaType: Status { Status(rawValue: 415) }
    @inlinable package static var rangeNotSatisfiable: Status { Status(rawValue: 416) }
    @inlinable package static var expectationFailed: Status { Status(rawValue: 417) }
    @inlinable package static var misdirectedRequest: Status { Status(rawValue: 421) }
    @inlinable package static var unprocessableContent: Status { Status(rawValue: 422) }
    @inlinable package static var tooEarly: Status { Status(rawValue: 425) }
    @inlinable package static var upgradeRequired: Status { Status(rawValue: 426) }
    @inlinable package static var tooManyRequests: Status { Status(rawValue: 429) }
    @inlinable package static var fieldsTooLarge: Status { Status(rawValue: 431) }
    @inlinable package static var internalServerError: Status { Status(rawValue: 500) }
    @inlinable package static var notImplemented: Status { Status(rawValue: 501) }
    @inlinable package static var badGateway: Status { Status(rawValue: 502) }
    @inlinable package static var unavailable: Status { Status(rawValue: 503) }
    @inlinable package static var gatewayTimeout: Status { Status(rawValue: 504) }
    @inlinable package static var versionNotSupported: Status { Status(rawValue: 505) }
    @inlinable package static var insufficientStorage: Status { Status(rawValue: 507) }

    /// nginx's code for closing without an answer.
    @inlinable package static var closeSilently: Status { Status(rawValue: 444) }
    /// nginx's code for a head that is larger than its buffers; 400 on the wire.
    @inlinable package static var headTooLarge: Status { Status(rawValue: 494) }
    /// nginx's code for a client that went away before its answer; logged, never sent.
    @inlinable package static var clientClosed: Status { Status(rawValue: 499) }
}
