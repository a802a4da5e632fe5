import Core

/// The inputs of an imported action, and the places in the request where they stand.
struct InputImport {
    private var reader: SchemaReader
    private var names = UniqueNames()
    /// JSON Schema of each input, by name.
    private(set) var properties = JSONObject()
    private(set) var required: [String] = []
    private(set) var query = JSONObject()
    private(set) var headers = JSONObject()
    private(set) var body: JSON?
    /// What was left out, and why.
    private(set) var notes: [String] = []
    /// The path with the inputs' own names.
    private(set) var path = ""

    init(_ api: OpenAPI, _ operation: OpenAPIOperation) throws(Unfit) {
        reader = SchemaReader(api)
        let parameters = try Self.parameters(api, operation)
        try readPath(api.prefix + operation.path, parameters)
        for parameter in parameters where parameter["in"]?.string == "query" { try readQuery(parameter) }
        for parameter in parameters where parameter["in"]?.string == "header" { try readHeader(parameter) }
        for parameter in parameters where parameter["in"]?.string == "cookie" {
            try leaveOut(parameter, "cookie", "no cookies are sent")
        }
        if let body = operation.json["requestBody"] { try readBody(api, try api.resolved(body), operation.method) }
    }

    /// Those of the operation, and of its path where the operation has none of that name and place.
    private static func parameters(_ api: OpenAPI, _ operation: OpenAPIOperation) throws(Unfit) -> [JSON] {
        var found: [JSON] = []
        for list in [operation.json["parameters"], operation.item["parameters"]] {
            for entry in list?.array ?? [] {
                let parameter = try api.resolved(entry)
                let isKnown = found.contains { $0["name"] == parameter["name"] && $0["in"] == parameter["in"] }
                if !isKnown { found.append(parameter) }
            }
        }
        return found
    }

    private mutating func readPath(_ path: String, _ parameters: [JSON]) throws(Unfit) {
        var segments: [String] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else {
                guard !segment.contains("{"), Percent.segment(String(segment)) == String(segment) else {
                    throw Unfit(
                        what: "its path mixes text and a parameter in one segment, or holds other characters "
                            + "than letters, digits and -._~")
                }
                segments.append(String(segment))
                continue
            }
            let wire = String(segment.dropFirst().dropLast())
            let parameter = parameters.first { $0["in"]?.string == "path" && $0["name"]?.string == wire }
            guard let parameter else {
                throw Unfit(what: "its path has a {\(Shown.name(wire))} that is described nowhere")
            }
            let schema = try inURL(parameter)
            guard let schema else { throw Unfit(what: "its path parameter \(Shown.name(wire)) is a list or an object") }
            segments.append("{\(add(wire, schema, "path", isRequired: true))}")
        }
        self.path = "/" + segments.joined(separator: "/")
    }

    private mutating func readQuery(_ parameter: JSON) throws(Unfit) {
        let wire = parameter["name"]?.string ?? ""
        guard let schema = try inURL(parameter) else {
            return try leaveOut(parameter, "query parameter", "a list or an object has no place in a query")
        }
        let input = add(wire, schema, "query", isRequired: parameter["required"]?.bool ?? false)
        query[wire] = .string("{\(input)}")
    }

    /// OpenAPI 3.1 §4.8.12.1: a description of these three counts for nothing.
    private static let ownHeaders: Set<String> = ["accept", "authorization", "content-type"]

    private mutating func readHeader(_ parameter: JSON) throws(Unfit) {
        let wire = (parameter["name"]?.string ?? "").lowercased()
        if Self.ownHeaders.contains(wire) { return }
        guard wire.utf8.allSatisfy({ Percent.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }),
            let schema = try inURL(parameter)
        else { return try leaveOut(parameter, "header", "it cannot be sent as one text") }
        let input = add(wire, schema, "header", isRequired: parameter["required"]?.bool ?? false)
        headers[wire] = .string("{\(input)}")
    }

    private mutating func leaveOut(_ parameter: JSON, _ what: String, _ why: String) throws(Unfit) {
        let name = Shown.name(parameter["name"]?.string ?? "")
        guard parameter["required"]?.bool != true else { throw Unfit(what: "its required \(what) \(name): \(why)") }
        notes.append("left out: \(what) \(name): \(why)")
    }

    /// The input of a path, a query or a header: one text, whole number or truth value; nil where it is none.
    private mutating func inURL(_ parameter: JSON) throws(Unfit) -> JSONObject? {
        let content = parameter["content"]?.object?.members.first?.value["schema"]
        let flat = try reader.flat(parameter["schema"] ?? content ?? ["type": "string"])
        let says = parameter["description"]?.string ?? flat.rest["description"]?.string
        switch flat.type {
        case "array":
            let items = try reader.flat(flat.rest["items"] ?? ["type": "string"])
            guard ["string", "integer", "number", ""].contains(items.type) else { return nil }
            let isJoined = parameter["explode"]?.bool == false || parameter["style"]?.string == "simple"
            let hint = isJoined ? "several with commas between them" : "one of the values it may have"
            return SchemaImport.text(FlatSchema(), "\(Wording.sentence(says, otherwise: "Values")) (\(hint))")
        case "object": return nil
        case "number": return SchemaImport.text(FlatSchema(), Wording.sentence(says, otherwise: "A number"))
        default: return SchemaImport.scalar(flat, says)
        }
    }

    /// - Returns: the input's name.
    private mutating func add(_ wire: String, _ schema: JSONObject, _ place: String, isRequired: Bool) -> String {
        let name = names.take(Wording.name(wire), place)
        properties[name] = .object(schema)
        if isRequired { required.append(name) }
        return name
    }
}

// The body.
extension InputImport {
    private mutating func readBody(_ api: OpenAPI, _ json: JSON, _ method: String) throws(Unfit) {
        let isRequired = json["required"]?.bool ?? false
        let content = json["content"]?.object?.members ?? []
        if content.isEmpty { return }
        guard !["GET", "DELETE"].contains(method) else {
            guard !isRequired else { throw Unfit(what: "it needs a body with method \(method)") }
            notes.append("left out: the body, which \(method) does not take here")
            return
        }
        guard let media = content.first(where: { SchemaImport.isJSON($0.name) }) else {
            let kinds = content.map { Shown.name($0.name) }.joined(separator: ", ")
            guard !isRequired else { throw Unfit(what: "its body is \(kinds), and actions send JSON") }
            notes.append("left out: the body, which is \(kinds)")
            return
        }
        let flat = try reader.flat(media.value["schema"] ?? [:])
        guard flat.type == "object" else {
            let type = flat.type.isEmpty ? "one of several things" : "of type \(Shown.name(flat.type))"
            throw Unfit(what: "its body is \(type), and an action sends an object")
        }
        if flat.properties.isEmpty {
            let name = names.take("fields", "body")
            properties[name] = .object(SchemaImport.members("The members of the body"))
            if isRequired { required.append(name) }
            body = ["...": .string("{\(name)}")]
            return
        }
        let filled = try members(flat, path: [], isRequired: true, inside: [])
        if !filled.members.isEmpty { body = .object(filled) }
    }

    /// The members of an object of the body, each with an input or with members of its own.
    ///
    /// - Parameter objects: the schemas of the objects around it.
    private mutating func members(
        _ flat: FlatSchema, path: [String], isRequired: Bool, inside objects: [JSON]
    ) throws(Unfit) -> JSONObject {
        var filled = JSONObject()
        // A wrapper says nothing: `data` around everything is left out of the names.
        let isWrapper = path.isEmpty && flat.properties.count == 1
        for property in flat.properties {
            let isNeeded = isRequired && flat.required.contains(property.name)
            let place = (path + [property.name]).joined(separator: ".")
            let inner: FlatSchema
            do { inner = try reader.flat(property.schema) } catch {
                try leaveOut(place, error.what, isNeeded)
                continue
            }
            if inner.rest["readOnly"]?.bool == true { continue }
            if inner.type == "object", !inner.properties.isEmpty {
                guard objects.count + 1 < Limits.importedLevels.value, !objects.contains(property.schema) else {
                    try leaveOut(place, "it lies too deep, or holds itself", isNeeded)
                    continue
                }
                let path = isWrapper ? [] : path + [property.name]
                let nested = try members(inner, path: path, isRequired: isNeeded, inside: objects + [property.schema])
                if !nested.members.isEmpty { filled[property.name] = .object(nested) }
            } else if property.name == "..." || properties.members.count >= Limits.importedInputs.value {
                try leaveOut(place, "an action has at most \(Limits.importedInputs.value) inputs", isNeeded)
            } else if let schema = try SchemaImport.bodyInput(inner, property.name, &reader) {
                let name = names.take(Wording.name((path + [property.name]).joined(separator: "_")), "body")
                properties[name] = .object(schema)
                if isNeeded { required.append(name) }
                filled[property.name] = .string("{\(name)}")
            } else {
                try leaveOut(place, SchemaImport.reason(inner), isNeeded)
            }
        }
        return filled
    }

    private mutating func leaveOut(_ place: String, _ why: String, _ isNeeded: Bool) throws(Unfit) {
        guard !isNeeded else { throw Unfit(what: "its body needs \(Shown.name(place)): \(why)") }
        notes.append("left out: \(Shown.name(place)) of the body: \(why)")
    }
}
