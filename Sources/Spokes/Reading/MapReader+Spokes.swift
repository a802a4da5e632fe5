import Documents

extension MapReader {
    /// A JSON Pointer (RFC 6901 §3); nil when it is missing.
    mutating func optionalPointer(_ name: String) throws(DocumentProblem) -> String? {
        guard let text = try optionalText(name) else { return nil }
        guard text.hasPrefix("/") else { throw mustBe(name, "a JSON Pointer that begins with /") }
        return text
    }

    /// A JSON Pointer.
    mutating func pointer(_ name: String) throws(DocumentProblem) -> String {
        guard let pointer = try optionalPointer(name) else { throw problem(at: line, "\(what) needs \"\(name)\"") }
        return pointer
    }

    /// A JSON Pointer; `""` is the whole document.
    mutating func place(_ name: String) throws(DocumentProblem) -> String {
        if case .scalar("", isQuoted: true) = try node(name).content { return "" }
        return try pointer(name)
    }

    /// A whole number within bounds.
    mutating func int(_ name: String, _ range: ClosedRange<Int64>) throws(DocumentProblem) -> Int64 {
        let number = try int(name)
        guard range.contains(number) else {
            throw mustBe(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A name in lowercase letters, digits and `_`, a letter first.
    mutating func name(_ name: String) throws(DocumentProblem) -> String {
        let text = try text(name)
        guard Self.isName(text) else { throw mustBe(name, "lowercase letters, digits and _, a letter first") }
        return text
    }

    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first), bytes.count <= 60
        else { return false }
        return bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_")
        }
    }

    /// A map of the provider's error codes to our reason codes; empty when it is missing.
    mutating func reasons(_ name: String) throws(DocumentProblem) -> [String: String] {
        guard var map = try optionalMap(name) else { return [:] }
        var found: [String: String] = [:]
        for member in map.members { found[member.key] = try map.name(member.key) }
        return found
    }
}

extension OutputMapping {
    /// Reads `output`: a map of names to JSON Pointers to texts, or to `{ at: POINTER }` or `{ optional: POINTER }` with
    /// a `type` and whether it is `sensitive`. At `""` stands the whole reply, or the whole item.
    init(_ map: inout MapReader) throws(DocumentProblem) {
        var output = try map.map("output")
        var fields: [Field] = []
        for member in output.members {
            guard MapReader.isName(member.key) else {
                throw map.problem(at: member.line, "an output's name must be lowercase letters, digits and _")
            }
            guard case .map = member.value.content else {
                fields.append(Field(name: member.key, pointer: try output.pointer(member.key)))
                continue
            }
            var inner = try output.map(member.key)
            let optional = try inner.optionalPointer("optional")
            let pointer: String
            if let optional { pointer = optional } else { pointer = try inner.place("at") }
            fields.append(
                Field(
                    name: member.key, pointer: pointer,
                    kind: try inner.optionalWord("type", as: ValueKind.self) ?? .string,
                    isOptional: optional != nil, isSensitive: try inner.optionalBool("sensitive") ?? false))
            try inner.end()
        }
        self.fields = fields
    }
}
