import Core

/// Encodes texts for the place they go to, so that no input can leave its place. Judged on bytes, not characters.
enum Percent {
    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// One path segment; nil where no encoding keeps it one: empty, `.`, `..` (RFC 3986 §5.2.4), control characters.
    static func segment(_ text: String) -> String? {
        guard !text.isEmpty, text != ".", text != "..", !hasControl(text) else { return nil }
        return PercentEncoding.encode(text)
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

    /// A value in an encoded query; nil where it would be more than one: `^` begins the next term, and a value that begins
    /// with `javascript:` is run there.
    static func encodedQueryText(_ text: String) -> String? {
        text.utf8.contains(UInt8(ascii: "^")) || text.lowercased().hasPrefix("javascript:") ? nil : text
    }

    static func hasControl(_ text: String) -> Bool { text.utf8.contains { $0 < 0x20 || $0 == 0x7F } }
}
