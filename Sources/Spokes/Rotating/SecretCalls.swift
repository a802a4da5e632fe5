import Core
import Documents
import Ports

/// How the secrets of a client, or its keys, are listed, made and taken away through the provider's API, as the spoke's
/// file states it. Its requests name the client as `{client_id}`, one of its secrets as `{id}`, and the one that makes a
/// key holds its public half as `{public_key}`. An item of a list of keys is the key itself, a JWK (RFC 7517 §4).
struct SecretCalls: Sendable {
    /// What stands in the requests.
    enum Word: String {
        case clientID = "client_id"
        case id
        case publicKey = "public_key"

        var kind: ValueKind { self == .publicKey ? .object : .string }
    }

    /// Which of them these are.
    let proof: ClientProof
    /// What a token needs for all of these.
    let scopes: [String]
    /// How many of them the provider lets a client have.
    let most: Int
    let list: RequestTemplate
    let pages: Pages
    /// JSON Pointers into an item of the list: what it is known by, and when it was made.
    let id: String
    let created: String
    /// What an item shows that still authenticates.
    let active: (pointer: String, value: JSON)
    let create: RequestTemplate
    /// JSON Pointers into the reply that makes one: its id, and the secret itself; nil for keys, which are made here.
    let createdID: String
    let sealed: String?
    /// Comes before `delete`; nil where one that authenticates may be deleted at once.
    let deactivate: RequestTemplate?
    let delete: RequestTemplate
}

extension SecretCalls {
    /// Where they stand in `rotation`.
    static func member(_ proof: ClientProof) -> String {
        switch proof {
        case .secret: "calls"
        case .key: "key_calls"
        }
    }

    /// Reads the calls for one kind of them.
    init(_ source: MapReader, _ proof: ClientProof) throws(DocumentProblem) {
        var map = source
        self.proof = proof
        scopes = try map.texts("scopes")
        most = Int(try map.int("most", 2...Int64(Limits.providerSecrets.value)))
        var listing = try map.map("list")
        list = try Self.call(&listing, [.clientID], only: .get)
        pages = Pages(
            items: try listing.optionalPointer("items") ?? "", next: try listing.optionalPointer("next"))
        id = try listing.pointer("id")
        created = try listing.pointer("created")
        active = try Self.equation("active", &listing)
        try listing.end()
        var creating = try map.map("create")
        create = try Self.call(&creating, proof == .key ? [.clientID, .publicKey] : [.clientID])
        guard create.method != .get else { throw creating.mustBe("request", "no GET: it makes something") }
        guard proof == .secret || create.inputs.contains(Word.publicKey.rawValue) else {
            throw creating.mustBe("request", "one that holds {public_key}")
        }
        createdID = try creating.pointer("id")
        sealed = proof == .secret ? try creating.pointer("seals") : nil
        try creating.end()
        deactivate = try map.optionalMap("deactivate").map(Self.ofOne)
        delete = try Self.ofOne(try map.map("delete"))
        try map.end()
    }

    /// A request about one secret, which must name it: one that does not could take all of them away.
    private static func ofOne(_ source: MapReader) throws(DocumentProblem) -> RequestTemplate {
        var map = source
        let request = try call(&map, [.clientID, .id])
        guard request.method != .get, request.inputs.contains(Word.id.rawValue) else {
            throw map.mustBe("request", "no GET, and name the one that it is about as {id}")
        }
        try map.end()
        return request
    }

    private static func call(
        _ map: inout MapReader, _ words: [Word], only method: RequestTemplate.Method? = nil
    ) throws(DocumentProblem) -> RequestTemplate {
        let known = Dictionary(uniqueKeysWithValues: words.map { ($0.rawValue, $0.kind) })
        let request = try ApplyStep.call(&map, known, only: method)
        guard request.inputs.contains(Word.clientID.rawValue) else {
            throw map.mustBe("request", "one that names the client as {client_id}")
        }
        return request
    }

    private static func equation(
        _ name: String, _ map: inout MapReader
    ) throws(DocumentProblem) -> (pointer: String, value: JSON) {
        var inner = try map.map(name)
        guard let member = inner.members.first, inner.members.count == 1, member.key.hasPrefix("/") else {
            throw map.mustBe(name, "one JSON Pointer and the value that stands there")
        }
        let value = try inner.node(member.key).json
        try inner.end()
        return (member.key, value)
    }
}
