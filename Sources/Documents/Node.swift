public import Core

/// One value of a spoke or flow file, with the line it stands on.
public struct Node: Sendable {
    /// The line where it begins, from 1.
    public let line: Int
    /// What it is.
    public let content: Content

    /// What a value is.
    public enum Content: Sendable {
        /// Text; unquoted text may stand for a number, a truth value or nothing (see `json`).
        case scalar(String, isQuoted: Bool)
        /// Items in order.
        case list([Node])
        /// Members in order; keys are unique as bytes.
        case map([(key: String, line: Int, value: Node)])
    }

    /// A value that stands on a line.
    public init(line: Int, content: Content) {
        self.line = line
        self.content = content
    }

    /// What kind of value it is, for messages; never the value.
    public var kindName: String {
        switch content {
        case .scalar: "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

extension Node {
    /// The same as JSON, its single values typed by the YAML 1.2 core schema (§10.3.2) without its odd spellings.
    ///
    /// Unquoted `true`, `false`, `null` and whole decimal numbers are typed; all else is text, `yes` and `on` too.
    public var json: JSON {
        switch content {
        case .scalar(let text, let isQuoted): return isQuoted ? .string(text) : Self.typed(text)
        case .list(let items): return .array(items.map(\.json))
        case .map(let members):
            var object = JSONObject()
            for member in members { object[member.key] = member.value.json }
            return .object(object)
        }
    }

    private static func typed(_ text: String) -> JSON {
        switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null", "~", "": .null
        default: wholeNumber(text).map(JSON.int) ?? .string(text)
        }
    }

    /// A whole number in its one spelling: no plus, no leading zero, within 64 bits.
    static func wholeNumber(_ text: String) -> Int64? {
        guard let number = Int64(text), String(number) == text else { return nil }
        return number
    }
}
