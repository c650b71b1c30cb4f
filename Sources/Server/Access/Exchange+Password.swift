// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// `auth_basic`: a name and a password, compared with those of a file.

internal import Digests
internal import EventLoop
internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Asks for a name and a password, and checks them.
    ///
    /// Spec: nginx ngx_http_auth_basic_module; RFC 7617.
    mutating func checkPassword(_ services: inout Services) -> AccessVerdict {
        if let job = passwordJob { return judge(job, &services) }
        guard let template = services.site.locations[locationIndex].settings.access.realm,
            let file = services.site.locations[locationIndex].settings.access.passwordFile
        else { return .none }
        let realm = evaluate(template, &services)
        if bytes.span(realm.range).equals("off") { return .none }
        guard let value = field(.authorization),
            let credentials = BasicCredentials(bytes.span(value.range))
        else {
            services.logError(
                .information, self, "no user/password was provided for basic authentication")
            return refuse(realm)
        }
        var path = copy(evaluate(file, &services))
        if path.first != UInt8(ascii: "/") { path = services.site.configurationFolder + path }
        do throws(Errno) {
            let file = try services.passwords.files.file(
                at: path, wallSeconds: services.clock.wallMilliseconds / 1000)
            guard let hash = file.hash(of: credentials.user) else {
                services.logError(
                    .error, self,
                    "user \"\(LogEscape.text(credentials.user))\" was not found in "
                        + "\"\(LogEscape.text(path))\"")
                return refuse(realm)
            }
            return compare(credentials, hash, realm, &services)
        } catch {
            return failPasswordFile(path, error, &services)
        }
    }

    /// Compares at once where that is quick, else on a thread of its own.
    private mutating func compare(
        _ credentials: BasicCredentials, _ hash: PasswordHash, _ realm: ByteRange,
        _ services: inout Services
    ) -> AccessVerdict {
        guard hash.isSlow else {
            let isRight = hash.matches(credentials.password)
            return isRight ? .allowed : mismatch(credentials.user, realm, &services)
        }
        let key = services.passwords.memory.key((credentials.user, credentials.password), hash)
        if services.passwords.memory.contains(key) { return .allowed }
        let job = PasswordJob(credentials, hash, key: key, realm: realm)
        guard services.check(job, for: client, at: facts.address) else {
            services.logError(.error, self, "too many passwords wait to be checked")
            return .refused(503)
        }
        passwordJob = job
        return judge(job, &services)
    }

    private mutating func judge(_ job: PasswordJob, _ services: inout Services) -> AccessVerdict {
        switch job.outcome {
        case .pending: return .wait(until: services.clock.now + Self.passwordCheckTime)
        case .right:
            passwordJob = nil
            services.passwords.memory.insert(job.key)
            return .allowed
        case .wrong:
            passwordJob = nil
            return mismatch(job.user, job.realm, &services)
        }
    }

    /// Whoever wanted the password to be checked has left.
    mutating func abandonPassword() {
        passwordJob?.abandon()
        passwordJob = nil
    }

    /// How long a check is waited for before one looks again whether it is done.
    ///
    /// Units: milliseconds.
    private static var passwordCheckTime: Int64 { 60_000 }

    private mutating func mismatch(
        _ user: [UInt8], _ realm: ByteRange, _ services: inout Services
    ) -> AccessVerdict {
        services.logError(.error, self, "user \"\(LogEscape.text(user))\": password mismatch")
        return refuse(realm)
    }

    /// Spec: nginx: a file that is not there refuses everybody; anything else is a fault.
    private func failPasswordFile(
        _ path: [UInt8], _ error: Errno, _ services: inout Services
    ) -> AccessVerdict {
        let isMissing = error == .noSuchFile
        services.logError(
            isMissing ? .error : .critical, self,
            "open() \"\(LogEscape.text(path))\" failed (\(error))")
        return .refused(isMissing ? 403 : 500)
    }

    private mutating func refuse(_ realm: ByteRange) -> AccessVerdict {
        let start = bytes.count
        bytes.append("Basic realm=\"")
        appendQuotable(realm)
        bytes.append("\"")
        challenge(ByteRange(start, bytes.count))
        return .refused(401)
    }

    /// Appends a text so that it can stand between quotes.
    ///
    /// One that the configuration has escaped already stays as it is.
    /// Spec: RFC 9110 §5.6.4.
    private mutating func appendQuotable(_ text: ByteRange) {
        let backslash = UInt8(ascii: "\\")
        var isEscaped = false
        for index in text.range {
            let byte = bytes.readable[index]
            if byte == UInt8(ascii: "\""), !isEscaped { bytes.append(byte: backslash) }
            bytes.append(byte: byte)
            isEscaped = byte == backslash && !isEscaped
        }
        if isEscaped { bytes.append(byte: backslash) }
    }
}
