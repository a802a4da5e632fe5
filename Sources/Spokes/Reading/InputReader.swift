import Core
import Documents

/// Inputs that several actions take, by name.
typealias SharedInputs = [String: InputSchema.Property]

extension InputSchema {
    /// Reads `input`; a keyword that this part of JSON Schema lacks is refused.
    static func read(_ outer: inout MapReader, _ shared: SharedInputs) throws(DocumentProblem) -> InputSchema {
        var map = try outer.map("input")
        guard try map.text("type") == "object" else { throw map.mustBe("type", "object") }
        guard try !map.bool("additionalProperties") else { throw map.mustBe("additionalProperties", "false") }
        let required = Set(try map.optionalTexts("required") ?? [])
        var properties: [Property] = []
        for (name, inner) in try members(try map.map("properties")) {
            var property: Property
            if let shared = try reference(inner, name, shared) {
                property = shared
            } else {
                property = try self.property(inner, name)
            }
            property.isRequired = required.contains(name)
            properties.append(property)
        }
        try map.end()
        guard required.isSubset(of: properties.map(\.name)) else {
            throw map.mustBe("required", "a list of names that stand under properties")
        }
        return InputSchema(properties: properties)
    }

    /// Reads a spoke's `inputs`.
    static func shared(_ map: inout MapReader) throws(DocumentProblem) -> SharedInputs {
        guard let inner = try map.optionalMap("inputs") else { return [:] }
        var found: SharedInputs = [:]
        for (name, property) in try members(inner) { found[name] = try self.property(property, name) }
        return found
    }

    private static func members(_ map: MapReader) throws(DocumentProblem) -> [(name: String, map: MapReader)] {
        var map = map
        var found: [(name: String, map: MapReader)] = []
        for member in map.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(at: member.line, "an input's name must be lowercase letters, digits and _")
            }
            found.append((member.key, try map.map(member.key)))
        }
        return found
    }

    /// `{ $ref: "#/inputs/NAME" }` (JSON Schema 2020-12 §8.2.3.1), which may stand under another name.
    private static func reference(
        _ source: MapReader, _ name: String, _ shared: SharedInputs
    ) throws(DocumentProblem) -> Property? {
        var map = source
        guard let text = try map.optionalText("$ref") else { return nil }
        let start = "#/inputs/"
        guard text.hasPrefix(start), let found = shared[String(text.dropFirst(start.count))] else {
            let known = shared.keys.sorted().map { start + $0 }.joined(separator: ", ")
            throw map.mustBe("$ref", known.isEmpty ? "left out: the spoke has no inputs" : "one of: \(known)")
        }
        try map.end()
        return Property(
            name: name, kind: found.kind, says: found.says, isRequired: false, isSensitive: found.isSensitive,
            text: found.text, range: found.range, count: found.count)
    }

    private static func property(_ source: MapReader, _ name: String) throws(DocumentProblem) -> Property {
        var map = source
        let kind = try map.word("type", as: ValueKind.self)
        let says = try map.text("description")
        let isSensitive = try map.optionalBool("sensitive") ?? false
        var text = Text()
        var range = Int64.min...Int64.max
        var count = 0...0
        switch kind {
        case .string: text = try self.text(&map)
        case .integer:
            let least = try map.optionalInt("minimum") ?? Int64.min
            let most = try map.optionalInt("maximum") ?? Int64.max
            guard least <= most else { throw map.mustBe("maximum", "at least minimum") }
            range = least...most
        case .boolean: break
        case .array:
            var items = try map.map("items")
            guard try items.text("type") == "string" else { throw items.mustBe("type", "string") }
            text = try self.text(&items)
            try items.end()
            count = try counts(least: try map.optionalInt("minItems") ?? 1, most: "maxItems", &map)
        case .object: count = try counts(least: 1, most: "maxProperties", &map)
        }
        try map.end()
        return Property(
            name: name, kind: kind, says: says, isRequired: false, isSensitive: isSensitive, text: text, range: range,
            count: count)
    }

    private static func text(_ map: inout MapReader) throws(DocumentProblem) -> Text {
        var text = Text()
        text.length = try lengths(&map)
        text.words = try map.optionalTexts("enum")
        if var not = try map.optionalMap("not") {
            text.notWords = try not.texts("enum")
            try not.end()
        }
        text.format = try map.optionalWord("format", as: TextFormat.self)
        return text
    }

    private static func lengths(_ map: inout MapReader) throws(DocumentProblem) -> ClosedRange<Int> {
        let least = try map.optionalInt("minLength") ?? 1
        let most = try map.int("maxLength")
        guard 0 <= least, least <= most, most <= Limits.textField.value else {
            throw map.mustBe("maxLength", "from minLength to \(Limits.textField.value)")
        }
        return Int(least)...Int(most)
    }

    private static func counts(
        least: Int64, most name: String, _ map: inout MapReader
    ) throws(DocumentProblem) -> ClosedRange<Int> {
        let most = try map.int(name)
        guard 0 <= least, least <= most, most <= Limits.schemaItems.value else {
            throw map.mustBe(name, "a whole number up to \(Limits.schemaItems.value), and at least minItems")
        }
        return Int(least)...Int(most)
    }
}
