// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What the files of peers' TLS hold.

internal import Configuration
internal import OS
internal import TLS

extension TLSFile {
    /// What stands before a certificate, or a key, that is no file.
    private static var dataMark: [UInt8] { Array("data:".utf8) }

    /// The path, seen from a folder that ends with a slash.
    func absolute(in folder: [UInt8]) -> String { Self.absolute(path, in: folder) }

    static func absolute(_ path: [UInt8], in folder: [UInt8]) -> String {
        let isAbsolute = path.first == UInt8(ascii: "/")
        return String(decoding: isAbsolute ? path : folder + path, as: UTF8.self)
    }

    /// Whether it is no path but what a file would hold.
    static func isData(_ path: [UInt8]) -> Bool { path.starts(with: dataMark) }

    /// What messages call it: what is written into the configuration may be secret.
    static func shown(_ path: [UInt8], in folder: [UInt8]) -> String {
        isData(path) ? "data:…" : absolute(path, in: folder)
    }

    /// All that is in it.
    func contents(
        called what: String, _ files: TLSFiles, allowsData: Bool = false
    ) throws(Diagnostic) -> [UInt8] {
        if allowsData, Self.isData(path) { return Array(path.dropFirst(Self.dataMark.count)) }
        switch files.lookup(Array(files.name(self).utf8)) {
        case .bytes(let bytes): return bytes
        case .missing: throw flaw(what, in: files.folder, "open() failed (\(Errno.noSuchFile))")
        case .unreadable(let reason):
            throw flaw(what, in: files.folder, "open() failed (\(reason))")
        }
    }

    /// The certificates of authorities.
    func authorities(_ files: TLSFiles) throws(Diagnostic) -> [Certificate] {
        let bytes = try contents(called: "certificate", files)
        do throws(CertificateFlaw) {
            return try CertificateChain.certificates(in: bytes)
        } catch {
            throw flaw("certificate", in: files.folder, error)
        }
    }

    /// The certificate that it holds, with the key of another file.
    func credential(
        with key: TLSFile, _ passwords: [[UInt8]], _ files: TLSFiles
    ) throws(Diagnostic) -> Credential {
        let chain: CertificateChain
        let bytes = try contents(called: "certificate", files, allowsData: true)
        do throws(CertificateFlaw) {
            chain = try CertificateChain(parsing: bytes)
        } catch {
            throw flaw("certificate", in: files.folder, error)
        }
        var secret = try key.contents(called: "certificate key", files, allowsData: true)
        defer { secret.wipe() }
        do throws(CertificateFlaw) {
            return try Credential(chain, try PrivateKey(parsing: secret, passwords: passwords))
        } catch {
            throw key.flaw("certificate key", in: files.folder, error)
        }
    }

    /// The passwords of keys, one a line.
    ///
    /// Spec: nginx ngx_ssl_read_password_file.
    func readPasswords(_ files: TLSFiles) throws(Diagnostic) -> [[UInt8]] {
        let bytes = try contents(called: "password file", files)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        return lines.map { line in
            line.last == UInt8(ascii: "\r") ? Array(line.dropLast()) : Array(line)
        }
    }

    // MARK: Flaws

    /// Why it cannot be used.
    func flaw(
        _ what: String, in folder: [UInt8], _ message: String, expected: String = "",
        help: String? = nil
    ) -> Diagnostic {
        let name = Self.shown(path, in: folder)
        return Diagnostic(
            "cannot load \(what) \"\(name)\": \(message)", at: location, label: expected,
            help: help)
    }

    func flaw(_ what: String, in folder: [UInt8], _ flaw: CertificateFlaw) -> Diagnostic {
        let help =
            switch flaw.kind {
            case .password where flaw.help != nil:
                "name a file with the password: proxy_ssl_password_file /etc/nginx/passwords;"
            case .weak: "proxy_ssl_ciphers \"DEFAULT:@SECLEVEL=1\" takes weaker ones"
            default: flaw.help
            }
        return self.flaw(what, in: folder, flaw.message, expected: flaw.expected, help: help)
    }
}
