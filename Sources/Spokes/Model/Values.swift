import Core

/// The types that inputs and outputs have, as JSON Schema spells them.
enum ValueKind: String, CaseIterable, Sendable {
    case string, integer, boolean, array, object

    /// Whether a value is of this type.
    func holds(_ value: JSON) -> Bool {
        switch (self, value) {
        case (.string, .string), (.integer, .int), (.boolean, .bool), (.array, .array), (.object, .object): true
        default: false
        }
    }
}

/// Named checks in place of regular expressions.
enum TextFormat: String, CaseIterable, Sendable {
    /// Letters, digits, `-` and `_`.
    case identifier
    /// No slash, no space, no control character.
    case login
    /// A moment (RFC 3339 §5.6).
    case dateTime = "date-time"
    /// An address that begins with `https://`.
    case https
    /// A header's name (RFC 9110 §5.6.2), as far as letters, digits, `-` and `_` go.
    case header

    func accepts(_ text: String) -> Bool {
        switch self {
        case .identifier, .header: text.utf8.allSatisfy { Percent.isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F }
        case .login: text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
        case .dateTime: Timestamp(rfc3339: text) != nil
        case .https: text.hasPrefix("https://") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
    }

    var says: String {
        switch self {
        case .identifier, .header: "letters, digits, - and _ only"
        case .login: "without slash or space"
        case .dateTime: "a moment such as 2026-11-21T09:00:00Z"
        case .https: "an address that begins with https"
        }
    }
}
