import Core

/// Equality of one field with texts of the file, as data: no expressions.
struct Condition: Sendable, Equatable {
    /// How the field is compared.
    enum Test: Sendable, Equatable {
        case `is`(String)
        case isNot(String)
        case isIn([String])
        case isEmpty(Bool)
    }

    /// The field: a column of the record, or a way into the item such as `profile.name`.
    let field: String
    /// How it is compared.
    let test: Test

    /// Whether a value meets it. A missing field is empty; numbers and truth values compare by their text.
    func holds(for value: JSON) -> Bool {
        let found = Scalar.text(value.value(along: field.split(separator: ".").map(String.init)) ?? .null)
        return switch test {
        case .is(let wanted): found.map { $0.isExactly(wanted) } ?? false
        case .isNot(let wanted): !(found.map { $0.isExactly(wanted) } ?? false)
        case .isIn(let words): found.map { text in words.contains { $0.isExactly(text) } } ?? false
        case .isEmpty(let wanted): (found == "") == wanted
        }
    }

    /// Why an item was left alone, in words of the file: `type is not OKTA_GROUP`.
    var unmet: String {
        switch test {
        case .is(let wanted): "\(field) is not \(wanted)"
        case .isNot(let wanted): "\(field) is \(wanted)"
        case .isIn(let words): "\(field) is none of \(words.joined(separator: ", "))"
        case .isEmpty(let wanted): "\(field) is \(wanted ? "not empty" : "empty")"
        }
    }

    /// The condition as it is kept beside the flow, so that a start needs no file.
    var json: JSON {
        switch test {
        case .is(let wanted): ["field": .string(field), "is": .string(wanted)]
        case .isNot(let wanted): ["field": .string(field), "is_not": .string(wanted)]
        case .isIn(let words): ["field": .string(field), "in": .array(words.map { .string($0) })]
        case .isEmpty(let wanted): ["field": .string(field), "is_empty": .bool(wanted)]
        }
    }

    init(field: String, test: Test) {
        self.field = field
        self.test = test
    }

    /// Reads what `json` wrote; nil for anything else.
    init?(_ json: JSON) {
        guard let field = json["field"]?.string else { return nil }
        let test: Test? =
            if let wanted = json["is"]?.string { .is(wanted) } else if let wanted = json["is_not"]?.string {
                .isNot(wanted)
            } else if let words = json["in"]?.texts { .isIn(words) } else {
                json["is_empty"]?.bool.map { .isEmpty($0) }
            }
        guard let test else { return nil }
        self.init(field: field, test: test)
    }
}

/// Values that have one obvious text.
enum Scalar {
    /// The text of a text, whole number or truth value; empty for null; nil for the rest.
    static func text(_ value: JSON) -> String? {
        switch value {
        case .null: ""
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let truth): truth ? "true" : "false"
        case .double, .array, .object: nil
        }
    }
}

extension JSON {
    /// The value that member names lead to; nil when there is none.
    func value(along names: some Sequence<String>) -> JSON? {
        var current = self
        for name in names {
            guard let next = current[name] else { return nil }
            current = next
        }
        return current
    }
}
