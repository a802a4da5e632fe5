/// Encodes texts for the place they go to, so that no input can leave its place. Judged on bytes, not characters.
enum Percent {
    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// RFC 3986 §2.3: everything but unreserved characters is encoded.
    static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One path segment; nil where no encoding keeps it one: empty, `.`, `..` (RFC 3986 §5.2.4), control characters.
    static func segment(_ text: String) -> String? {
        guard !text.isEmpty, text != ".", text != "..", !hasControl(text) else { return nil }
        return encode(text)
    }

    /// A header's value; nil if it holds anything but visible ASCII and spaces inside (RFC 9110 §5.5).
    static func headerValue(_ text: String) -> String? {
        let bytes = text.utf8
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), bytes.first != 0x20, bytes.last != 0x20 else { return nil }
        return text
    }

    /// Text between the double quotes of a SCIM filter (RFC 7644 §3.4.2.2: JSON string rules).
    static func filterText(_ text: String) -> String? {
        guard !hasControl(text) else { return nil }
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    static func hasControl(_ text: String) -> Bool { text.utf8.contains { $0 < 0x20 || $0 == 0x7F } }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "~")
    }
}
