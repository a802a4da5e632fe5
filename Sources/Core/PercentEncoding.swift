/// Percent-encoding (RFC 3986 §2.1), judged on bytes, so that no text can leave its place.
public enum PercentEncoding {
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    /// What a query holds as it is (RFC 3986 §3.4), without `&`, `=` and `+`, which part its pairs and stand for spaces.
    private static let ofQuery = unreserved.union("!$'()*,;:@/?".utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Whether a character is unreserved (RFC 3986 §2.3).
    public static func isUnreserved(_ byte: UInt8) -> Bool { unreserved.contains(byte) }

    /// Everything but unreserved characters (RFC 3986 §2.3) encoded: fit for one segment, a name or value of a query.
    ///
    /// `.` and `..` stay what they are; a caller that makes path segments refuses them.
    public static func encode(_ text: String) -> String { encode(text, keeping: unreserved) }

    /// Pairs as a query that `FormParameters` reads back as the same pairs; no longer than browsers send them.
    public static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { encode($0.name, keeping: ofQuery) + "=" + encode($0.value, keeping: ofQuery) }
            .joined(separator: "&")
    }

    private static func encode(_ text: String, keeping kept: Set<UInt8>) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 { bytes += encode(byte, keeping: kept) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encode(_ byte: UInt8, keeping kept: Set<UInt8>) -> [UInt8] {
        kept.contains(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// The bytes that a text stands for; nil for a broken escape. `+` is a plus.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { rewritten(text) { [$0] } }

    /// The same text in the normal form (RFC 3986 §6.2.2.1, §6.2.2.2): unreserved characters as they are, all other escapes
    /// in capitals; nil for a broken escape.
    public static func normal(_ text: some Collection<UInt8>) -> [UInt8]? {
        rewritten(text) { encode($0, keeping: unreserved) }
    }

    /// The text with each escape in the form that `form` gives its byte.
    private static func rewritten(_ text: some Collection<UInt8>, _ form: (UInt8) -> [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text).makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next().flatMap(Hex.digit), let low = rest.next().flatMap(Hex.digit) else {
                return nil
            }
            bytes += form(high << 4 | low)
        }
        return bytes
    }
}
