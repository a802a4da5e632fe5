import Core

/// One operation of a description as an action of a spoke file.
struct ActionImport {
    let key: String
    /// The action as the file states it.
    let json: JSON
    /// What a person should look at, as comments of the file.
    let notes: [String]

    /// - Parameter key: its key in the file.
    init(_ operation: OpenAPIOperation, of api: OpenAPI, _ security: OpenAPISecurity, key: String) throws(Unfit) {
        guard RequestTemplate.Method(rawValue: operation.method) != nil else {
            throw Unfit(what: "its method is \(operation.method), and an action has none such")
        }
        let ways = security.ways(of: operation)
        guard security.isOpen(operation) || ways.contains(where: { $0 != .other }) else {
            throw Unfit(
                what: "no credential of the hub can authenticate it: a key in the query or a cookie, or two at once")
        }
        let inputs = try InputImport(api, operation)
        let outputs = try OutputImport(api, operation)
        var notes = inputs.notes + outputs.notes
        if operation.json["deprecated"]?.bool == true { notes.append("deprecated by the provider") }
        let destructive = Destructiveness.judged(operation)
        if destructive.isGuess { notes.append("`destructive` is judged by its name; look what it takes away") }
        var json = Self.words(operation)
        json["kind"] = outputs.isList ? "stream" : "request"
        json["request"] = .object(Self.request(operation.method, inputs))
        json["input"] = [
            "type": "object", "required": .texts(inputs.required), "additionalProperties": false,
            "properties": .object(inputs.properties),
        ]
        if outputs.isList { json["pages"] = "link_header" }
        json["output"] = .object(outputs.output)
        json["success"] = .array(outputs.success.map { .int(Int64($0)) })
        json["scopes"] = .texts(security.scopes(of: operation))
        json["permissions"] = []
        json["destructive"] = .string(destructive.word.rawValue)
        // RFC 9110 §9.2.2: sent twice, these do no more than once.
        json["repeat"] = ["GET", "PUT", "DELETE"].contains(operation.method) ? "safe" : "ask"
        self.key = key
        self.json = .object(json)
        self.notes = notes
    }

    private static func words(_ operation: OpenAPIOperation) -> JSONObject {
        let title = Wording.title(operation.id)
        let name = Wording.sentence(operation.json["summary"]?.string, otherwise: title)
        let says = Wording.sentence(
            operation.json["description"]?.string ?? operation.json["summary"]?.string, otherwise: title)
        return ["name": .string(name.hasSuffix(".") ? String(name.dropLast()) : name), "says": .string(says)]
    }

    private static func request(_ method: String, _ inputs: InputImport) -> JSONObject {
        var request: JSONObject = ["method": .string(method), "path": .string(inputs.path)]
        if !inputs.query.members.isEmpty { request["query"] = .object(inputs.query) }
        if !inputs.headers.members.isEmpty { request["headers"] = .object(inputs.headers) }
        if let body = inputs.body { request["body"] = body }
        return request
    }
}

/// Whether an operation takes something away, judged by its method and the words of its name.
enum Destructiveness {
    private static let permanent: Set<String> = [
        "delete", "destroy", "erase", "purge", "remove", "revoke", "unenroll", "wipe",
    ]
    private static let reversible: Set<String> = [
        "archive", "block", "cancel", "close", "deactivate", "disable", "expire", "lock", "reset", "suspend",
        "terminate", "unassign", "unlink",
    ]

    static func judged(_ operation: OpenAPIOperation) -> (word: Action.Destructive, isGuess: Bool) {
        if operation.method == "DELETE" { return (.permanent, false) }
        if operation.method == "GET" { return (.no, false) }
        guard let word = byName(operation.id) else { return (.no, false) }
        return (word, true)
    }

    /// What the words of a name say; nil for nothing.
    static func byName(_ name: String) -> Action.Destructive? {
        let words = Set(Wording.name(name).split(separator: "_").map(String.init))
        if !words.isDisjoint(with: permanent) { return .permanent }
        return words.isDisjoint(with: reversible) ? nil : .reversible
    }
}
