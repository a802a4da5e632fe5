import Core

/// The address in a proof, compared as RFC 9449 §4.3 says: without query and fragment, in the normal form of RFC 3986
/// §6.2.2 and §6.2.3, and no further.
enum ProofURL {
    /// Whether both mean the same address; false when one cannot be read.
    static func areSame(_ one: String, _ other: String) -> Bool {
        guard let one = normal(one), let other = normal(other) else { return false }
        return one.isExactly(other)
    }

    /// The normal form; nil for what is no absolute http or https address, or has a broken escape.
    static func normal(_ text: String) -> String? {
        let bare = text.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        // Scheme and host in lowercase (§6.2.2.1), the port written out and no path as `/` (§6.2.3).
        guard let url = StrictURL(String(Substring(bare))), let path = PercentEncoding.normal(url.target.utf8) else {
            return nil
        }
        let host = url.isIPv6 ? "[\(url.host)]" : url.host
        return "\(url.scheme)://\(host):\(url.port)" + withoutDots(String(decoding: path, as: UTF8.self))
    }

    /// §6.2.2.3: `.` and `..` resolved as in §5.2.4.
    private static func withoutDots(_ path: String) -> String {
        var kept: [Substring] = []
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                _ = kept.popLast()
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return "/" + kept.joined(separator: "/")
    }
}
