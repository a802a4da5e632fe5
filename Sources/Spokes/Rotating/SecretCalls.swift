import Core
import Documents
import Ports

/// How the secrets of a client are listed, made and taken away through the provider's API, as the spoke's file states
/// it. Its requests name the client as `{client_id}`, and one of its secrets as `{id}`.
struct SecretCalls: Sendable {
    /// What stands in the requests.
    enum Word: String, CaseIterable {
        case clientID = "client_id"
        case id
    }

    /// What a token needs for all of these.
    let scopes: [String]
    /// How many secrets the provider lets a client have.
    let most: Int
    let list: RequestTemplate
    let pages: Pages
    /// JSON Pointers into an item of the list: what it is known by, and when it was made.
    let id: String
    let created: String
    /// What an item shows that still authenticates.
    let active: (pointer: String, value: JSON)
    let create: RequestTemplate
    /// JSON Pointers into the reply that makes one: its id, and the secret itself.
    let createdID: String
    let sealed: String
    /// Comes before `delete`; nil where one that authenticates may be deleted at once.
    let deactivate: RequestTemplate?
    let delete: RequestTemplate
}

extension SecretCalls {
    /// Reads `calls` of `rotation`.
    init(_ source: MapReader) throws(DocumentProblem) {
        var map = source
        scopes = try map.texts("scopes")
        most = Int(try map.int("most", 2...Int64(Limits.providerSecrets.value)))
        var listing = try map.map("list")
        list = try Self.call(&listing, [.clientID])
        guard list.method == .get else { throw listing.mustBe("request", "a GET: it only looks") }
        pages = Pages(
            items: try listing.optionalPointer("items") ?? "", next: try listing.optionalPointer("next"))
        id = try listing.pointer("id")
        created = try listing.pointer("created")
        active = try Self.equation("active", &listing)
        try listing.end()
        var creating = try map.map("create")
        create = try Self.call(&creating, [.clientID])
        guard create.method != .get else { throw creating.mustBe("request", "no GET: it makes something") }
        createdID = try creating.pointer("id")
        sealed = try creating.pointer("seals")
        try creating.end()
        var before: RequestTemplate?
        if var inner = try map.optionalMap("deactivate") {
            before = try Self.ofOne(&inner)
        }
        deactivate = before
        var deleting = try map.map("delete")
        delete = try Self.ofOne(&deleting)
        try map.end()
    }

    /// A request about one secret, which must name it: one that does not could take all of them away.
    private static func ofOne(_ map: inout MapReader) throws(DocumentProblem) -> RequestTemplate {
        let request = try call(&map, Word.allCases)
        guard request.method != .get, request.inputs.contains(Word.id.rawValue) else {
            throw map.mustBe("request", "no GET, and name the secret as {id}")
        }
        try map.end()
        return request
    }

    private static func call(_ map: inout MapReader, _ words: [Word]) throws(DocumentProblem) -> RequestTemplate {
        let request = try RequestTemplate.read(
            &map,
            input: InputSchema(
                properties: words.map {
                    .init(
                        name: $0.rawValue, kind: .string, says: "a word", isRequired: true, isSensitive: false,
                        text: .init(), range: 0...0, count: 0...0)
                }))
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
