import Core

// Inputs and outputs as JSON Schema (2020-12), for whoever builds a form or a check on them.

extension InputSchema {
    var jsonSchema: JSON {
        var members = JSONObject()
        for property in properties { members[property.name] = property.jsonSchema }
        return [
            "type": "object", "additionalProperties": false,
            "required": .array(properties.filter(\.isRequired).map { .string($0.name) }),
            "properties": .object(members),
        ]
    }
}

extension InputSchema.Property {
    fileprivate var jsonSchema: JSON {
        var schema: JSONObject = ["type": .string(kind.rawValue), "description": .string(says)]
        switch kind {
        case .string: text.add(to: &schema)
        case .integer:
            if range.lowerBound != Int64.min { schema["minimum"] = .int(range.lowerBound) }
            if range.upperBound != Int64.max { schema["maximum"] = .int(range.upperBound) }
        case .boolean: break
        case .array:
            var items: JSONObject = ["type": "string"]
            text.add(to: &items)
            schema["items"] = .object(items)
            schema["minItems"] = .int(Int64(count.lowerBound))
            schema["maxItems"] = .int(Int64(count.upperBound))
        case .object: schema["maxProperties"] = .int(Int64(count.upperBound))
        }
        if isSensitive { schema["writeOnly"] = true }
        return .object(schema)
    }
}

extension InputSchema.Text {
    fileprivate func add(to schema: inout JSONObject) {
        if let words {
            schema["enum"] = .texts(words)
        } else {
            schema["minLength"] = .int(Int64(length.lowerBound))
            schema["maxLength"] = .int(Int64(length.upperBound))
        }
        if !notWords.isEmpty { schema["not"] = ["enum": .texts(notWords)] }
        if let format { schema["format"] = .string(format.rawValue) }
    }
}

extension Action {
    /// What it answers; of a stream, the list with its items.
    var outputSchema: JSON {
        var members = JSONObject()
        for field in kind.fields {
            let kind: JSON = .string(field.kind.rawValue)
            members[field.name] = ["type": field.isOptional ? [kind, "null"] : kind]
        }
        let object: JSON = ["type": "object", "properties": .object(members)]
        guard type(of: kind).isStream else { return object }
        return [
            "type": "object",
            "properties": [
                "items": ["type": "array", "items": object], "count": ["type": "integer"],
                "pages": ["type": "integer"], "more": ["type": "boolean"],
            ],
        ]
    }
}
