import Core

/// Writes JSON values as the YAML that spoke and test files are made of: short values on one line, long ones as blocks.
enum SpokeText {
    /// Longer lines become blocks.
    private static let width = 110

    /// The members of an object, a line or a block each.
    static func members(_ object: JSONObject, indent: Int = 0) -> String {
        object.members.map { member($0.name, $0.value, indent: indent) }.joined()
    }

    static func member(_ name: String, _ value: JSON, indent: Int) -> String {
        let start = String(repeating: " ", count: indent) + text(name) + ":"
        let line = flow(value)
        if start.count + line.count < width { return "\(start) \(line)\n" }
        return start + block(value, indent: indent + 2)
    }

    private static func block(_ value: JSON, indent: Int) -> String {
        switch value {
        case .object(let object) where !object.members.isEmpty: return "\n" + members(object, indent: indent)
        case .array(let items) where !items.isEmpty:
            return "\n" + items.map { item($0, indent: indent) }.joined()
        case .null, .bool, .int, .double, .string, .object, .array: return " \(flow(value))\n"
        }
    }

    private static func item(_ value: JSON, indent: Int) -> String {
        let start = String(repeating: " ", count: indent) + "- "
        let line = flow(value)
        guard start.count + line.count >= width, case .object(let object) = value, !object.members.isEmpty else {
            return "\(start)\(line)\n"
        }
        return start + members(object, indent: indent + 2).dropFirst(indent + 2)
    }

    /// A value on one line.
    static func flow(_ value: JSON) -> String {
        switch value {
        case .string(let string): text(string)
        case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .object(let object):
            object.members.isEmpty
                ? "{}"
                : "{ " + object.members.map { "\(text($0.name)): \(flow($0.value))" }.joined(separator: ", ") + " }"
        case .null, .bool, .int, .double: value.text()
        }
    }

    /// Without quotes where nothing could misread it.
    private static func text(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let isPlain =
            bytes.allSatisfy { Percent.isLetterOrDigit($0) || "_-./ ".utf8.contains($0) } && bytes.last != 0x20
            && (bytes.first.map { (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "/") } ?? false)
            && !["true", "false", "null"].contains(text)
        // JSON's escapes are YAML's (YAML 1.2 §5.7).
        return isPlain ? text : String(JSON.string(text).text().unicodeScalars.map(escaped).joined())
    }

    /// What the hub's reader takes for an alias or a line break stands as an escape.
    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "*": "\\u002a"
        case "\u{85}": "\\u0085"
        case "\u{2028}": "\\u2028"
        case "\u{2029}": "\\u2029"
        case "\u{FEFF}": "\\ufeff"
        default: String(scalar)
        }
    }
}
