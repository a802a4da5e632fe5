import Core

/// What an imported action answers: the members of the schema of its success, one level deep.
struct OutputImport {
    private(set) var success: [Int] = []
    private(set) var output = JSONObject()
    /// Whether the reply is a list, so that the action is a stream.
    private(set) var isList = false
    private(set) var notes: [String] = []

    init(_ api: OpenAPI, _ operation: OpenAPIOperation) throws(Unfit) {
        var schemas: [JSON] = []
        var hasLink = false
        for member in operation.json["responses"]?.object?.members ?? [] {
            let statuses = member.name.uppercased() == "2XX" ? [200, 201, 202, 204] : [Int(member.name) ?? 0]
            guard statuses.allSatisfy((200..<300).contains) else { continue }
            let reply = try api.resolved(member.value)
            let content = reply["content"]?.object?.members ?? []
            let media = content.first { SchemaImport.isJSON($0.name) }
            guard content.isEmpty || media != nil else {
                let kinds = content.map { Shown.name($0.name) }.joined(separator: ", ")
                throw Unfit(what: "it answers \(kinds), and actions read JSON")
            }
            success += statuses
            if let schema = media?.value["schema"] { schemas.append(schema) }
            hasLink = hasLink || reply["headers"]?.object?.members.contains { $0.name.lowercased() == "link" } == true
        }
        guard !success.isEmpty else { throw Unfit(what: "it describes no reply with a status from 200 to 299") }
        success = Set(success).sorted()
        guard let schema = schemas.first else { return }
        var reader = SchemaReader(api)
        let flat = try reader.flat(schema)
        if flat.type == "array" {
            try readList(flat, hasLink, operation.method, &reader)
        } else {
            // A wrapper around everything: its members count.
            let only = flat.properties.count == 1 ? try reader.flat(flat.properties[0].schema) : nil
            if let only, only.type == "object", !only.properties.isEmpty {
                let isSure = isCertain(flat.properties[0].name, flat)
                read(only, at: "/" + Self.escaped(flat.properties[0].name), isSure: isSure, &reader)
            } else {
                read(flat, at: "", isSure: success.count == 1, &reader)
            }
            if flat.properties.contains(where: { ["next", "next_page", "cursor", "offset"].contains($0.name) }) {
                notes.append("one page alone is read: the hub follows Link headers only (pages: link_header)")
            }
        }
    }

    private mutating func readList(
        _ flat: FlatSchema, _ hasLink: Bool, _ method: String, _ reader: inout SchemaReader
    ) throws(Unfit) {
        let items = try reader.flat(flat.rest["items"] ?? [:])
        guard method == "GET" else {
            output["items"] = ["at": "", "type": "array"]
            return
        }
        isList = true
        if items.properties.isEmpty, let kind = Self.kinds[items.type] {
            output["value"] = ["at": "", "type": .string(kind)]
        } else {
            read(items, at: "", isSure: true, &reader)
        }
        if !hasLink {
            notes.append(
                "no Link header is described: look how the provider turns pages; without one only the first "
                    + "page is read")
        }
    }

    private func isCertain(_ name: String, _ flat: FlatSchema) -> Bool {
        success.count == 1 && flat.required.contains(name)
    }

    private static let kinds = [
        "string": "string", "integer": "integer", "boolean": "boolean", "array": "array", "object": "object",
    ]

    /// - Parameter isSure: whether a member that the schema requires is there in every reply that succeeds.
    private mutating func read(_ flat: FlatSchema, at start: String, isSure: Bool, _ reader: inout SchemaReader) {
        var names = UniqueNames()
        for property in flat.properties where output.members.count < Limits.importedInputs.value {
            let inner: FlatSchema
            do { inner = try reader.flat(property.schema) } catch {
                notes.append("left out: \(Shown.name(property.name)) of the reply: \(error.what)")
                continue
            }
            if inner.rest["writeOnly"]?.bool == true { continue }
            guard let kind = Self.kinds[inner.type] else {
                let why = SchemaImport.reason(inner)
                notes.append("left out: \(Shown.name(property.name)) of the reply: \(why)")
                continue
            }
            let isThere = isSure && flat.required.contains(property.name) && !inner.isNullable
            let pointer = JSON.string("\(start)/\(Self.escaped(property.name))")
            var field: JSONObject = isThere ? ["at": pointer] : ["optional": pointer]
            if kind != "string" { field["type"] = .string(kind) }
            let isSecret = inner.rest["format"]?.string == "password" || Literals.namesSecret(property.name)
            if isSecret, kind == "string" { field["sensitive"] = true }
            output[names.take(Wording.name(property.name))] = .object(field)
        }
    }

    /// RFC 6901 §3.
    private static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
