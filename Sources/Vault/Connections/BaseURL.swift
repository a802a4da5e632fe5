import Core

/// Where an outside system is: scheme, host, port and path, read byte by byte and strictly.
///
/// RFC 3986 §3, narrowed: nothing percent-encoded, no user information, query or fragment, host in lowercase. What two
/// programs could read differently (`\`, `0x7f.1`, `@`, empty segments, dot segments) is refused, not repaired.
struct BaseURL: Equatable, Sendable {
    /// The one spelling, without a trailing slash.
    let text: String
    /// Scheme, host and port of it.
    let origin: String
    /// `http` rather than `https`.
    let isPlainHTTP: Bool
    /// Whether the host is `localhost` or a loopback address.
    let isLoopback: Bool

    /// Reads a base URL; the error names the part that is wrong and never quotes it.
    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.baseURLBytes.value else {
            throw Self.problem("is longer than \(Limits.baseURLBytes.value) bytes")
        }
        guard bytes.allSatisfy(Self.isAllowed) else {
            throw Self.problem("holds a character that a base URL may not have")
        }
        let scheme = try Self.scheme(bytes)
        let rest = bytes.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard !authority.contains(UInt8(ascii: "@")) else { throw Self.problem("holds user information") }
        let path = try Self.path(rest.dropFirst(authority.count))
        let (host, port) = try Self.split(authority)
        isPlainHTTP = scheme == "http://"
        isLoopback = host.isLoopback
        origin = scheme + host.text + port
        self.text = origin + path
    }

    static func problem(_ what: String) -> HubError {
        HubError(
            .invalid, "bad_url", "\"url\" \(what). Give the address alone, such as https://example.okta.com.")
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~!$&'()*+,;=:@/[]".utf8.contains(byte)
        }
    }

    private static func scheme(_ bytes: [UInt8]) throws -> String {
        for scheme in ["https://", "http://"] where bytes.starts(with: scheme.utf8) { return scheme }
        throw problem("must start with https://")
    }

    private static func path(_ bytes: ArraySlice<UInt8>) throws -> String {
        guard !bytes.isEmpty, bytes.count > 1 else { return "" }
        let text = String(decoding: bytes.last == UInt8(ascii: "/") ? bytes.dropLast() : bytes, as: UTF8.self)
        let segments = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }),
            !bytes.contains(UInt8(ascii: "[")), !bytes.contains(UInt8(ascii: "]"))
        else { throw problem("has a path with empty or dot segments") }
        return text
    }

    private static func split(_ authority: ArraySlice<UInt8>) throws -> (host: Host, port: String) {
        var host = authority
        var port: ArraySlice<UInt8>?
        if authority.first == UInt8(ascii: "[") {
            guard let end = authority.firstIndex(of: UInt8(ascii: "]")) else { throw problem("has no host") }
            host = authority[...end]
            let tail = authority[(end + 1)...]
            guard tail.isEmpty || tail.first == UInt8(ascii: ":") else { throw problem("has no host") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
            host = authority[..<colon]
            port = authority[(colon + 1)...]
        }
        guard let found = Host(Array(host)) else { throw problem("has no host, or one that is not plain") }
        return (found, try port.map(Self.port) ?? "")
    }

    private static func port(_ digits: ArraySlice<UInt8>) throws -> String {
        let text = String(decoding: digits, as: UTF8.self)
        guard (1...5).contains(digits.count), let number = Int(text), String(number) == text,
            (1...65_535).contains(number)
        else { throw problem("has a port that is not from 1 to 65535") }
        return ":" + text
    }
}
