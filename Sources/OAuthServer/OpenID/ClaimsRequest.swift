import Core

/// The parameter `claims` of a request (OpenID Connect Core 1.0 §5.5), as far as it changes something here.
struct ClaimsRequest: Sendable, Equatable {
    /// The claims of `PersonClaims` that are asked for in the ID token, in their order there. Those asked for at userinfo are
    /// there by their scopes anyway.
    private(set) var inIDToken: [String] = []
    /// Whom the answer may be about (§3.1.2.2, `sub` with a value); nil: whoever it is.
    private(set) var subjects: Set<String>?
    /// Whether an authentication context is demanded that the hub does not state (§5.5.1.1).
    private(set) var demandsContext = false

    /// Asks for nothing.
    init() {}

    init(reading text: String) throws(AuthorizationRefusal) {
        let parsed: JSON
        guard text.utf8.count <= Limits.claimsBytes.value else { throw .claimsUnreadable }
        do { parsed = try JSON.read(Array(text.utf8)) } catch { throw .claimsUnreadable }
        guard let places = parsed.object else { throw .claimsUnreadable }
        // §5.5: of its members these two are known, and others are passed over.
        for place in ["userinfo", "id_token"] {
            guard let asked = places[place] else { continue }
            guard let asked = asked.object, asked.members.count <= Limits.claimsNamed.value else {
                throw .claimsUnreadable
            }
            for member in asked.members { try take(member.name, member.value) }
            guard place == "id_token" else { continue }
            inIDToken = PersonClaims.all.map(\.name).filter { asked[$0] != nil }
        }
    }

    /// §5.5.1: null, or an object of which `essential`, `value` and `values` are known.
    private mutating func take(_ name: String, _ wish: JSON) throws(AuthorizationRefusal) {
        guard wish != .null else { return }
        guard let wish = wish.object else { throw .claimsUnreadable }
        let values = wish["value"].map { [$0] } ?? wish["values"]?.array ?? []
        guard !values.isEmpty else { return }
        switch name {
        case "sub": narrow(to: Set(values.compactMap(\.string)))
        // §5.5.1.1: one that is asked for and no more may be left out.
        case "acr": demandsContext = demandsContext || wish["essential"] == true
        default: break
        }
    }

    /// The answer may be about these alone, as far as it might be before.
    mutating func narrow(to wanted: Set<String>) { subjects = subjects?.intersection(wanted) ?? wanted }

    func accepts(_ user: UserID) -> Bool {
        subjects?.contains { $0.isExactly(user.rawValue) } ?? true
    }

    /// As it goes along to the tokens; nil where there is nothing.
    var carried: JSONObject? { inIDToken.isEmpty ? nil : ["id_token": .texts(inIDToken)] }
}
