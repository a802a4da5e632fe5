import Core
import Ports

/// What an action takes: a small, closed part of JSON Schema (2020-12) for one object.
///
/// Keywords: `type: object`, `required`, `additionalProperties: false`, `properties`; for a property `type` (string,
/// integer, boolean, array, object), `description`, `minLength`, `maxLength` (characters), `enum`, `not: { enum }`
/// (whatever the case of its letters), `minimum`, `maximum`, `format`, for an array `items`, `minItems` and `maxItems`,
/// for an object `maxProperties`, and `sensitive`, which is ours. Others are refused at load.
struct InputSchema: Sendable {
    /// What a text must be like.
    struct Text: Sendable {
        var length = 1...1_000
        var words: [String]?
        var notWords: [String] = []
        var format: TextFormat?
    }

    struct Property: Sendable {
        let name: String
        let kind: ValueKind
        let says: String
        var isRequired: Bool
        /// Its value is kept out of journals, logs and answers.
        let isSensitive: Bool
        /// Of a string, or of an array's items.
        let text: Text
        /// Of an integer.
        let range: ClosedRange<Int64>
        /// Of an array's items or an object's members.
        let count: ClosedRange<Int>
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
        case (.string, .string(let text)): self.text.accepts(text)
        case (.integer, .int(let number)): range.contains(number)
        case (.boolean, .bool): true
        case (.array, .array(let items)):
            count.contains(items.count) && items.allSatisfy { $0.string.map(text.accepts) ?? false }
        case (.object, .object(let object)):
            count.contains(object.members.count)
                && object.members.allSatisfy { Self.isName($0.name) && Self.isAttribute($0.value) }
        default: false
        }
    }

    /// What it takes, for messages.
    var expected: String {
        switch kind {
        case .boolean: "true or false"
        case .integer: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .string: text.expected
        case .array: "a list of \(count.lowerBound) to \(count.upperBound), each \(text.expected)"
        case .object:
            "at most \(count.upperBound) names, each with a text, a whole number, true, false, null or a list of texts"
        }
    }

    private static func isName(_ name: String) -> Bool {
        (1...Limits.nameField.value).contains(name.unicodeScalars.count) && !Percent.hasControl(name)
    }

    private static func isAttribute(_ value: JSON) -> Bool {
        switch value {
        case .string(let text): text.unicodeScalars.count <= Limits.textField.value
        case .int, .bool, .null: true
        case .array(let items):
            items.count <= Limits.schemaItems.value
                && items.allSatisfy { ($0.string?.unicodeScalars.count).map { $0 <= Limits.textField.value } ?? false }
        case .double, .object: false
        }
    }
}

extension InputSchema.Text {
    func accepts(_ text: String) -> Bool {
        length.contains(text.unicodeScalars.count) && words?.contains(text) != false
            && !notWords.contains { $0.lowercased() == text.lowercased() } && format?.accepts(text) != false
    }

    var expected: String {
        if let words { return "one of: \(words.joined(separator: ", "))" }
        var parts = ["text of \(length.lowerBound) to \(length.upperBound) characters"]
        if let format { parts.append(format.says) }
        if !notWords.isEmpty { parts.append("not \(notWords.joined(separator: ", "))") }
        return parts.joined(separator: ", ")
    }
}
