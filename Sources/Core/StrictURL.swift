/// An absolute `http` or `https` address, read byte by byte without any repair.
///
/// Refused: user information, fragments, spaces, control characters, backslashes, bytes outside ASCII, empty hosts,
/// ports outside 1 to 65535, and percent signs in hosts. Two addresses with equal parts go to the same place.
public struct StrictURL: Sendable, Equatable {
    /// `http` or `https`.
    public let scheme: String
    /// The host in lowercase; an IPv6 literal without its brackets.
    public let host: String
    /// Whether the host is an IPv6 literal.
    public let isIPv6: Bool
    /// The port, the scheme's own where none is written.
    public let port: Int
    /// Path and query as they were given; `/` when there is no path.
    public let target: String

    /// Reads an address; nil unless every byte is as it must be.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.targetBytes.value, bytes.allSatisfy(Self.isAllowed) else { return nil }
        let lowered = bytes.prefix(8).map { ($0 | 0x20) }
        let scheme: String
        if lowered.starts(with: "https://".utf8.map { $0 | 0x20 }) {
            scheme = "https"
        } else if lowered.starts(with: "http://".utf8.map { $0 | 0x20 }) {
            scheme = "http"
        } else {
            return nil
        }
        let rest = bytes.dropFirst(scheme.utf8.count + 3)
        guard bytes.dropFirst(scheme.utf8.count).starts(with: "://".utf8) else { return nil }
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let authority = Self.authority(rest[..<end]) else { return nil }
        let tail = String(decoding: rest[end...], as: UTF8.self)
        self.scheme = scheme
        host = authority.host
        isIPv6 = authority.isIPv6
        port = authority.port ?? (scheme == "https" ? 443 : 80)
        target = tail.utf8.first == UInt8(ascii: "/") ? tail : "/" + tail
    }

    /// Whether both lead to the same scheme, host and port (RFC 6454 §5).
    public func hasSameOrigin(as other: StrictURL) -> Bool {
        scheme == other.scheme && host == other.host && isIPv6 == other.isIPv6 && port == other.port
    }

    /// The whole address, with the port always written.
    public var text: String { "\(scheme)://\(isIPv6 ? "[\(host)]" : host):\(port)\(target)" }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && !"\\#<>\"^`{|}".utf8.contains(byte)
    }

    private static func authority(_ bytes: ArraySlice<UInt8>) -> (host: String, isIPv6: Bool, port: Int?)? {
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let inside = bytes[(bytes.startIndex + 1)..<close]
            guard inside.count >= 2, inside.contains(UInt8(ascii: ":")), inside.allSatisfy(isIPv6Byte),
                let port = port(bytes[(close + 1)...])
            else { return nil }
            return (String(decoding: inside, as: UTF8.self).lowercased(), true, port.number)
        }
        let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        let host = bytes[..<colon]
        guard !host.isEmpty, host.count <= 253, host.allSatisfy(isHostByte), let port = port(bytes[colon...])
        else { return nil }
        return (String(decoding: host, as: UTF8.self).lowercased(), false, port.number)
    }

    /// `:443` or nothing.
    private static func port(_ bytes: ArraySlice<UInt8>) -> (number: Int?, Void)? {
        if bytes.isEmpty { return (nil, ()) }
        let digits = String(decoding: bytes.dropFirst(), as: UTF8.self)
        guard bytes.first == UInt8(ascii: ":"), let number = Int(digits), String(number) == digits,
            (1...65_535).contains(number)
        else { return nil }
        return (number, ())
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        let isHex = isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
        return isHex || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
