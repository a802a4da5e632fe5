import Core

/// Schemas of a description in the small part of JSON Schema that spoke files have.
enum SchemaImport {
    /// A text, a whole number or a truth value; nil for anything else.
    static func scalar(_ flat: FlatSchema, _ says: String?) -> JSONObject? {
        let says = says ?? flat.rest["description"]?.string
        switch flat.type {
        case "string", "": return text(flat, Wording.sentence(says, otherwise: "Text"))
        case "boolean":
            return ["type": "boolean", "description": .string(Wording.sentence(says, otherwise: "True or false"))]
        case "integer":
            var schema: JSONObject = [
                "type": "integer", "description": .string(Wording.sentence(says, otherwise: "A whole number")),
            ]
            let (least, most) = (flat.rest["minimum"]?.int, flat.rest["maximum"]?.int)
            if let least { schema["minimum"] = .int(least) }
            if let most, most >= least ?? Int64.min { schema["maximum"] = .int(most) }
            return schema
        default: return nil
        }
    }

    static func text(_ flat: FlatSchema, _ says: String) -> JSONObject {
        var schema: JSONObject = ["type": "string"]
        add(flat, to: &schema)
        schema["description"] = .string(says)
        return schema
    }

    private static func add(_ flat: FlatSchema, to schema: inout JSONObject) {
        let bound = Int64(Limits.textField.value)
        let most = min(max(flat.rest["maxLength"]?.int ?? 1_000, 1), bound)
        if let least = flat.rest["minLength"]?.int, (2...most).contains(least) { schema["minLength"] = .int(least) }
        schema["maxLength"] = .int(most)
        let words = flat.rest["enum"]?.array?.filter { $0 != .null } ?? []
        let texts = words.compactMap(\.string)
        if !words.isEmpty, texts.count == words.count, texts.count <= 100,
            texts.allSatisfy({ !$0.isEmpty && $0.unicodeScalars.count <= most && Literals.isFit($0) })
        {
            schema["enum"] = .texts(texts)
        }
        if flat.rest["format"]?.string == "date-time" { schema["format"] = "date-time" }
    }

    /// An input that stands in the body; nil where no input can be it.
    static func bodyInput(_ flat: FlatSchema, _ name: String, _ reader: inout SchemaReader) throws(Unfit) -> JSONObject?
    {
        let says = flat.rest["description"]?.string
        switch flat.type {
        case "array":
            let items = try reader.flat(flat.rest["items"] ?? [:])
            guard items.type == "string" else { return nil }
            var each: JSONObject = ["type": "string"]
            add(items, to: &each)
            let most = min(max(flat.rest["maxItems"]?.int ?? 100, 1), Int64(Limits.schemaItems.value))
            return [
                "type": "array", "items": .object(each), "maxItems": .int(most),
                "description": .string(Wording.sentence(says, otherwise: "Texts")),
            ]
        case "object": return members(Wording.sentence(says, otherwise: "Names and their values"))
        case "": return flat.rest["enum"] == nil ? nil : scalar(flat, says)
        default:
            guard var schema = scalar(flat, says) else { return nil }
            let isSecret = flat.rest["format"]?.string == "password" || flat.rest["writeOnly"]?.bool == true
            if flat.type == "string", isSecret || Literals.namesSecret(name) { schema["sensitive"] = true }
            return schema
        }
    }

    /// An object whose members nobody describes.
    static func members(_ says: String) -> JSONObject {
        ["type": "object", "maxProperties": 100, "description": .string(says)]
    }

    /// Why a schema is no input.
    static func reason(_ flat: FlatSchema) -> String {
        switch flat.type {
        case "": "it may be one of several things"
        case "array": "a list of something other than texts"
        case "number": "a number with a fraction"
        default: "of type \(Shown.name(flat.type))"
        }
    }

    /// Whether a media type is JSON (RFC 6838 §4.2.8 for the suffix).
    static func isJSON(_ media: String) -> Bool {
        let type = media.lowercased().prefix { $0 != ";" }.trimmed
        return type == "application/json" || type == "*/*" || type == "text/json"
            || type.hasPrefix("application/") && type.hasSuffix("+json")
    }
}
