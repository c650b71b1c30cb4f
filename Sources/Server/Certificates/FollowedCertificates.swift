// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// What a worker remembers of the files of certificates.

internal import Digests

/// The files that a configuration takes certificates from.
struct FollowedCertificates: Sendable {
    /// Files that are taken up together.
    let groups: [[[UInt8]]]
    /// What was in each file, or rather a digest of it; nothing for one that could not be read.
    let digests: [[UInt8]: [UInt8]]

    /// Those who speak TLS with peers by such files.
    let peers: [PeerTLS]

    init(_ shelf: CertificateShelf, peers: [PeerTLS] = []) {
        groups = shelf.groups
        self.peers = peers
        digests = shelf.texts.compactMapValues { text in
            guard case .bytes(let bytes) = text else { return nil }
            return Self.digest(bytes)
        }
    }

    static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = SHA256()
        digest.update(bytes)
        return digest.finish()
    }
}
