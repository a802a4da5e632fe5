import Core

/// A schema of a description with its references followed, its `allOf` put together and its null put aside.
struct FlatSchema {
    /// `string`, `number`, `object` and so on; empty where the description leaves it open.
    var type = ""
    var isNullable = false
    var properties: [(name: String, schema: JSON)] = []
    var required: Set<String> = []
    /// Everything else, the first that says it.
    var rest = JSONObject()
}

/// Flattens the schemas that one operation leads to, and counts them.
struct SchemaReader {
    let api: OpenAPI
    private var steps = 0

    init(_ api: OpenAPI) { self.api = api }

    /// - Parameter depth: how many `allOf` and alternatives lead here.
    mutating func flat(_ schema: JSON, depth: Int = 0) throws(Unfit) -> FlatSchema {
        steps += 1
        guard steps <= Limits.openAPISchemas.value, depth <= Limits.openAPIReferences.value else {
            throw Unfit(what: "its schemas lead to too many others")
        }
        let json = try api.resolved(schema)
        var flat = FlatSchema()
        (flat.type, flat.isNullable) = Self.type(json)
        for member in json["properties"]?.object?.members ?? [] { flat.properties.append((member.name, member.value)) }
        flat.required = Set(json["required"]?.array?.compactMap(\.string) ?? [])
        for member in json.object?.members ?? [] where !Self.read.contains(member.name) {
            flat.rest[member.name] = member.value
        }
        for part in json["allOf"]?.array ?? [] { Self.add(try self.flat(part, depth: depth + 1), to: &flat) }
        if let only = try only(json) {
            if only.isNull { flat.isNullable = true }
            Self.add(try self.flat(only.schema, depth: depth + 1), to: &flat)
        }
        if flat.type.isEmpty, !flat.properties.isEmpty || flat.rest["additionalProperties"]?.object != nil {
            flat.type = "object"
        }
        if flat.type.isEmpty, flat.rest["items"] != nil { flat.type = "array" }
        return flat
    }

    private static let read: Set<String> = ["type", "nullable", "properties", "required", "allOf", "$ref"]

    /// The one alternative of `anyOf` or `oneOf` beside null; nil where there are several.
    private func only(_ json: JSON) throws(Unfit) -> (schema: JSON, isNull: Bool)? {
        guard let ways = json["oneOf"]?.array ?? json["anyOf"]?.array else { return nil }
        let others = ways.filter { $0["type"]?.string != "null" }
        return others.count == 1 ? (others[0], others.count < ways.count) : nil
    }

    /// OpenAPI 3.0 says `nullable`, 3.1 lists types.
    private static func type(_ json: JSON) -> (String, Bool) {
        let isNullable = json["nullable"]?.bool ?? false
        if let type = json["type"]?.string { return (type, isNullable) }
        let types = json["type"]?.array?.compactMap(\.string) ?? []
        let others = types.filter { $0 != "null" }
        return (others.count == 1 ? others[0] : "", isNullable || others.count < types.count)
    }

    private static func add(_ part: FlatSchema, to whole: inout FlatSchema) {
        if whole.type.isEmpty { whole.type = part.type }
        whole.isNullable = whole.isNullable || part.isNullable
        for property in part.properties where !whole.properties.contains(where: { $0.name == property.name }) {
            whole.properties.append(property)
        }
        whole.required.formUnion(part.required)
        for member in part.rest.members where whole.rest[member.name] == nil { whole.rest[member.name] = member.value }
    }
}
