import Core

/// A redirect URI of a client, checked when it is registered (RFC 6749 §3.1.2) and compared byte for byte (RFC 9700 §2.1).
struct RedirectURI: Sendable, Equatable {
    let text: String
    private let kind: Kind

    private enum Kind { case web, loopback, privateUse }

    /// Takes one that a client may have.
    ///
    /// - Throws: `bad_redirect_uri` with what is wrong: an http address that is no loopback literal of a native client
    ///   (RFC 9700 §2.6, RFC 8252 §7.3), a scheme that browsers run or that belongs to nobody, a fragment, a wildcard.
    init(registering text: String, isNative: Bool, isPublic: Bool) throws(HubError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Limits.redirectURIBytes.value else {
            throw Self.refused(text, "is over \(Limits.redirectURIBytes.value) bytes")
        }
        // RFC 6749 §3.1.2 (MUST NOT): no fragment. RFC 9700 §4.1.3: no pattern.
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"#*\\\"<>^`{|}".utf8.contains($0) }) else {
            throw Self.refused(text, "holds a fragment, a wildcard, a space or a character that no address has")
        }
        let scheme = Self.scheme(of: text)
        switch scheme {
        case "https":
            guard StrictURL(text) != nil else {
                throw Self.refused(text, "is no https address without user information")
            }
            kind = .web
        case "http":
            guard isNative, Self.loopback(text) != nil else {
                throw Self.refused(
                    text, "is not https; http is for native clients alone, on 127.0.0.1 or [::1] and not on localhost")
            }
            kind = .loopback
        default:
            // RFC 8252 §7.1 (MUST): a reversed domain name, which `javascript` and `data` are not. §8.4: whatever app
            // claims the scheme gets the answer, so there is no secret that proves who asks.
            guard let scheme, scheme.contains("."), isNative, isPublic else {
                throw Self.refused(
                    text,
                    "has another scheme than https; one such as com.example.app is for public native clients alone")
            }
            guard !text.utf8.contains(UInt8(ascii: "@")), text.utf8.count > scheme.utf8.count + 1 else {
                throw Self.refused(text, "has user information or ends at its scheme")
            }
            kind = .privateUse
        }
        self.text = text
    }

    /// Whether an answer to this address is an answer to the client: the same bytes, but for the port of a loopback
    /// literal, which the operating system chooses (RFC 8252 §7.3 MUST).
    func matches(_ asked: String) -> Bool {
        if text.isExactly(asked) { return true }
        guard kind == .loopback, let own = Self.loopback(text), let other = Self.loopback(asked) else { return false }
        return own.host == other.host && own.rest.elementsEqual(other.rest)
    }

    /// Whether another application on the same machine could get what goes there without being the client's (RFC 8252 §8.6).
    static func isClaimed(_ address: String) -> Bool { scheme(of: address) == "https" }

    /// Where an address leads, as a page says it, and as a source of `form-action` (CSP Level 3 §2.3.1).
    static func place(of address: String) -> (shown: String, source: String) {
        guard let url = StrictURL(address) else {
            let scheme = scheme(of: address) ?? ""
            return (scheme, scheme + ":")
        }
        let isUsual = url.port == (url.scheme == "https" ? 443 : 80)
        let host = (url.isIPv6 ? "[\(url.host)]" : url.host) + (isUsual ? "" : ":\(url.port)")
        // No source expression names an IPv6 literal; the scheme alone is that of loopback, since no other has http.
        return (host, url.isIPv6 ? url.scheme + ":" : "\(url.scheme)://\(host)")
    }

    /// In lowercase (RFC 3986 §3.1); nil for a relative address.
    private static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let bytes = text.utf8[..<colon].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard let first = bytes.first, (0x61...0x7A).contains(first),
            bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What stands before and behind the port of a loopback literal; nil for anything else.
    private static func loopback(_ text: String) -> (host: String, rest: Substring.UTF8View)? {
        guard let host = ["http://127.0.0.1", "http://[::1]"].first(where: { text.utf8.starts(with: $0.utf8) }) else {
            return nil
        }
        var rest = text.utf8.dropFirst(host.utf8.count)
        if rest.first == UInt8(ascii: ":") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard let written = String(digits), let port = Int(written), (1...65_535).contains(port),
                String(port) == written
            else { return nil }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard rest.isEmpty || rest.first == UInt8(ascii: "/") || rest.first == UInt8(ascii: "?") else { return nil }
        return (host, rest)
    }

    private static func refused(_ text: String, _ what: String) -> HubError {
        HubError(.invalid, "bad_redirect_uri", "The redirect URI \"\(Shown.name(text))\" \(what).")
    }
}
