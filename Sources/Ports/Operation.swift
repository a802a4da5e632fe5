public import Core

/// One thing an administrator can do: its name, who may, what it takes, what it does.
///
/// The edges derive everything from it: HTTP method and path under `/api/linchpin/v1`, input checks, the reference.
public struct Operation: Sendable {
    /// What is done to the noun; it settles method and path.
    public enum Verb: Sendable, Equatable {
        /// `GET /nouns`
        case list
        /// `GET /nouns/{id}`
        case get
        /// `POST /nouns`, 201
        case create
        /// `PATCH /nouns/{id}`
        case update
        /// `DELETE /nouns/{id}`, 204
        case delete
        /// `POST /nouns/{id}/name`
        case act(String)
        /// `POST /nouns/name`
        case actOnAll(String)
    }

    /// What it is about, singular: `client`. Its plural stands in the path: `clients`, `aliases`, `histories`, `keys`.
    public let noun: String
    /// What is done to it.
    public let verb: Verb
    /// Any one of these roles suffices. Never empty.
    public let roles: [AdminRole]
    /// One sentence for references and help.
    public let says: String
    /// What the body, or for `list` the query, may hold. Anything else is refused by name.
    public let fields: [Field]
    /// Whether a session has to have proved lately who it is (`requireFreshProof`).
    public let needsFreshProof: Bool
    /// Does it. Errors are `HubError`.
    public let run: @Sendable (_ request: OperationRequest) async throws -> JSON

    /// Declares an operation; there is no default for who may.
    public init(
        _ noun: String, _ verb: Verb, roles: [AdminRole], says: String, fields: [Field] = [],
        needsFreshProof: Bool = false,
        run: @escaping @Sendable (_ request: OperationRequest) async throws -> JSON
    ) {
        self.noun = noun
        self.verb = verb
        self.roles = roles
        self.says = says
        self.fields = fields
        self.needsFreshProof = needsFreshProof
        self.run = run
    }

    /// `client.create`, `flow.run`: unique among all operations.
    public var name: String {
        switch verb {
        case .list: "\(noun).list"
        case .get: "\(noun).get"
        case .create: "\(noun).create"
        case .update: "\(noun).update"
        case .delete: "\(noun).delete"
        case .act(let name), .actOnAll(let name): "\(noun).\(name)"
        }
    }

    /// The HTTP method.
    public var method: String {
        switch verb {
        case .list, .get: "GET"
        case .create, .act, .actOnAll: "POST"
        case .update: "PATCH"
        case .delete: "DELETE"
        }
    }

    /// The path template below `/api/linchpin/v1`, such as `/clients/{id}`.
    public var path: String {
        switch verb {
        case .list, .create: "/\(plural)"
        case .get, .update, .delete: "/\(plural)/{id}"
        case .act(let name): "/\(plural)/{id}/\(name)"
        case .actOnAll(let name): "/\(plural)/\(name)"
        }
    }

    private var plural: String { Self.plural(noun) }

    /// The noun as paths spell it.
    public static func plural(_ noun: String) -> String {
        if noun.hasSuffix("s") { return noun + "es" }
        return noun.hasSuffix("y") && !noun.hasSuffix("ey") ? noun.dropLast() + "ies" : noun + "s"
    }

    /// The status of success.
    public var status: Int {
        switch verb {
        case .list, .get, .update, .act, .actOnAll: 200
        case .create: 201
        case .delete: 204
        }
    }
}

/// One field of an operation's input.
public struct Field: Sendable, Equatable {
    /// What it may hold.
    public enum Kind: Sendable, Equatable {
        /// Text of at most that many characters on one line, all of them plain (`Unicode.Scalar.isPlain`).
        case text(most: Int)
        /// Text of several lines and at most that many bytes, such as a file; of control characters only line feed,
        /// carriage return and tab.
        case document(most: Int)
        /// A secret of at most that many bytes; it reaches the operation as `Secret` and is shown nowhere.
        case secret(most: Int)
        /// One of these words.
        case oneOf([String])
        /// A whole number within bounds.
        case int(ClosedRange<Int64>)
        /// true or false.
        case bool
        /// An RFC 3339 §5.6 moment in UTC.
        case time
        /// A list of texts.
        case texts(most: Int)
        /// Any JSON object; the operation checks it.
        case object
        /// A JSON object whose members follow from the word in another field; the operation checks it.
        case parts(by: String, [Part])
        /// A list of JSON objects; the operation checks them.
        case objects(most: Int)
    }
    /// The members of a field's object under one word.
    public struct Part: Sendable, Equatable {
        /// The word in the other field.
        public let word: String
        /// What is chosen by it, in one sentence.
        public let says: String
        /// The members.
        public let fields: [Field]
        /// The names of those that few need.
        public let rarely: Set<String>

        /// One line of a field's parts.
        public init(_ word: String, says: String, fields: [Field], rarely: Set<String> = []) {
            self.word = word
            self.says = says
            self.fields = fields
            self.rarely = rarely
        }
    }
    /// The member's name.
    public let name: String
    /// What it may hold.
    public let kind: Kind
    /// Whether it must be there.
    public let required: Bool
    /// One sentence for references and help.
    public let says: String

    /// A field that must be there.
    public static func required(_ name: String, _ kind: Kind, _ says: String) -> Field {
        Field(name: name, kind: kind, required: true, says: says)
    }
    /// A field that may be there.
    public static func optional(_ name: String, _ kind: Kind, _ says: String) -> Field {
        Field(name: name, kind: kind, required: false, says: says)
    }
}

/// A call of an operation after its input passed the operation's fields.
public struct OperationRequest: Sendable {
    /// The `{id}` of the path; a name is accepted wherever an id is. Empty where the path has none.
    public let id: String
    /// The checked members.
    public let input: JSONObject
    /// The checked secrets, by field name; they are not in `input`.
    public let secrets: [String: Secret]
    /// Who calls.
    public let caller: Principal
    /// Who, when, under which correlation id; for every write.
    public let cause: Cause

    /// Puts a call together; only the edges and tests do.
    public init(id: String, input: JSONObject, secrets: [String: Secret], caller: Principal, cause: Cause) {
        self.id = id
        self.input = input
        self.secrets = secrets
        self.caller = caller
        self.cause = cause
    }

    /// The text of a field; nil when it was not sent.
    public func text(_ name: String) -> String? { input[name]?.string }
    /// The number of a field; nil when it was not sent.
    public func int(_ name: String) -> Int64? { input[name]?.int }
    /// The truth value of a field; nil when it was not sent.
    public func bool(_ name: String) -> Bool? { input[name]?.bool }
    /// The moment of a field; nil when it was not sent.
    public func time(_ name: String) -> Timestamp? { input[name]?.string.flatMap(Timestamp.init(rfc3339:)) }
    /// The texts of a field; nil when it was not sent.
    public func texts(_ name: String) -> [String]? { input[name]?.array?.compactMap(\.string) }
    /// The text of a required field.
    public func required(_ name: String) throws -> String {
        guard let text = text(name) else {
            throw HubError(.internal, "field_undeclared", "Internal error.", detail: "\(name) is not a required field")
        }
        return text
    }
}
