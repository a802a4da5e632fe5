import Core
import Documents

extension InputSchema {
    /// Reads `input`; a keyword that this part of JSON Schema lacks is refused.
    static func read(_ outer: inout MapReader) throws(DocumentProblem) -> InputSchema {
        var map = try outer.map("input")
        guard try map.text("type") == "object" else { throw map.mustBe("type", "object") }
        guard try !map.bool("additionalProperties") else { throw map.mustBe("additionalProperties", "false") }
        let required = Set(try map.optionalTexts("required") ?? [])
        var propertyMap = try map.map("properties")
        var properties: [Property] = []
        for member in propertyMap.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(at: member.line, "an input's name must be lowercase letters, digits and _")
            }
            properties.append(
                try property(try propertyMap.map(member.key), member.key, isRequired: required.contains(member.key)))
        }
        try map.end()
        guard required.isSubset(of: properties.map(\.name)) else {
            throw map.mustBe("required", "a list of names that stand under properties")
        }
        return InputSchema(properties: properties)
    }

    private static func property(
        _ source: MapReader, _ name: String, isRequired: Bool
    ) throws(DocumentProblem) -> Property {
        var map = source
        let kind = try map.word("type", as: Kind.self)
        let says = try map.text("description")
        var length = 1...1_000
        var range = Int64.min...Int64.max
        var words: [String]?
        var notWords: [String] = []
        var format: Format?
        switch kind {
        case .string:
            length = try lengths(&map)
            words = try map.optionalTexts("enum")
            if var not = try map.optionalMap("not") {
                notWords = try not.texts("enum")
                try not.end()
            }
            format = try map.optionalWord("format", as: Format.self)
        case .integer:
            let least = try map.optionalInt("minimum") ?? Int64.min
            let most = try map.optionalInt("maximum") ?? Int64.max
            guard least <= most else { throw map.mustBe("maximum", "at least minimum") }
            range = least...most
        case .boolean:
            break
        }
        try map.end()
        return Property(
            name: name, kind: kind, says: says, isRequired: isRequired, length: length, range: range, words: words,
            notWords: notWords, format: format)
    }

    private static func lengths(_ map: inout MapReader) throws(DocumentProblem) -> ClosedRange<Int> {
        let least = try map.optionalInt("minLength") ?? 1
        let most = try map.int("maxLength")
        guard 0 <= least, least <= most, most <= Limits.textField.value else {
            throw map.mustBe("maxLength", "from minLength to \(Limits.textField.value)")
        }
        return Int(least)...Int(most)
    }
}
