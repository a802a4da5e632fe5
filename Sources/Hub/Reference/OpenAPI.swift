public import Core
public import Ports

/// The description of `/api/linchpin/v1` (OpenAPI 3.1), made from the operations that serve it.
public enum OpenAPI {
    /// The whole document; the same operations give the same bytes.
    public static func document(_ operations: [Operation]) -> JSON {
        var paths = JSONObject()
        for operation in operations {
            var methods = paths[operation.path]?.object ?? JSONObject()
            methods[operation.method.lowercased()] = description(of: operation)
            paths[operation.path] = .object(methods)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Linchpin administration", "version": "1",
                "summary": "What administrators do, as the console and the command line do it.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/api/linchpin/v1"]],
            "security": [["bearer": []]],
            "tags": .array(nouns(operations).map { ["name": .string($0)] }),
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
                "schemas": ["Problem": problem, "Anything": ["type": ["object", "null"]], "List": list],
                "responses": [
                    "Problem": content("application/problem+json", "Problem", "Why not, as problem details.")
                ],
            ],
        ]
    }

    private static func nouns(_ operations: [Operation]) -> [String] {
        var seen: Set<String> = []
        return operations.map(\.noun).filter { seen.insert($0).inserted }
    }

    private static func description(of operation: Operation) -> JSON {
        var responses: JSONObject = [String(operation.status): success(of: operation)]
        for status in operation.refusals { responses[String(status)] = ["$ref": "#/components/responses/Problem"] }
        var described: JSONObject = [
            "operationId": .string(operation.name), "tags": [.string(operation.noun)],
            "summary": .string(operation.says),
            "description": .string(
                "Needs one of the roles: \(operation.roles.map(\.rawValue).joined(separator: ", "))."),
            "parameters": .array(parameters(of: operation)), "responses": .object(responses),
        ]
        if operation.method != "GET", operation.method != "DELETE" { described["requestBody"] = body(of: operation) }
        return .object(described)
    }

    private static func success(of operation: Operation) -> JSON {
        switch operation.verb {
        case .delete: ["description": "Done."]
        case .list: content("application/json", "List", "What there is.")
        case .get, .create, .update, .act, .actOnAll: content("application/json", "Anything", "As it is now.")
        }
    }

    private static func parameters(of operation: Operation) -> [JSON] {
        var all: [JSON] = []
        if operation.path.contains("{id}") {
            all.append([
                "name": "id", "in": "path", "required": true, "description": "The id, or the name.",
                "schema": ["type": "string", "minLength": 1],
            ])
        }
        guard operation.method == "GET" else { return all }
        return all
            + operation.fields.map { field in
                [
                    "name": .string(field.name), "in": "query", "required": .bool(field.required),
                    "description": .string(field.says), "schema": field.schema,
                    // A list of texts is one parameter, with commas (OpenAPI 3.1 §4.8.12.2, style form).
                    "explode": false,
                ]
            }
    }

    private static func body(of operation: Operation) -> JSON {
        var properties = JSONObject()
        for field in operation.fields { properties[field.name] = field.described }
        let required = operation.fields.filter(\.required).map(\.name)
        var schema: JSONObject = [
            "type": "object", "additionalProperties": false, "properties": .object(properties),
        ]
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        return ["required": .bool(!required.isEmpty), "content": ["application/json": ["schema": .object(schema)]]]
    }

    private static func content(_ type: String, _ schema: String, _ says: String) -> JSON {
        [
            "description": .string(says),
            "content": [type: ["schema": ["$ref": .string("#/components/schemas/" + schema)]]],
        ]
    }

    private static let list: JSON = [
        "type": "object", "required": ["items"],
        "properties": ["items": ["type": "array", "items": ["type": "object"]]],
    ]

    // RFC 9457 §3.1, with our two members: the stable reason and the correlation id.
    private static let problem: JSON = [
        "type": "object", "required": ["type", "title", "status", "detail", "reason", "correlation"],
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"], "reason": ["type": "string"],
            "correlation": ["type": "string", "pattern": "^c-[0-9A-Z]{13}$"],
        ],
    ]
}

extension Operation {
    /// The statuses of refusal and failure that a caller may meet.
    fileprivate var refusals: [Int] {
        let always = [400, 401, 403, 404, 409, 429, 502, 503, 504]
        return method == "GET" ? always : always + [413, 415]
    }
}

extension Field {
    /// The schema with what the field is for; an optional field may also be null, which says "not given".
    fileprivate var described: JSON {
        guard var object = schema.object else { return schema }
        object["description"] = .string(says)
        guard !required else { return .object(object) }
        if let type = object["type"] { object["type"] = [type, "null"] }
        if case .oneOf(let words) = kind { object["enum"] = .array(words.map { .string($0) } + [.null]) }
        return .object(object)
    }

    fileprivate var schema: JSON {
        switch kind {
        case .text(let most): text(most, pattern: Self.plainLine)
        case .document(let most): text(most, pattern: Self.plainLines)
        case .secret(let most): ["type": "string", "minLength": 1, "maxLength": .int(Int64(most)), "writeOnly": true]
        case .oneOf(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .int(let range):
            ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .bool: ["type": "boolean"]
        case .time: ["type": "string", "format": "date-time"]
        case .texts(let most):
            ["type": "array", "maxItems": .int(Int64(most)), "items": text(1_000, pattern: Self.plainLine)]
        case .object, .parts: ["type": "object"]
        case .objects(let most): ["type": "array", "maxItems": .int(Int64(most)), "items": ["type": "object"]]
        }
    }

    private func text(_ most: Int, pattern: JSON) -> JSON {
        ["type": "string", "minLength": 1, "maxLength": .int(Int64(most)), "pattern": pattern]
    }

    /// `Unicode.Scalar.isPlain` as ECMA-262 writes it.
    private static let plainLine: JSON = .string(
        #"^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+$"#)
    private static let plainLines: JSON = .string(#"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+$"#)
}
