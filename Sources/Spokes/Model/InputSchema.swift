import Core
import Ports

/// What an action takes: a small, closed part of JSON Schema (2020-12) for one flat object.
///
/// Keywords: `type: object`, `required`, `additionalProperties: false`, `properties`; for a property `type` (string,
/// integer, boolean), `description`, `minLength`, `maxLength` (characters), `enum`, `not: { enum }` (whatever the
/// case of its letters), `minimum`, `maximum`, and `format` (identifier, login). Others are refused at load.
struct InputSchema: Sendable {
    enum Kind: String, CaseIterable, Sendable { case string, integer, boolean }

    /// Named checks in place of regular expressions.
    enum Format: String, CaseIterable, Sendable {
        /// Letters, digits, `-` and `_`.
        case identifier
        /// No slash, no space, no control character.
        case login
    }

    struct Property: Sendable {
        let name: String
        let kind: Kind
        let says: String
        let isRequired: Bool
        let length: ClosedRange<Int>
        let range: ClosedRange<Int64>
        let words: [String]?
        let notWords: [String]
        let format: Format?
    }

    let properties: [Property]

    func property(_ name: String) -> Property? { properties.first { $0.name == name } }

    /// What is wrong with an input, without its values; nil if nothing is.
    func problem(with input: JSONObject) -> String? {
        for member in input.members where property(member.name) == nil {
            let known = properties.map(\.name).joined(separator: ", ")
            return "has no input \"\(Shown.name(member.name))\". It takes: \(known.isEmpty ? "none" : known)."
        }
        for property in properties {
            guard let value = input[property.name] else {
                if property.isRequired { return "needs input \"\(property.name)\": \(property.says)." }
                continue
            }
            guard property.accepts(value) else {
                return "can't take this value for input \"\(property.name)\": it must be \(property.expected)."
            }
        }
        return nil
    }
}

extension InputSchema.Property {
    func accepts(_ value: JSON) -> Bool {
        switch (kind, value) {
        case (.string, .string(let text)):
            length.contains(text.unicodeScalars.count) && words?.contains(text) != false
                && !notWords.contains { $0.lowercased() == text.lowercased() } && format?.accepts(text) != false
        case (.integer, .int(let number)): range.contains(number)
        case (.boolean, .bool): true
        default: false
        }
    }

    /// What it takes, for messages.
    var expected: String {
        switch kind {
        case .boolean: return "true or false"
        case .integer: return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .string:
            if let words { return "one of: \(words.joined(separator: ", "))" }
            var parts = ["text of \(length.lowerBound) to \(length.upperBound) characters"]
            if let format { parts.append(format.says) }
            if !notWords.isEmpty { parts.append("not \(notWords.joined(separator: ", "))") }
            return parts.joined(separator: ", ")
        }
    }
}

extension InputSchema.Format {
    func accepts(_ text: String) -> Bool {
        switch self {
        case .identifier: text.utf8.allSatisfy { Percent.isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F }
        case .login: text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
        }
    }

    var says: String {
        switch self {
        case .identifier: "letters, digits, - and _ only"
        case .login: "without slash or space"
        }
    }
}
