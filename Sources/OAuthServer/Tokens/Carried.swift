import AuditTrail
public import Core

/// What goes along from a request to its code, its refresh family and its tokens, beside user and scopes. Each part is
/// left out where nobody asked for it.
public struct Carried: Sendable, Equatable {
    /// The resource servers that it is for (RFC 8707 §2.2); empty: this hub's own APIs.
    public var resources: [String] = []
    /// `authorization_details` as granted (RFC 9396 §2).
    public var details: [JSON] = []
    /// `act`: who acts for the user (RFC 8693 §4.1).
    public var actor: JSONObject?
    /// The thumbprint of the client certificate that it is bound to, `x5t#S256` (RFC 8705 §3.1).
    public var certificate: String?
    /// When the user signed in: `auth_time`.
    public var signedInAt: Timestamp?
    /// The session in which the user signed in: what `sid` is made of.
    public var session: String?
    /// The thumbprint of the key that its code alone is bound to (RFC 9449 §10).
    public var codeKey: String?
    /// The claims that were asked for by name (OpenID Connect Core 1.0 §5.5).
    public var claims: JSONObject?
    /// The token that it came of by an exchange, and as which it counts (RFC 8693 §2).
    var subject: TokenPlace?

    /// Nothing beside user and scopes.
    public init() {}
}

extension Carried {
    /// `aud` (RFC 8707 §2.2, RFC 9068 §3).
    func audience(of hub: String) -> [String] { resources.isEmpty ? [hub] : resources }

    /// What an audit event says of it: the resource servers, which are bounded in length, and the types of the details, of
    /// which there are few.
    var noted: [AuditEvent.Key: String] {
        var noted: [AuditEvent.Key: String] = [:]
        if !resources.isEmpty { noted[.resources] = namedResources }
        let types = Set(details.compactMap { $0["type"]?.string })
        if !types.isEmpty { noted[.detailTypes] = types.sorted().joined(separator: " ") }
        return noted
    }

    private var namedResources: String {
        var (named, room) = ([String](), Limits.resourcesNotedBytes.value)
        for resource in resources {
            room -= resource.utf8.count + 1
            guard room >= 0 else { break }
            named.append(resource)
        }
        let left = resources.count - named.count
        return (named + (left > 0 ? ["+\(left)"] : [])).joined(separator: " ")
    }

    /// As it is stored; an empty text where there is nothing.
    var stored: String {
        var json: JSONObject = [:]
        if !resources.isEmpty { json["resources"] = .texts(resources) }
        if !details.isEmpty { json["details"] = .array(details) }
        if let actor { json["actor"] = .object(actor) }
        if let certificate { json["certificate"] = .string(certificate) }
        if let signedInAt { json["signed_in_at"] = .int(signedInAt.epochMilliseconds) }
        if let session { json["session"] = .string(session) }
        if let codeKey { json["code_key"] = .string(codeKey) }
        if let claims { json["claims"] = .object(claims) }
        if let subject { json["subject"] = subject.json }
        return json.members.isEmpty ? "" : JSON.object(json).text(sorted: true)
    }

    init(stored text: String) throws {
        guard !text.isEmpty else { return }
        let json = try JSON.read(text)
        resources = json["resources"]?.texts ?? []
        details = json["details"]?.array ?? []
        actor = json["actor"]?.object
        certificate = json["certificate"]?.string
        signedInAt = json["signed_in_at"]?.int.map { Timestamp(epochMilliseconds: $0) }
        session = json["session"]?.string
        codeKey = json["code_key"]?.string
        claims = json["claims"]?.object
        subject = try json["subject"].map(TokenPlace.init)
    }
}
