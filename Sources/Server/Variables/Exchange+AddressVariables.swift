// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the Beranda authors
//
// The variables about the addresses of a connection, and about its way here.

internal import HTTP
internal import Memory
internal import OS

extension Exchange {
    /// Finds a variable about addresses.
    mutating func addressValue(
        of name: BuiltInVariable, _ services: inout Services
    ) -> ByteRange? {
        switch name {
        case .remoteAddress: return store(addressOf: facts.address)
        case .remotePort: return store(portOf: facts.address)
        case .binaryRemoteAddress:
            return facts.address.family == .unix
                ? store("unix:") : store(binaryOf: facts.address)
        case .realipRemoteAddress: return store(addressOf: connectionAddress ?? facts.address)
        case .realipRemotePort: return store(portOf: connectionAddress ?? facts.address)
        case .serverAddress: return storeServerAddress(&services)
        case .serverPort: return store(portOf: localAddress(services))
        case .proxyProtocolAddress: return proxyHeader.map { store(addressOf: $0.source) }
        case .proxyProtocolPort: return proxyHeader.map { store(portOf: $0.source) }
        case .proxyProtocolServerAddress:
            return proxyHeader.map { store(addressOf: $0.destination) }
        case .proxyProtocolServerPort: return proxyHeader.map { store(portOf: $0.destination) }
        case .tcpRoundTripTime: return transportValue(\.roundTripTime)
        case .tcpRoundTripVariation: return transportValue(\.roundTripVariation)
        case .tcpSendWindow: return transportValue(\.sendWindow)
        case .tcpReceiveSpace: return transportValue(\.receiveSpace)
        default: return resultValue(of: name, &services)
        }
    }

    /// The value of `$proxy_protocol_tlv_…`.
    mutating func value(of option: ProxyOption) -> ByteRange? {
        guard let proxyHeader else { return nil }
        if option.isVerification {
            return proxyHeader.verification.map { store(decimal: Int($0)) }
        }
        guard let place = proxyHeader.place(of: option) else { return nil }
        let options = proxyHeader.options
        return store(options.span.extracting(place))
    }

    private mutating func store(addressOf address: CompactAddress) -> ByteRange {
        let start = bytes.count
        bytes.append(addressOf: address)
        return ByteRange(start, bytes.count)
    }

    /// Spec: nginx: what has no port has an empty one.
    private mutating func store(portOf address: CompactAddress) -> ByteRange {
        address.port == 0 ? ByteRange() : store(decimal: Int(address.port))
    }

    private mutating func store(binaryOf address: CompactAddress) -> ByteRange {
        let start = bytes.count
        bytes.append(upTo: CompactAddress.binaryByteLimit) { address.writeBinary(into: &$0) }
        return ByteRange(start, bytes.count)
    }

    /// Spec: nginx: of a Unix socket with its path.
    private mutating func storeServerAddress(_ services: inout Services) -> ByteRange {
        if case .unix = services.site.listeners[facts.listener].address {
            return store(services.site.listeners[facts.listener].address.text)
        }
        return store(addressOf: localAddress(services))
    }

    private mutating func transportValue(
        _ value: KeyPath<TransportMeasurements, UInt32>
    ) -> ByteRange? {
        TransportMeasurements(of: facts.descriptor).map { store(decimal: Int($0[keyPath: value])) }
    }
}

extension Buffer {
    /// Appends an address without its port.
    mutating func append(addressOf address: CompactAddress) {
        append(upTo: CompactAddress.textByteLimit) { address.writeAddress(into: &$0) }
    }

    /// Appends seconds with three decimals; a dash for a time that never came.
    mutating func append(seconds milliseconds: Int?) {
        guard let milliseconds else { return append(byte: UInt8(ascii: "-")) }
        let (whole, rest) = UInt(max(0, milliseconds)).quotientAndRemainder(dividingBy: 1000)
        append(decimal: whole)
        append(byte: UInt8(ascii: "."))
        append(decimal: rest, width: 3)
    }
}
